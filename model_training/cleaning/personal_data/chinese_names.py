"""Names in Chinese text: from what stands around them, from the letters that names are made of.

A name of a surname and one or two letters is believed after a sign; where the sign is a weak one, or there is none, no word
of the dictionary may take its letters away. Western names are believed after the same signs.
"""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from model_training.cleaning.personal_data import english_names
from model_training.cleaning.personal_data.spans import Kind, Span
from model_training.cleaning.personal_data.words_of_names import list_of
from retrieval import CUTTER

_H = r"\u4e00-\u9fff"
USUAL_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝常赖洪楚"
RARE_SURNAMES = "庾伊牧屠蔺冼邸莘郗逄亓仝佴储别匡厉参郜郦鄢鄂酆钮阙隗雍鞠暴晁杭裘都扈逯濮璩糜虢訾谌蔚浦郄郏缑竺笪粟栗练缐羿盖贡宦胥桓嵇庹束代占荆冀丘衣敬阴芮晋帅隆蒯尧"  # that stand elsewhere too often to be believed without a sign
COMPOUND_SURNAMES = "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|令狐|呼延|轩辕|第五|东郭|西门|百里|佐藤|铃木|高桥|田中|渡边|伊藤|山本|中村|小林|加藤"
_SURNAME = rf"(?:{COMPOUND_SURNAMES}|[{USUAL_SURNAMES}{RARE_SURNAMES}])"
_USUAL_SURNAME = rf"(?:{COMPOUND_SURNAMES}|[{USUAL_SURNAMES}])"
_GIVEN = rf"[{_H}]{{1,2}}"
_NAME = rf"{_SURNAME}{_GIVEN}"
_ABROAD = "依古孜江木吐逊卓杰桑央宗娅热玉阿艾安奥巴贝本比博布查达戴丹德迪蒂杜多尔法菲费弗福盖戈格哈海赫亨霍基吉加杰金卡凯坎科克肯库拉莱兰朗劳勒雷里利莉丽林琳卢鲁露伦罗洛马玛麦曼梅门蒙米莫姆娜内尼妮诺帕佩皮普奇乔切琼瑞萨塞桑沙莎舍史斯苏索塔泰坦汤特廷托瓦威韦维温沃乌西希夏肖谢辛休雅亚扬耶伊英尤约扎泽詹珍朱兹佐"
_TOLD_ABROAD = rf"[{_ABROAD}]{{2,6}}(?:·[{_ABROAD}]{{2,6}})*"  # a name of another language in Chinese letters
_LATIN = r"(?-i:[A-Z][A-Za-z.'-]{1,20}(?:[ ·/][A-Z][A-Za-z.'-]{0,20}){0,3})"
_STOP = r"(?=[，。！？；、,.!?;:：\s（）()\"'”’}\n\d\[A-Za-z*#—的是了就吧电手身住要和与跟在也不没来去想让说会把被给用有还都这那先已打订买收查签负去很太从到喂呢啊哦呀]|先生|女士|小姐|联系|地址|收|$)"
_KIN = r"(?:老公|老婆|爱人|对象|先生|太太|媳妇|未婚[夫妻]|男朋?友|女朋?友|爸爸?|妈妈?|父亲|母亲|公公|婆婆|岳[父母]|儿子|女儿|闺女|孩子|小孩|宝宝|侄[子女]|外甥女?|孙[子女]|爷爷|奶奶|外公|外婆|姥[姥爷]|哥哥?|姐姐?|弟弟?|妹妹?|表[哥姐弟妹]|堂[哥姐弟妹]|叔叔?|阿姨|姑姑?|舅舅?|姨妈?|室友|舍友|同事|同学|朋友|闺蜜|邻居|领导|老板|助理|秘书|徒弟|房客|保姆)"
_ROLE = r"(?:(?:收件人|收货人|收款人|寄件人|发件人|联系人|代收人|代取人|代领人|取货人|自提人|持卡人|户主|经办人|负责人|开户人|开户名|户名|乘机人|乘车人|乘客|同行人|入住人|入住客人|预[订定约]人|订[房票餐](?:人|的)|报名人|登记人|登记的|实名|办理人|报修人|报案人|投诉人|下单人|[取寄]件人|提货人|领取人|付款人|委托人|代理人|被?保险人|投保人|受益人|监护人|住客|租客|房东|业主|申请人|签收人|签收的|订货人|购买人|患者|病人|客户|顾客|用户|会员|学员|学生|家长|客服|坐席|师傅|快递员|骑手|司机|外卖员|销售|店员|导购|店长|设计师|顾问|中介|管家|教练|外教|主持人|嘉宾|作者|称呼|署名|落款|抬头(?:写)?(?:个人)?|参会的?(?:有)?|与会人员?|名单|原名|旧名|曾用名|现改名|改名|真名|大名|小名|昵称|全名|姓名|名字|(?<![文品型])名)|(?:我|她|他|我的|本人)(?:中文名|英文名|拼音))"
_FILLING = r"(?:上?(?:写|填|填写|登记|显示|印)?的?(?:就?是|叫|叫做|为|写|填|改成|改为|改|换成|换|：|:|有))?"
_SAID = re.compile(
    rf"(?:(?:我|他|她|本人|你们|你们的|上次的|昨天的|一个|前台的?|楼下的?|隔壁的?)?{_ROLE}(?:姓名|名字|名)?{_FILLING}|(?:我|他|她|本人|名|人|孩子|宝宝|对象|就)?叫(?:做)?)"
    rf"[\s：:，,“\"]*(?P<name>{_NAME}|{_LATIN}){_STOP}"
)
_IS = re.compile(
    rf"(?:我是|这是|这里是|这边是|那边是|本人是?|敝人|鄙人|在下|我叫|叫我|喊我|称呼我|请找|找|寄给|发给|送给|送到|交给|转给|转交|转告|给|帮|替|跟|除了|(?<=[，。！？,.\s])我|^我|是由|由)(?:[\u4e00-\u9fff]{{2,4}}的)?(?P<name>{_NAME}){_STOP}"
    rf"|(?:我是|这是|这里是|这边是|我叫|叫我|找|寄给|发给|交给|转交|嗨|哈喽|你好|您好|谢谢|好的|亲爱的|hi|hello|{_KIN}|联系)[，,\s]?(?P<latin>{_LATIN})(?=[，。！？,.!?\s的在说会去来是，、；;:：先女小您你帮了吗收就给也]|$)"
    rf"|(?:客户|顾客|用户|会员|乘客|业主|患者)(?P<client>{_SURNAME}{_GIVEN})(?=反馈|的|说|来电|表示|要求|投诉|申请|想|在|已|您)"
    rf"|(?:我|他|她|本人|免贵|鄙|敝|先生|女士)姓(?P<family>{_SURNAME})(?=[^{_H}]|$)"
    rf"|(?:[，,]\s?名)(?P<given>{_NAME}){_STOP}"
    rf"|(?:用|以|是|在|到|卡是)(?P<owner>{_NAME})(?=的?(?:名字|名义|身份|名下))",
    re.IGNORECASE,
)
_TITLE = r"(?:先生|女士|小姐|太太|夫人|老师|师傅|经理|总监|总(?=[，。,！!好您让说在的\s]|$)|主任|院长|校长|局长|处长|科长|班长|队长|店长|厂长|董事长?|律师|医生|大夫|护士长?|博士|教授|教练|工程师|工(?=[，。,！!好您让说在就的\s]|$)|老板|同学|阿姨|叔叔?|大[哥姐爷妈叔]|[哥姐](?=[，。,！!好您让说在回的\s]|$)|伯伯|奶奶|爷爷)"
_TITLED = re.compile(
    rf"(?=(?P<name>{_SURNAME}[{_H}]{{0,2}}?)(?={_TITLE}))|(?P<latin>{_LATIN})\s?(?=先生|女士|小姐|老师|经理)"
)
_CALLED = re.compile(
    rf"(?:叫我|喊我|称呼我?|找|跟|让|问|你好|您好|嗨|谢谢|客服|师傅|同事)(?P<name>(?:老|小|阿)[{_H}])(?=[，。！？,.!?\s就吧来说在跟聊接答让给帮]|$)"
    rf"|(?:叫我|喊我)(?P<other>[{_H}]{{2}})(?=[，。！？,.!?\s就吧]|$)|(?<=[叫找问让跟我])(?:老|小)(?P<family>[{USUAL_SURNAMES}])(?=就(?:行|好)|吧|，|,|。|$)"
)
_UNMISTAKABLE = re.compile(
    rf"(?P<name>(?:欧阳|上官|司马|诸葛|令狐|慕容|皇甫|宇文|尉迟|呼延|轩辕|长孙|端木|独孤|南宫|夏侯|司徒|澹台|东郭|西门)[{_H}]{{1,2}}){_STOP}"
    rf"|写(?P<receiver>{_NAME})(?=收)"
)
_TWICE = re.compile(
    rf"(?P<name>([{_H}])\2)(?=你好|您好|在吗|，你|,你|，谢谢|敬上)|(?:亲爱的|客服|主播|小姐姐|叫我)(?P<other>([{_H}])\4)(?=[，。！？,.!?\s昨今上说接答]|$)"
)
_SIGNED = re.compile(
    rf"(?:此致(?:[，,]?\s?敬礼)?|敬礼|顺祝商祺|祝好|谢谢|感谢|拜托了|致|[—–-]{{1,2}})[！!，,。\s]*(?P<name>{_NAME})(?=\s*$|先生|女士|小姐|[\n])"
    rf"|(?P<signer>{_NAME})(?=敬上|留$|谨上|启$|拜上)|(?m:^(?P<first>{_NAME}))(?=收$|[，,]\s?电话)"
)
_AMONG = re.compile(
    rf"(?:、|和|与|及|跟|以及|还有|，|,|\s)(?P<name>{_NAME})(?=[、，,。！!\s的和与]|各|两位|三位|四位|三个|两个|一起|都|也|同行|要|收|$)"
)
_DOES = re.compile(
    rf"(?:^|(?<=[，。！？；、,.!?;:：\s]))(?P<name>{_NAME})(?=(?:女士|先生|小姐)?(?:投诉|要求|签收|代收|收的?$|推荐|下的单|帮我|替我|订的|的(?:订单|快递|蛋糕|外卖|合同|包裹|积分|票|餐|行李|会员|房间|名字|号|卡|护照|身份证)|一个人|来电|反馈|表示|已(?:经)?(?:签收|到店|付款)|本人|在吗|在不在|你好|您好))"
)
_NEAR_DATA = re.compile(
    rf"(?P<name>{_NAME})(?=[\s，,：:、/(（-]{{0,3}}(?:电话|手机|tel|身份证|1[3-9]\d|\+?86|\[PHONE\]|0\d{{2,3}}-))"
)
_AFTER_DATA = re.compile(
    rf"(?:(?<!\d)\d{{7,}}|\[(?:PHONE|ADDRESS|ID_NUMBER)\])[\s，,：:、/]{{0,3}}(?P<name>{_NAME})(?=[\s，。,、收]|$)"
)
_KIN_NAMED = re.compile(rf"(?:我家?|他|她|俺|咱|你们?)的?{_KIN}(?:名叫|叫|是)?[\s，,]?(?P<name>{_NAME})")
_ROLE_NAMED = re.compile(
    rf"{_ROLE}{_FILLING}[\s：:，,“\"]*(?P<name>{_NAME})|(?:是|由|上次|之前|昨天|今天|刚才|的|让|找)(?P<other>{_NAME})(?=跟|和|给|帮|答应|接待|说|告诉|负责|处理|经手|卖|介绍|打)"
)
_NICKNAME = re.compile(
    rf"(?:小名|乳名|昵称|花名|艺名|网名)(?:就?叫|是|：|:)?(?P<nick>[{_H}]{{2}})(?=[，。,、;；！!\s]|$)"
    rf"|(?:^|[，。！？、,.!?\s是的和找问让给跟])(?P<name>阿(?![姨里胶拉巴])[{_H}])(?=[，。！？,.!?\s跟和说答在聊让给帮态很]|$)"
)
_INTRODUCED = re.compile(
    rf"(?:^|[，。！？!?,.\s])(?P<name>{_NAME})(?=[，,]\s?(?:工号|女|男|\d{{1,3}}岁|电话|手机|年龄|身份证|订单|住))|(?m:^)(?P<first>{_NAME})(?=妈妈|爸爸|家长|留言|敬上)"
    rf"|祝(?P<wished>[{_H}]{{2,3}})(?=[\d一二三四五六七八九十]{{1,3}}岁|生日|新婚|早日)|显示(?:由)?(?P<shown>{_NAME})(?=代签|签收|已)|换成(?P<new>{_NAME}){_STOP}"
    rf"|(?P<said>{_LATIN})(?=说|让我|告诉我|答应|介绍|推荐)|姓(?P<family>{_SURNAME})的"
)
_FAMILIAR = re.compile(
    rf"(?P<name>[小老][{USUAL_SURNAMES}])(?=说|让|给我|昨天|今天|上次|介绍|帮|打|态度|，|。|！|跟|答应|接待|没|很|来的|经手|负责|在|吗|？|$)"
)
_FIELD = re.compile(
    rf"{_ROLE}\s?[:：]\s?(?P<name>[{_H}]{{2,3}})(?=[，。,、;；\s\d]|$)"
    rf"|(?:(?:我|他|她)的?{_KIN}|我叫|我是|叫做|收件人|收货人|联系人|乘客|客户|外教|谢谢|多谢|好的|亲爱的|嗨|你好|您好|客服|[:：])\s?(?P<abroad>{_TOLD_ABROAD})(?=[，。,、;；！!\s是的在来要想今]|$|[一二三四五六七八九十]岁?)"
    rf"|(?m:^)(?P<asked>[{_H}]{{2,3}})(?=，?(?:在吗|在不在|你好|您好))"
)
_SPELLED = re.compile(
    r"(?:护照|拼音|登机牌|机票|英文名|姓名|名字|证件)(?:上|里)?(?:写|印|填|显示)?的?(?:是|为|：|:)?\s?(?P<name>[A-Z][A-Za-z]+[ /][A-Za-z]{2,}(?:\s[A-Za-z]{2,})?)"
)
_ASKS = re.compile(
    r"(?:您|你)?(?:贵姓|怎么称呼|如何称呼|的?姓名|的?名字|叫什么|收件人|收货人|联系人|是哪位|全名)"
)
_TITLE_WORDS = frozenset(
    "谢方全成应时明高安向和师单连管车文易解华任都别参浦暴查尚"
)  # surnames that often stand before a title for other reasons
_BEFORE_SOMEBODY = frozenset("叫找请让问给跟是和与转替帮我")
_PEOPLE = re.compile(
    rf"(?:收件|收货|寄件|联系|寄给|送给|发给|交给|转给|转交|叫|姓|先生|女士|小姐|投诉|签收|预[订定约]|名下|本人|持卡|署名|我是|这是|这边|入住|找|帮|和|替|跟|给|除了|名单|开票|{_KIN}|{_ROLE})"
)
_LONGEST_GIVEN = 2
_ONLY_WITH_ANOTHER = frozenset("一子小花鸣心可上大文书成功学平安乐金天")  # in a given name of two letters
_NEVER_GIVEN = frozenset("的了是在不没吗呢吧啊呀我你您他她它们这那哪什谁怎")
_SELDOM_GIVEN = frozenset(  # not after a weak sign
    "有也就都会要可能说去来把被让给用跟对从到多少么些个两几扣退章键链清转班示过费款单号码型件货品店铺区街路楼室门窗户柜桌椅灯箱包袋盒瓶杯"
    "和与及或而且但很太更最再又还已才只便却则为以向于位条张次年月日点分秒元块钱斤米买卖换寄收发送拿取付订上下里外前后左右大小高低长短好坏新旧"
    "红白黑蓝绿黄色等请帮问找想看听写打开关放做吃喝穿住走坐站进出回起着得地人家事时候因所其中间内每各第一二三四五六七八九十百千万半双全部本"
    "电话手机车票床房间餐衣鞋裤帽表卡证书信报纸水油盐糖茶酒药病痛医院校公司部门名姓"
)
_JOINS = frozenset("和于经向应都别参常代占衣隆")  # surnames that nearly always are other words
_SELDOM = 20  # a word that jieba counted less often takes nothing away
_WINDOW = 14  # letters around such a word in which a name is looked for
_FIRST_WORDS = frozenset(  # that follow who was spoken of, and begin with a surname
    "想 要 也 说 就 都 和 于 向 应 应该 马上 方便 时 全 全都 别 经常 曾 曾经 任 连 查 管 解 游 成 安 明 明天 高兴".split()  # noqa: SIM905 - words read best in a row
)


