"""What somebody is called: from what stands around a name, and then wherever the same name comes again.

A name without a sign around it is found where its parts are given names (a list for English; surname and jieba's reading for
Chinese, only in texts that speak of people). Knows nothing of brands: a list of words that are no names does.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import jieba

from model_training.cleaning.personal_data.spans import Kind, Span
from retrieval import words_of

_LISTS = Path(__file__).parent.parent / "lists"
_CAP = r"[A-ZÀ-ÞŁŚŻŠČŽĐ][\w'’\-]*[a-zà-ÿ\u0100-\u024fA-Z]|[A-Z](?=\.)"
_FULL = rf"(?:{_CAP})\.?(?:[ \t]+(?:(?:van|von|de|der|den|la|le|bin|al|da|dos|del|di|el)[ \t]+)*(?:{_CAP})\.?){{0,3}}"
_ANY = r"[A-Za-zÀ-ɏ][\w'’\-]*\.?(?:[ \t]+[A-Za-zÀ-ɏ][\w'’\-]+){0,2}"
_SAID_EN = re.compile(
    rf"(?:(?i:\bmy\s(?:full\s|last\s|first\s|sur|user\s)?name(?:\sis|'s|\sas|:)|\bname\s?(?:is|:|on\s(?:the\s|my\s)?\w+(?:\s\w+)?\s(?:is|:|was))|\bcalls?\sme|\b(?:was|is|am)\scalled|\bnamed|\bname\?\s(?:User:\s)?|\bpartner's\sname|\b(?:my|his|her|our|their)\s(?:kid|son|daughter|wife|husband|partner|friend|colleague|boss|mother|father|mom|dad|brother|sister|neighbou?r|roommate|assistant|fianc[ée]e?|aunt|uncle|cousin|grandmother|grandfather)(?:'s\sname)?(?:,|\sis|\snamed)?|\b(?:send|sent|ship|shipped|deliver|delivered|give|gave|mail|post|hand)(?:\s(?:it|this|them|the\s\w+|my\s\w+))?\sto(?=\s[A-Z])|\b(?:recipient|receiver|contact|name|booking|account|passenger)\sto(?=\s[A-Z])|\b(?:follow\sup|speak|spoke|talk|talked|chat|chatted|meet|met)\s(?:to|with)|\b(?:directed|written|signed|sold|delivered|received|handled)\sby:?|\b(?:says|said|asked|told|tell|ask|contact|regards)|\b(?:belongs?|belonged|addressed|registered|issued|made\sout)\sto(?=\s[A-Z])|\bon\sbehalf\sof|\b(?:room|table|parcel|package|letter|booking|reservation|ticket|appointment|desk|delivery)s?\sfor(?=\s[A-Z])|\b(?:landlord|landlady|driver|courier|passenger|guest|tenant|neighbou?r|technician|plumber|doctor|dentist|nurse|teacher|trainer|client|patient|student|sender|receiver|addressee|owner|manager|agent)(?:\s(?:is|was|called|named)|,)?(?=\s[A-Z])|\bunder\s(?:the\sname\s(?:of\s)?)?|\bname\sof|\bin\sthe\sname\sof|\b(?:i'm|i\sam|this\sis|it's|it\sis)\s(?:called\s)?(?=[A-Z])|\b(?:card|account|policy)\s?holder(?:'s\sname)?(?:\sis|:)?|\b(?:recipient|attn|attention|contact(?:\sperson|\sname)?|passenger|guest|customer|consignee|signed|from|sincerely|regards|cheers|best|yours|thanks|love)[:,]\s?\n?))\s*(?P<name>{_FULL})"
)
_LOWER_EN = re.compile(
    rf"(?i:\bmy\s(?:full\s|last\s|first\s)?name(?:\sis|'s)|\bmy\sname:|\bfull\sname(?:\sis|:))\s+(?P<name>{_ANY})"
)
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Mister|mr|mrs|ms|dr|MR|MRS|MS|DR|Herr|Frau|Monsieur|Madame|Señor|Señora)\b\.?\s+(?P<name>{_FULL}|[a-z][\w'-]+(?=[,.\s]))"
)
_GREETED = re.compile(
    rf"(?i:\b(?:hi|hello|hey|dear|thanks|thank\syou(?:\sso\smuch)?|welcome(?:\sback)?|goodbye|bye|sorry|ok|okay|sure|great|perfect|morning|afternoon|evening))[,\s]+(?P<name>{_FULL})(?=\s?[,.!?:\n]|$)"
)
_SPEAKER = re.compile(rf"(?m)^(?P<name>{_CAP}(?:\s{_CAP}){{0,2}})\s?:\s")
_FOREIGN = re.compile(
    rf"(?<![\w@.])(?P<name>(?:{_CAP})(?:[ \t](?:[A-Z]\.?[ \t])?(?:{_CAP})){{1,2}})(?![\w@])"
)
_DOES = re.compile(
    rf"(?<![\w@.])(?P<name>(?:{_CAP})(?:\s(?:{_CAP})){{0,2}})\s(?=signed\s|ordered\s|placed\s|bought\s|paid\s|received\s|(?:has|had|have)\s(?:signed|ordered|placed|bought|paid|received|called|written|asked)\s|lives\s(?:at|on|in)|lived\s|flew\s|had\sgiven|will\sbe\stalking|is\svery\s|spent\s|shouted|wrote\sto\sme|called\sme|told\sme|helped\sme|sent\sme|promised|said\s)"
)
_TWO = (
    rf"(?:{_CAP})(?:[ \t](?:[A-Z]\.?[ \t]|(?:van|von|de|der|den|la|bin|al|da|del|di)[ \t])*(?:{_CAP})){{1,2}}"
)
_ACTS = re.compile(  # two capitals in a row that do, or are asked to do, what people do
    rf"(?:\b(?:[Cc]ould|[Cc]an|[Ww]ould|[Ww]ill|[Dd]id|[Ll]et|[Hh]ave|[Aa]sk|[Pp]ut|\w+ed\sby|\w+en\sby)\s(?P<name>{_TWO})(?=\s[a-z]|[,.!?]|$)"
    rf"|(?<![\w@.])(?P<actor>{_TWO})(?=\s(?:here\b|speaking\b|calls?\b|called|writes|wrote|thinks|thought|wants|wanted|needs|needed|asked|asks|arrived|arrives|left\sme)))"
)
_FULL_EN = re.compile(
    rf"(?<![\w@.])(?P<name>(?:{_CAP})\.?(?:[ \t]+(?:(?:van|von|de|der|la|le|bin|al|da|del|di|el)[ \t]+)*(?:{_CAP})\.?){{0,3}})"
)
_ASKS_EN = re.compile(
    r"(?i)\b(?:your|the|full|first|last|have a|a)\s(?:full\s|first\s|last\s|sur|user\s?)?(?:and\s\w+\s)?names?\b|\bwho am i (?:speaking|chatting|talking)|\byour name"
)
_ASKS_ZH = re.compile(
    r"(?:您|你)?(?:贵姓|怎么称呼|如何称呼|的?姓名|的?名字|叫什么|收件人|收货人|联系人|是哪位|全名)"
)
_H = r"\u4e00-\u9fff"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
_COMPOUND = "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|令狐"
_SURNAME = rf"(?:{_COMPOUND}|[{_SURNAMES}])"
_NAME_ZH = rf"{_SURNAME}[{_H}]{{1,2}}"
_STOP_ZH = r"(?=[，。！？；、,.!?;:：\s（）()\"'”’\n\d\[A-Za-z*#的是了就吧电手身住要和与跟]|先生|女士|小姐|联系|地址|收|$)"
_SAID_ZH = re.compile(
    rf"(?:(?:我|他|她|本人|孩子|老公|老婆|爱人|朋友|妈妈|爸爸|父亲|母亲)?(?:名字|姓名|全名|真名)(?:就?是|叫|为|写|填|：|:)?|(?:我|他|她|本人|名|人|客户|乘客|患者)叫|(?:收件人|收货人|收款人|寄件人|联系人|持卡人|户主|经办人|负责人|开户人|开户名|户名|乘机人|入住人|预订人|预约人|订[房票餐]人|报名人|登记人|办理人|报修人|下单人|[取寄]件人|提货人|领取人|付款人|委托人|代理人|被保险人|受益人|监护人|住客|业主|投保人|申请人|签收人|订货人|购买人|患者|客户|用户|学员|称呼|署名|落款)(?:姓名|名字)?(?:就?是|叫|为|写|填|改成|改为|换成|：|:)?)[\s：:，,]*(?P<name>{_NAME_ZH}){_STOP_ZH}"
)
_IS_ZH = re.compile(
    rf"(?:我是|这是|这里是|本人是?|找|寄给|发给|送给|交给|转给|给)(?P<name>{_NAME_ZH}){_STOP_ZH}"
    rf"|(?:客户|顾客|用户|会员|乘客|业主|患者)(?P<client>{_SURNAME}[{_H}]{{2}})(?=反馈|的|说|来电|表示|要求|投诉|申请|想|在|已|您)"
    rf"|(?:我|他|她|本人|免贵|先生|女士)姓(?P<family>{_SURNAME})(?=[^{_H}]|$)"
    rf"|(?:用|以|是|在|到)(?P<owner>{_NAME_ZH})(?=的?(?:名字|名义|身份|名下))"
)
_TITLED_ZH = re.compile(
    rf"(?P<name>{_SURNAME}[{_H}]{{0,2}}?)(?=先生|女士|小姐|太太|老师|师傅|经理|医生|同学|阿姨|叔叔|大哥|大姐|总(?=[，。,！!好您]))"
)
_TITLE_WORDS = frozenset(
    "方全成应时明高安向和师单连管车文易解华任"
)  # surnames that often stand before a title for other reasons
_NEAR_DATA_ZH = re.compile(
    rf"(?P<name>{_NAME_ZH})(?=[\s，,：:、/(（-]{{0,3}}(?:电话|手机|tel|身份证|1[3-9]\d|\+?86|\[PHONE\]|0\d{{2,3}}-))"
)
_AFTER_DATA_ZH = re.compile(
    rf"(?:\d{{7,}}|\[(?:PHONE|ADDRESS|ID_NUMBER)\])[\s，,：:、/]{{0,3}}(?P<name>{_NAME_ZH})(?=[\s，。,、收]|$)"
)
_PEOPLE_ZH = re.compile(
    r"(?:收件|收货|联系|寄给|送给|发给|交给|转给|我叫|叫做|姓|先生|女士|小姐|客服|同事|师傅|朋友|老公|老婆|找|签收|预订|预约|名下|本人|持卡|署名|我是|这是|户主|乘客|患者|旅客|入住|快递员|帮|和|替|跟)"
)
_LONGEST_GIVEN = 2
_ONLY_WITH_ANOTHER = frozenset("一子小花鸣心可上大文书成功学平安乐金天")  # in a given name of two letters
_JOINS = frozenset("和于经向应")  # surnames that nearly always are other words
_WINDOW = 14  # letters around such a word in which a name is looked for
_ENDS_A_NAME = frozenset(
    "and please thanks thank i i'm my is was are at for from in on the a an can could you your we will would to of or if it this that but so here there order how what when where who why hi hello hey dear has have had did does do not with by as".split()  # noqa: SIM905 - words read best in a row
)
_LONGEST_ANSWER = 4  # words in reply to "your name, please?"


def find_names(text: str, *, after: str = "") -> Iterator[Span]:
    """`after` is the message that was said before: who was just asked for a name answers with it."""
    for pattern in (_SAID_EN, _TITLED, _GREETED, _LOWER_EN, _DOES, _ACTS):
        yield from _english(text, pattern)
    if len(_SPEAKER.findall(text)) > 1:  # one "Note:" is no play
        yield from _english(text, _SPEAKER)
    yield from _by_given_name(text)
    if not text.isascii():
        yield from (span for span in _english(text, _FOREIGN) if not text[span.start : span.end].isascii())
    if not text.isascii():
        yield from _chinese(text)
    yield from _answered(text, after=after)


def asks_for_name(text: str) -> bool:
    return bool(_ASKS_EN.search(text[-200:]) or _ASKS_ZH.search(text[-60:]))


def _english(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    for found in pattern.finditer(text):
        group = found.lastgroup or "name"
        start, end = found.span(group)
        end = start + len(_without_tail(found[group]))
        if end > start and not _is_word(text[start:end]):
            yield Span(start, end, Kind.NAME)


def _by_given_name(text: str) -> Iterator[Span]:
    """Capitals in a row that begin with, or are, a given name: "Crystal Minh", "Alexis"."""
    for found in _FULL_EN.finditer(text):
        name = _without_tail(found["name"])
        words = re.split(r"[ \t.]+", name)
        known = [
            word.lower().rstrip("'s") in _given_names() or word.lower() in _given_names() for word in words
        ]
        if any(known) and (words[0].lower() not in _no_names() or known[0]):
            first = known.index(True)
            start = found.start() + (name.index(words[first]) if words[0].lower() in _no_names() else 0)
            yield Span(start, found.start() + len(name), Kind.NAME)


def _without_tail(name: str) -> str:
    """Ends before a word that begins the next thought: "Alexis And", "Anna Please"."""
    words = re.findall(r"\S+", name)
    kept: list[str] = []
    for word in words:
        if kept and word.lower().strip(".,") in _ENDS_A_NAME:
            break
        kept.append(word)
    return name[: name.index(kept[-1], len(" ".join(kept[:-1]))) + len(kept[-1])].rstrip(".") if kept else ""


def _is_word(name: str) -> bool:
    words = [word.lower().strip(".,'’") for word in name.split()]
    return bool(words) and words[0] in _no_names() and words[0] not in _given_names()


def _chinese(text: str) -> Iterator[Span]:
    for pattern in (_SAID_ZH, _IS_ZH, _NEAR_DATA_ZH, _AFTER_DATA_ZH):
        for found in pattern.finditer(text):
            group = found.lastgroup or "name"
            if found[group] not in _no_names_zh() and found[group][:2] not in _no_names_zh():
                yield Span(*found.span(group), Kind.NAME)
    for found in _TITLED_ZH.finditer(text):
        if found["name"] not in _no_names_zh() and not (
            len(found["name"]) == 1 and found["name"] in _TITLE_WORDS
        ):
            yield Span(*found.span("name"), Kind.NAME)
    for start, end in _windows(text):
        yield from _by_reading(text, start=start, end=end)
    if _made_like_a_name().search(text):
        yield from _by_letters(text)


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Stretches in which people are spoken of; jieba reads slowly."""
    start = end = 0
    for cue in _PEOPLE_ZH.finditer(text):
        if cue.start() - _WINDOW > end:
            if end:
                yield start, end
            start = cue.start() - _WINDOW
        end = min(len(text), cue.end() + _WINDOW)
    if end:
        yield max(0, start), end


