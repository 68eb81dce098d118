"""Names in Latin letters: from what stands around them, from lists of given and family names, from how Chinese ones are built.

A name in small letters counts only after a sure sign, or where a list knows it.
"""

import re
from collections.abc import Iterator, Sequence

from model_training.cleaning.personal_data.spans import Kind, Span
from model_training.cleaning.personal_data.unknown_capitals import find_unknown
from model_training.cleaning.personal_data.words_of_names import family_names, given_names, no_names, places

_LATIN = r"0-9A-Za-z_\u00c0-\u024f"  # Chinese needs no space around a name
# No name is longer: without an end, a text of nothing but letters would be read anew from each of them.
_CAP = rf"[A-ZÀ-ÞŁŚŻŠČŽĐ][{_LATIN}'’\-]{{0,40}}[a-zà-ÿ\u0100-\u024fA-Z]|[A-Z](?=\.)"
_PARTICLE = r"(?:van|von|de|der|den|la|le|bin|al|da|dos|del|di|el|du|ter|zu)"
_FULL = rf"(?:{_CAP})\.?(?:[ \t]+(?:{_PARTICLE}[ \t]+)*(?:{_CAP})\.?){{0,3}}"
_TWO = rf"(?:{_CAP})(?:[ \t](?:[A-Z]\.?[ \t]|{_PARTICLE}[ \t])*(?:{_CAP})){{1,2}}"
_ANY = r"[A-Za-zÀ-ɏ][\w'’\-]{0,40}\.?(?:[ \t]+[A-Za-zÀ-ɏ][\w'’\-]{1,40}){0,2}"
_START = r"(?:^|(?<=[\n.!?;:,—–(\"“-])|(?<=[\n.!?;:,—–(\"“-]\s))"
_KIN = (
    r"(?:kid|child|baby|(?:grand|god|step)?(?:son|daughter|mother|father|mum|mom|dad|parent)|wife|husband|partner|spouse|hubby|"
    r"(?:best\s|girl|boy)?friend|mate|fianc[ée]e?|brother|sister|(?:brother|sister|mother|father|son|daughter)[ -]in[ -]law|twin|"
    r"aunt(?:ie)?|uncle|cousin|nephew|niece|grand?ma|grandpa|granny|gran|nan|nana|neighbou?r|room-?mate|flat-?mate|house-?mate|"
    r"colleague|co-?worker|boss|manager|assistant|secretary|lawyer|solicitor|accountant|landlord|landlady|tenant|cleaner|nanny|"
    r"babysitter|carer|teacher|tutor|coach|trainer|doctor|dentist|nurse|therapist|driver|courier|plumber|electrician|technician|"
    r"engineer|agent|rep|advis[eo]r|supervisor|client|customer|patient|student|pupil|passenger|guest|owner|buyer|seller|sender|"
    r"receiver|recipient|addressee|attendee|member|caller|translator|gardener|caretaker|doorman|receptionist|salesman|clerk|PA)"
)
_FIELD = (
    r"(?:(?:full|last|first|middle|maiden|family|given|sur|user)[\s-]?names?|surname|recipient|receiver|sender|attn|attention|fao|c/o|"
    r"contact(?:\s(?:person|name))?|emergency\scontact|(?:card|account|policy|ticket|lease)\s?-?holder(?:'s\sname)?|"
    r"(?:registered|new|previous|legal)\sowner|guests?|passengers?|attendees|participants|travell?ers|"
    r"(?:invoice|bill|ship|deliver|send|addressed|payable|refund)\s(?:it\s)?to|consignee|addressee|beneficiary|"
    r"(?:student|patient|customer|child|pet\sowner|employee)(?:'s)?\sname|signed|signature)"
)
_SAID = re.compile(
    rf"(?:(?i:\b(?:my\s(?:full\s|last\s|first\s|sur|user\s|maiden\s|middle\s)?name(?:\sis|'s|\sas|:)?|name\s?(?:is|was|:|(?:on|in)\s(?:the\s|my\s)?\w+(?:\s\w+)?\s?(?:is|:|was))"
    rf"|(?:people|you\s(?:can|may)|they|everyone|just|friends)\scalls?\s(?:me)?|calls?\sme|(?:i|he|she|someone|somebody|nobody|anyone|person|man|woman|lady|guy|girl|boy|agent|colleague)(?:\s(?:was|is|am))?\scalled|named|name\?\s(?:User:\s)?"
    rf"|{_KIN}s?(?:'s\sname)?(?:,|:|\sis|\swas|\scalled|\snamed)?(?=\s[A-ZÀ-Þ])"
    rf"|(?:send|sent|ship|shipped|deliver|delivered|give|gave|mail|post|hand|handed|addressed|left|leave)(?:\s(?:it|this|them|the\s\w+|my\s\w+))?\s(?:to|with)(?=\s[A-Z])"
    rf"|(?:name|booking|account|passenger|reservation|membership|subscription)\s(?:from|to)(?=\s[A-Z])|(?:follow\sup|speak|spoke|talk|talked|chat|chatted|chatting|meet|met|deal|dealt)\s(?:to|with)(?=\s[A-Z])|met(?=\s[A-Z])"
    rf"|(?:directed|written|signed(?:\sfor)?|delivered|received|handled|paid|arranged|booked|collected|accepted|(?:order|booking|reservation|payment|purchase|call)\s(?:was\s)?(?:made|placed)|ordered|placed|sent|posted|bought|left|taken|submitted|requested)\sby:?"
    rf"|says|said|asked|told|tell|ask(?:ed)?(?:\sfor)?|contact|regards|say\s(?:hi|hello|thanks|thank\syou)\sto|let(?=\s[A-Z][\w]+\sknow)"
    rf"|(?:belongs?|belonged|addressed|registered|issued|made\sout|out|gift|present)\s(?:to|for)(?=\s[A-Z])|on\sbehalf\sof"
    rf"|(?:room|table|parcel|package|letter|booking|reservation|tickets?|appointment|desk|delivery|seats?|gift|cake|card)s?\s(?:is\s|are\s)?for(?=\s[A-Z])"
    rf"|(?:book(?:ed|ing)?|reserv(?:ed|ation)|registered|look|be|is|ordered|account|it)\sunder|under\sthe\s(?:last\s|sur)?name\s(?:of\s)?|name\sof|in\sthe\sname\sof|(?:i'm|im|i\sam|this\sis|it's(?:\sme,?)?|it\sis|here\sis|here's)\s(?:called\s)?(?=[A-ZÀ-Þ])"
    rf"|who(?:'s|\sis|\swas)|(?:user|appointment\swith|in\sthe\sname|put\s(?:down|it\sdown)\sas|there's\s(?:an?|someone)|order\sof|account\sof|name\sto)))"
    rf"|(?i:\b{_FIELD}\s?(?:as\sin\s(?:the\s)?\w+|on\s(?:the\s)?\w+|name)?\s?(?:is|are|:|=|-|–)?)|(?i:\b(?:from|by|for):))\s*(?:[\"“']\s?)?(?P<name>{_FULL})"
)
_LOWER = re.compile(
    rf"(?i:\bmy\s(?:full\s|last\s|first\s|sur|maiden\s)?name(?:\sis|'s|:)|\b(?:full|last|first|maiden|family)\sname(?:\sis|:|\s-)?|\bsurname(?:\sis|:)?|\bname\son\s(?:the\s)?\w+:)\s+(?P<name>{_ANY})|(?i:\b(?:booked|reserved|filed|registered|listed|ordered|saved|it's|its)\sunder(?:\sthe\sname(?:\sof)?)?)\s(?P<under>{_ANY})(?=[,.;!?\n]|$)"
)
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Sir|Madam|Mister|mr|mrs|ms|dr|prof|MR|MRS|MS|DR|Herr|Frau|Monsieur|Madame|Mme|Señora?|Sra?|"
    r"Nurse|Coach|Father|Rabbi|Imam|Pastor|Reverend|Rev|Capt|Captain|Col|Colonel|Lt|Sgt|Sergeant|Major|Aunt|Auntie|Uncle|Officer|Judge|Lady|Lord)"
)
_TITLED = re.compile(
    rf"\b{_TITLE}\b\.?\s+(?P<name>{_FULL}|(?<=[a-z]\s)[a-z][\w'-]+(?=[,.\s])|(?<=[a-z]\.\s)[a-z][\w'-]+(?=[,.\s]))"
)
_GREETING = r"(?i:\b(?:hi|hiya|hello|hey|heya|dear|thanks|thx|ty|thank\syou(?:\s(?:so|very)\smuch)?|many\sthanks|cheers|welcome(?:\sback)?|goodbye|bye|sorry|ok|okay|yes|yes\splease|sure|great|perfect|lovely|morning|afternoon|evening))"
_GREETED = re.compile(rf"{_GREETING}[,!\s]+(?P<name>{_FULL})(?=\s?[,.!?:\n]|\s*$)")
_GREETED_ON = re.compile(
    rf"(?i:\b(?:hi|hiya|hello|hey|dear|thanks|ok|okay|thank\syou))[,\s]+(?P<name>{_CAP})(?=\s[a-z])"
)
_CLOSING = (
    r"(?i:\b(?:(?:kind|best|warm|warmest|many|with\skind)\s(?:regards|wishes|thanks)|regards|rgds|brgds|sincerely(?:\syours)?|yours(?:\s(?:truly|sincerely|faithfully))?|"
    r"cheers|best|thanks(?:\sagain)?|thank\syou|thx|tnx|ty|love|xx+|respectfully|cordially|greetings|signed))"
)
_SIGNED = re.compile(
    rf"(?m:(?:{_CLOSING}\s?[,.!\-–—]*\s*\n|{_CLOSING}\s?[,.!\-–—:]+\s*|\bxx+\s)(?P<name>{_ANY}(?:\s[A-Z][\w'’-]+)?)(?=\s*(?:$|,\s|\s[—–-]\s)))"
    rf"|(?m:^)[^\S\n]*(?:[—–]|--)\s?(?P<below>{_ANY}(?:\s[A-Z][\w'’-]+)?)(?=\s*(?:,[^\n]{{0,30}})?\Z)"
)
_SIGNED_UP = re.compile(rf"(?m:{_CLOSING}\s?[,.!\-–—:]*\s*\n?\s*(?P<name>{_FULL})(?=\s*(?:$|[,(\n])))")
_HERE = re.compile(
    rf"(?m:(?:^|(?<=[\n.!?,]\s)|(?<=[\n.!?,])|{_GREETING}[,!]?\s)(?P<name>{_ANY})\s(?=(?:here|speaking|writing|calling|on\sthe\s(?:line|phone))\b(?:[,.!?:;\n]|\s(?:again|from|and|i|im|i'm|who|about|with|quick|to)\b|\s*$)))"
)
_SPEAKER = re.compile(rf"(?m)^(?P<name>{_CAP}(?:\s{_CAP}){{0,2}})\s?:\s")
_FOREIGN = re.compile(
    rf"(?<![{_LATIN}@.])(?P<name>(?:{_CAP})(?:[ \t](?:[A-Z]\.?[ \t])?(?:{_CAP})){{1,2}})(?![{_LATIN}@])"
)
_DOES = re.compile(
    rf"(?<![{_LATIN}@.])(?P<name>(?:{_CAP})(?:\s(?:{_CAP})){{0,2}})\s(?=signed\s|ordered\s|placed\s|bought\s|paid\s|received\s|recommended\s|(?:has|had|have)\s(?:signed|ordered|placed|bought|paid|received|called|written|asked)\s|lives\s(?:at|on|in|next)|lived\s|flew\s|had\sgiven|will\sbe\stalking|is\smy\s|is\svery\s|spent\s|shouted|wrote\sto\sme|called\sme|told\sme|helped\sme|sent\sme|promised|said\s|and\s(?:I|me|myself)\b|from\s(?:your|the)\s(?:team|support|shop|store|branch|office|desk)\b)"
)
_ASKED = re.compile(
    rf"\b(?:[Cc]an|[Cc]ould|[Ww]ould|[Ww]ill|[Ii]s|[Ww]as|[Dd]id)\s(?P<name>{_CAP})(?=\s(?:mind|call|ring|phone|come|pick|help|confirm|change|write|there|available|in\son|around|be\s(?:at|in|there)|still\swork)\b)"
)
_COMES = re.compile(
    rf"(?<![{_LATIN}@.])(?P<name>{_CAP})(?=\s(?:can't|cannot|won't|couldn't|can|will|would|could)\s(?:come|make\sit|attend|join|travel|be\sthere|collect|pick\sit|call\syou)\b)"
)
_OWNS = re.compile(
    rf"(?<![{_LATIN}@.])(?P<name>{_TWO}|{_CAP})(?=['’]s\s(?:name|account|birthday|wedding|suitcase|luggage|room|lease|passport|phone\snumber|place|house|flat|parcel)\b)"
)
_HOUSEHOLD = re.compile(
    rf"(?i:\b(?:add|remove|invite|take)\s)(?P<name>{_FULL}(?:\s(?:and|&)\s{_CAP})?)(?=\s(?:to|from|off|on|as)\s(?:the|my|our|a)\s(?:family|plan|household|guest|account|team|booking|reservation|membership|group|list|contact|driver|user)\b)"
)
_ENGRAVED = re.compile(
    rf"(?i:\b(?:engrave\w*|embroider\w*|print\w*|inscri\w+|dedicat\w+|tag|label|card)\b)[^.\n]{{0,30}}?(?:[\"“']|(?i:read\s|say\s))(?P<name>{_FULL})"
)
_FOR_WHOM = re.compile(
    rf"(?m:^(?:To|For)\s(?P<name>{_FULL})(?=,\s[a-z])|\bfrom\s(?P<giver>{_TITLE}\.?\s{_FULL}|{_FULL})$)"
)
_AMONG = re.compile(rf"\b(?:me\sand|swap)\s(?P<name>{_CAP})(?![\w-])")
_AFTER_ANOTHER = re.compile(rf"(?:\s?,\s(?:and\s|&\s)?|\s(?:and|&|for|or)\s)(?P<name>{_FULL})")
_ACTS = re.compile(  # two capitals in a row that do, or are asked to do, what people do
    rf"(?:\b(?:[Cc]ould|[Cc]an|[Ww]ould|[Ww]ill|[Dd]id|[Ll]et|[Hh]ave|[Aa]sk|[Pp]ut|[Aa]s|\w+ed\sby|\w+en\sby)\s(?P<name>{_TWO})(?=\s[a-z]|[,.!?]|$)"
    rf"|(?<![{_LATIN}@.])(?P<actor>{_TWO})(?=\s(?:here\b|speaking\b|calls?\b|called|writes|wrote|thinks|thought|wants|wanted|needs|needed|asked|asks|arrived|arrives|reports|cannot|can't|lives|left\sme)))"
)
_FULL_EN = re.compile(
    rf"(?<![{_LATIN}@.])(?P<name>(?:{_CAP})\.?(?:[ \t]+(?:{_PARTICLE}[ \t]+)*(?:{_CAP})\.?){{0,3}})"
)
_FAMILY_END = re.compile(
    r"(?i)\w{3,}(?:ski|ska|ský|ská|ova|ová|enko|opoulos|idis|akis|wicz|czyk|sson|ström|qvist|quist|dottir|oğlu|nathan|swamy|shvili|escu|ević|ović|ovich)|o['’]\w{3,}|mc[a-z]{3,}"
)
_PINYIN_SURNAMES = (
    "wang|li|zhang|liu|chen|yang|huang|zhao|wu|zhou|xu|sun|zhu|hu|guo|he|lin|gao|luo|zheng|liang|xie|tang|deng|han|feng|cao|peng|zeng|xiao|"
    "tian|dong|pan|yuan|cai|jiang|yu|du|ye|cheng|wei|su|lü|lu|lyu|ding|ren|shen|yao|fu|zhong|cui|tan|liao|fan|jin|shi|dai|jia|xia|qiu|fang|hou|"
    "zou|xiong|meng|qin|bai|yan|xue|yin|duan|lei|tao|gu|mao|hao|gong|shao|wan|qian|kong|mo|xiang|chang|ouyang|situ|shangguan|zhuge|murong|hua|qi|"
    "kang|ni|bao|ning|zuo|qiao|ruan|lan|mei|ge|bi|nie|ji|shu|qu|zhan|lou|ying|song|ma|long|cho|kim|park|choi|kang|jung|nguyen|tran|pham"
)
_SYLLABLE = r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ui|ao|ou|iu|ie|ue|üe|er|an|en|in|un|ia|ua|uo|a|o|e|i|u|ü))"
_PINYIN = re.compile(
    rf"(?<![{_LATIN}@.'])(?P<name>(?i:{_PINYIN_SURNAMES})[ /](?i:{_SYLLABLE}{{1,3}}(?:-{_SYLLABLE})?)|(?i:{_SYLLABLE}{{2,3}}|{_SYLLABLE}-{_SYLLABLE})\s(?i:{_PINYIN_SURNAMES}))(?![{_LATIN}])"
)
_SMALL_PINYIN = re.compile(rf"(?:{_PINYIN_SURNAMES})\s{_SYLLABLE}{{2,3}}")
_ASKS = re.compile(
    r"(?i)\b(?:your|the|full|first|last|have a|a)\s(?:full\s|first\s|last\s|sur|user\s?)?(?:and\s\w+\s)?names?\b|\bwho am i (?:speaking|chatting|talking)|\byour name"
)
_ENDS_A_NAME = frozenset(
    "and please thanks thank i i'm my is was are at for from in on the a an can could you your we will would to of or if it this that but so here there order how what when where who why hi hello hey dear has have had did does do not with by as postcode btw".split()  # noqa: SIM905 - words read best in a row
)
_NO_ENDING = re.compile(
    r"(?i)(?!\w*fr[ei]+d$)\w{2,}(?:ing|ed|ly|tion|ment|ness|able|ible|ful|less|'s|’s|'re|'ll|'ve|n't)"
)
_LONGEST_ABBREVIATION = 4
_LONGEST_ANSWER = 4  # words in reply to "your name, please?"
_SURE = (
    _SAID,
    _TITLED,
    _GREETED,
    _DOES,
    _ACTS,
    _SIGNED_UP,
    _ASKED,
    _COMES,
    _OWNS,
    _HOUSEHOLD,
    _ENGRAVED,
    _FOR_WHOM,
)