def find_chinese(text: str) -> Iterator[Span]:
    for pattern in (_SAID, _IS, _SIGNED, _NEAR_DATA, _AFTER_DATA):
        yield from _matched(text, pattern)
    yield from _titled(text)
    for pattern in (_KIN_NAMED, _ROLE_NAMED):
        yield from _weakly(text, pattern)
    for pattern in (_AMONG, _DOES):
        yield from (span for span in _weakly(text, pattern) if _sounds_given(text[span.start + 1 : span.end]))
    yield from (span for span in _matched(text, _FIELD) if not _begins_with_word(text, span))
    for pattern in (_NICKNAME, _INTRODUCED, _FAMILIAR):
        yield from _matched(text, pattern)
    for pattern in (_CALLED, _TWICE, _UNMISTAKABLE):
        yield from _matched(text, pattern)
    yield from (Span(*found.span("name"), Kind.NAME) for found in _SPELLED.finditer(text))
    windows = list(_windows(text))
    if windows or _made_like_a_name().search(text):
        yield from _by_letters(text, windows=windows)


def find_answer(text: str, *, after: str) -> Iterator[Span]:
    bare = text.strip(" .!。！\n")
    if not bare or not _ASKS.search(after[-60:]):
        return
    start = text.find(bare)
    found = re.fullmatch(rf"(?:我?姓|免贵姓|我?叫|我是)?(?P<name>{_SURNAME}[{_H}]{{0,3}})", bare)
    if found and found["name"] not in _no_names():
        yield Span(start + found.start("name"), start + found.end("name"), Kind.NAME)