def _by_reading(text: str, *, start: int, end: int) -> Iterator[Span]:
    """Words that jieba reads as a person's name and that begin with a surname."""
    import jieba.posseg  # 50 MB, which whoever only compares models, as a web process does, need not hold

    words_of("人")  # loads the dictionary under this account's name
    place = start
    for word, flag in jieba.posseg.lcut(text[start:end]):
        if (
            flag == "nr"
            and 2 <= len(word) <= 4
            and re.fullmatch(_NAME_ZH, word)
            and word not in _no_names_zh()
        ):
            yield Span(place, place + len(word), Kind.NAME)
        place += len(word)


def _by_letters(text: str) -> Iterator[Span]:
    """A surname and letters that given names are made of, where no word of the dictionary takes any of them away."""
    place = 0
    words = jieba.lcut(text, HMM=False)
    for number, word in enumerate(words):
        name = _name_from(words[number : number + 3])
        if name and name not in _no_names_zh():
            yield Span(place, place + len(name), Kind.NAME)
        place += len(word)


def _name_from(words: Sequence[str]) -> str:
    """ "钱|梓|涵", "冯|建国", "欧阳|敏"; "" where these words begin with no name."""
    if len(words[0]) > _LONGEST_GIVEN and _made_like_a_name().fullmatch(words[0]):
        return words[0]  # one that the dictionary knows
    if not re.fullmatch(_SURNAME, words[0]) or words[0] in _JOINS:
        return ""
    given = ""
    for word in words[1:]:
        if len(given + word) > _LONGEST_GIVEN or not set(word) <= _given_letters() | _ONLY_WITH_ANOTHER:
            break
        given += word
    return words[0] + given if given and given not in _ONLY_WITH_ANOTHER else ""