def find_english(text: str) -> Iterator[Span]:
    capitals = list(_capitals(text))
    found = [*_with_signs(text), *_by_lists(text, capitals=capitals)]
    yield from found
    for span in found:
        yield from _after_another(text, span)
    yield from find_unknown(text, capitals=capitals)


def find_foreign(text: str) -> Iterator[Span]:
    """Two capitals in a row whose letters are not all English ones."""
    yield from (span for span in _matched(text, _FOREIGN) if not text[span.start : span.end].isascii())


def find_answer(text: str, *, after: str) -> Iterator[Span]:
    bare = text.strip(" .!。！\n")
    if not bare or not _ASKS.search(after[-200:]):
        return
    start, words = text.find(bare), bare.split()
    fits = re.fullmatch(_ANY.replace("{0,2}", "{0,3}"), bare) and len(words) <= _LONGEST_ANSWER
    if fits and not any(word.lower().strip(".,") in no_names() for word in words):
        yield Span(start, start + len(bare), Kind.NAME)


def asks(text: str) -> bool:
    return bool(_ASKS.search(text[-200:]))


def _with_signs(text: str) -> Iterator[Span]:
    for pattern in _SURE:
        yield from _matched(text, pattern)
    for pattern in (_LOWER, _SIGNED, _HERE, _GREETED_ON, _AMONG):
        yield from (span for span in _matched(text, pattern) if _could_be(text[span.start : span.end]))
    if len(_SPEAKER.findall(text)) > 1:  # one "Note:" is no play
        yield from _matched(text, _SPEAKER)