def asks(text: str) -> bool:
    return bool(_ASKS.search(text[-60:]))


def _matched(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    for found in pattern.finditer(text):
        for group, name in found.groupdict().items():
            if name and not _is_word(name):
                yield Span(*found.span(group), Kind.NAME)


def _is_word(name: str) -> bool:
    if name.isascii():
        return english_names.is_word(name)
    known = name in _no_names() or name[:2] in _no_names() or name[:3] in _no_names()
    return known or not _NEVER_GIVEN.isdisjoint(name[1:])


def _sounds_given(letters: str) -> bool:
    if len(letters) == _LONGEST_GIVEN and letters[0] == letters[1]:
        return _SELDOM_GIVEN.isdisjoint(letters)
    return (
        bool(set(letters) & _given_letters())
        and _SELDOM_GIVEN.isdisjoint(letters)
        and set(letters[1:]) <= _given_letters() | _ONLY_WITH_ANOTHER
    )


def _weakly(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    """With as many letters as no word takes away."""
    for span in _matched(text, pattern):
        for end in range(span.end, span.start + 1, -1):
            if _stands_alone(text, Span(span.start, end, span.kind)):
                yield Span(span.start, end, span.kind)
                break


def _begins_with_word(text: str, span: Span) -> bool:
    """What the dictionary knows as another word than a name. Names of other languages are cut in many ways."""
    first = next(iter(_tagged(text[span.start : span.end])))
    return len(first.word) > 1 and not first.flag.startswith("nr")


def _titled(text: str) -> Iterator[Span]:
    for found in _TITLED.finditer(text):
        name = found["name"] or found["latin"]
        before = text[max(0, found.start() - 1) : found.start()]
        is_end_of_word = name in _TITLE_WORDS and before > "\u4e00" and before not in _BEFORE_SOMEBODY
        if not _is_word(name) and not is_end_of_word:
            yield Span(*found.span("name" if found["name"] else "latin"), Kind.NAME)


def _stands_alone(text: str, span: Span) -> bool:
    """After a weak sign: no word of the dictionary takes letters of the name away, or reaches beyond it."""
    words = CUTTER.lcut(text[span.start : span.end + 3], HMM=False)
    if (CUTTER.lexicon.get(words[0]) or 0) < _SELDOM and len(words[0]) <= span.end - span.start:
        return True
    if words[0] in _FIRST_WORDS or (len(words[0]) > 1 and not re.fullmatch(COMPOUND_SURNAMES, words[0])):
        is_given = (
            len(words) > 1 and len(words[0] + words[1]) == span.end - span.start and _sounds_given(words[1])
        )
        return is_given or (len(words[0]) > _LONGEST_GIVEN and bool(_made_like_a_name().fullmatch(words[0])))
    place = 0
    for word in words:
        if place < span.end - span.start < place + len(word):
            return False
        place += len(word)
    return True


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Stretches in which people are spoken of."""
    start = end = 0
    for cue in _PEOPLE.finditer(text):
        if cue.start() - _WINDOW > end:
            if end:
                yield start, end
            start = cue.start() - _WINDOW
        end = min(len(text), cue.end() + _WINDOW)
    if end:
        yield max(0, start), end


def _tagged(text: str) -> list[Any]:
    """Words, each with what kind of word it is."""
    tagged: list[Any] = tagger_of_words().lcut(text)
    return tagged


@cache
def tagger_of_words() -> Any:
    import jieba.posseg  # 100 MB, which whoever only compares models, as a web process does, need not hold

    # jieba keeps it among temporary files under one name for everybody, where another account's cannot be replaced.
    jieba.dt.cache_file = f"jieba-{os.getuid()}.cache"
    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg.dt


def _by_letters(text: str, *, windows: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """A surname and letters that given names are made of, where no word of the dictionary takes any of them away. Where
    people are spoken of, two single letters that hardly stand alone otherwise do, too."""
    place = 0
    words = cut(text)
    for number, word in enumerate(words):
        name = _name_from(words[number : number + 3])
        if not name and any(start <= place < end for start, end in windows):
            name = _crumbs_from(words[number : number + 3])
        if name and not _is_word(name):
            yield Span(place, place + len(name), Kind.NAME)
        place += len(word)


def _name_from(words: Sequence[str]) -> str:
    """ "钱|梓|涵", "冯|建国", "欧阳|敏"; "" where these words begin with no name."""
    if len(words[0]) > _LONGEST_GIVEN and _made_like_a_name().fullmatch(words[0]):
        return words[0]  # one that the dictionary knows
    if not re.fullmatch(_USUAL_SURNAME, words[0]) or words[0] in _JOINS:
        return ""
    given = ""
    for word in words[1:]:
        if len(given + word) > _LONGEST_GIVEN or not set(word) <= _given_letters() | _ONLY_WITH_ANOTHER:
            break
        given += word
    return words[0] + given if given and given not in _ONLY_WITH_ANOTHER else ""


def _crumbs_from(words: Sequence[str]) -> str:
    """ "瞿|呦|然": letters that the dictionary makes no word of."""
    given = "".join(words[1:])
    is_name = (
        [len(word) for word in words[1:]] == [1, 1]
        and re.fullmatch(_USUAL_SURNAME, words[0])
        and words[0] not in _JOINS | _TITLE_WORDS
        and re.fullmatch(_GIVEN, given)
        and _SELDOM_GIVEN.isdisjoint(given)
        and _NEVER_GIVEN.isdisjoint(given)
    )
    return words[0] + given if is_name else ""


@cache
def _given_letters() -> frozenset[str]:
    return frozenset("".join(list_of("given_letters_zh")))


@cache
def _made_like_a_name() -> re.Pattern[str]:
    letters = "".join(sorted(_given_letters() | _ONLY_WITH_ANOTHER))
    return re.compile(rf"{_USUAL_SURNAME}[{letters}]{{1,{_LONGEST_GIVEN}}}")


@lru_cache(maxsize=8)  # rules and tagger look at the same text one after the other
def cut(text: str) -> tuple[str, ...]:
    """Into words of the dictionary."""
    return tuple(CUTTER.lcut(text, HMM=False))


@cache
def letter_class(letter: str) -> str:
    """What a character may be of a name: of a surname, a given name, one of another language."""
    family = "u" if letter in USUAL_SURNAMES else "r" if letter in RARE_SURNAMES else "-"
    compound = next((str(place) for place in (0, 1) if letter in _compound_letters()[place]), "-")
    given = "g" if letter in _given_letters() else "o" if letter in _ONLY_WITH_ANOTHER else "-"
    abroad = "a" if letter in _ABROAD else "-"
    never = "n" if letter in _NEVER_GIVEN else "s" if letter in _SELDOM_GIVEN else "-"
    return family + compound + given + abroad + never


@cache
def _compound_letters() -> tuple[frozenset[str], frozenset[str]]:
    names = COMPOUND_SURNAMES.split("|")
    return frozenset(name[0] for name in names), frozenset(name[1] for name in names)


@cache
def _no_names() -> frozenset[str]:
    return frozenset(list_of("no_names_zh"))