def _answered(text: str, *, after: str) -> Iterator[Span]:
    bare = text.strip(" .!。！\n")
    start = text.find(bare)
    if not bare or not after:
        return
    if _ASKS_EN.search(after[-200:]) and re.fullmatch(_ANY.replace("{0,2}", "{0,3}"), bare):
        words = bare.split()
        if len(words) <= _LONGEST_ANSWER and not any(
            word.lower().strip(".,") in _no_names() for word in words
        ):
            yield Span(start, start + len(bare), Kind.NAME)
    if _ASKS_ZH.search(after[-60:]):
        found = re.fullmatch(rf"(?:我?姓|免贵姓|我?叫|我是)?(?P<name>{_SURNAME}[{_H}]{{0,3}})", bare)
        if found and found["name"] not in _no_names_zh():
            yield Span(start + found.start("name"), start + found.end("name"), Kind.NAME)


@cache
def _given_names() -> frozenset[str]:
    return frozenset(_list("given_names"))


@cache
def _given_letters() -> frozenset[str]:
    return frozenset("".join(_list("given_letters_zh")))


@cache
def _made_like_a_name() -> re.Pattern[str]:
    letters = "".join(sorted(_given_letters() | _ONLY_WITH_ANOTHER))
    return re.compile(rf"{_SURNAME}[{letters}]{{1,{_LONGEST_GIVEN}}}")


@cache
def _no_names() -> frozenset[str]:
    return frozenset(_list("no_names_en"))


@cache
def _no_names_zh() -> frozenset[str]:
    return frozenset(_list("no_names_zh"))


def _list(name: str) -> list[str]:
    lines = (_LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]