def _matched(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    for found in pattern.finditer(text):
        group = found.lastgroup or "name"
        start, name = found.start(group), _without_tail(found[group])
        if name and not is_word(name):
            yield Span(start, start + len(name), Kind.NAME)


def _capitals(text: str) -> Iterator[tuple[int, str]]:
    for found in _FULL_EN.finditer(text):
        if name := _without_tail(found["name"]):
            yield found.start(), name


def _by_lists(text: str, *, capitals: Sequence[tuple[int, str]]) -> Iterator[Span]:
    for start, name in capitals:
        yield from _by_given_name(name, start=start)
        yield from _by_family_name(name, start=start)
    yield from _small_after_a_sign(text)
    for found in _PINYIN.finditer(text):
        if _is_pinyin_name(found["name"]):
            yield Span(*found.span("name"), Kind.NAME)


def _by_given_name(name: str, *, start: int) -> Iterator[Span]:
    """Capitals in a row that begin with, or are, a given name: "Crystal Minh", "Alexis"."""
    words = re.split(r"[ \t.]+", name)
    known = [_is_given(word) for word in words]
    begins_with_word = words[0].lower() in no_names()
    if any(known) and (not begins_with_word or known[0]):
        skipped = name.index(words[known.index(True)]) if begins_with_word else 0
        yield Span(start + skipped, start + len(name), Kind.NAME)


def _by_family_name(name: str, *, start: int) -> Iterator[Span]:
    """A capital and a family name: "Lubomir Kovač"."""
    words = [word.lower() for word in name.split()]
    first = words[0].strip(".")
    if len(words) < 2 or re.fullmatch(_TITLE, first.capitalize()) or first in no_names() or first in places():
        return
    if words[-1] in family_names() or _FAMILY_END.fullmatch(words[-1]):
        yield Span(start, start + len(name), Kind.NAME)


_SMALL = re.compile(
    rf"(?m:(?i:(?:{_GREETING}|{_CLOSING}|\b(?:i'm|im|i\sam|this\sis|its|it's|my\s{_KIN}|with|and|to|is|for|not|from))[,!.]?\s|^)(?P<name>[a-zà-ÿ][\w'-]{{2,}})(?![\w'-]))"
)


def _small_after_a_sign(text: str) -> Iterator[Span]:
    """Given names that the list knows, in small letters, where somebody may be named."""
    for found in _SMALL.finditer(text):
        name = found["name"]
        if name in given_names() and name not in no_names():
            yield Span(*found.span("name"), Kind.NAME)


def _is_pinyin_name(name: str) -> bool:
    words = re.split(r"[ /-]", name)
    if any(word.lower() in no_names() or word.lower() in _ENDS_A_NAME or len(word) < 2 for word in words):
        return False
    return all(word[0].isupper() for word in words if word) or (re.fullmatch(
        rf"(?:{_PINYIN_SURNAMES})\s{_SYLLABLE}{{2}}", name
    ) is not None and len(words[-1]) > 4)  # fmt: skip


def _after_another(text: str, span: Span) -> Iterator[Span]:
    """Further names of a row: "Jorge, Inés and Ramiro"."""
    end = span.end
    while found := _AFTER_ANOTHER.match(text, end):
        name = _without_tail(found["name"])
        if not name or is_word(name) or name.isupper():
            return
        end = found.start("name") + len(name)
        yield Span(found.start("name"), end, Kind.NAME)


def _without_tail(name: str) -> str:
    """Ends before a word that begins the next thought: "Alexis And", "Anna Please"."""
    kept: list[str] = []
    for word in re.findall(r"\S+", name):
        if kept and word.lower().strip(".,") in _ENDS_A_NAME:
            break
        kept.append(word)
    return (
        name[: name.index(kept[-1], len(" ".join(kept[:-1]))) + len(kept[-1])].rstrip(".").removesuffix("'s")
        if kept
        else ""
    )


def is_word(name: str) -> bool:
    words = [word.lower().strip(".,'’") for word in name.split()]
    if _SMALL_PINYIN.fullmatch(name):
        return False
    if not words or words[0] in given_names():
        return not words
    first = words[0]
    is_abbreviation = name.isupper() and len(name) <= _LONGEST_ABBREVIATION
    return is_abbreviation or first in no_names() or first in places() or bool(_NO_ENDING.fullmatch(first))


def _could_be(name: str) -> bool:
    """Of a name in small letters no word may be a known one."""
    words = [word.lower().strip(".,'’") for word in name.split()]
    return _SMALL_PINYIN.fullmatch(name) is not None or all(
        word in given_names()
        or not (word in no_names() or word in _ENDS_A_NAME or _NO_ENDING.fullmatch(word))
        for word in words
    )


def _is_given(word: str) -> bool:
    if word.isupper() and len(word) <= _LONGEST_ABBREVIATION:
        return False
    return word.lower() in given_names() or word.lower().removesuffix("'s") in given_names()
