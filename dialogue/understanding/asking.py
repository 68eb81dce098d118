"""A question → what kind of answer it wants, and whether a sentence holds one.

"How long does a refund take?" wants a time span; a sentence without any cannot answer it, however alike the words are.
"""

import re
from functools import lru_cache
from typing import Literal

from dialogue.language.facts import Fact, facts_in
from dialogue.language.units import DURATIONS, MONEY

_WHEN_ASKED = (  # "when I return something" is a condition
    r"\bwhen(?:'s|'re|'ll|'d| (?:exactly |else |next )?(?:can|could|do|does|did|is|are|am|was|were|will|would|shall|should|may|might|must|has|"
    r"have|had|to)\b|$)|\b(?:(?:know|tell|show|say|says|wonder(?:ing)?|ask(?:ing)?|check(?:ing)?|see|find out)(?: me| us)?|sure|about|of|or|and|by|since|until) when\b"
)
_CHARGE = (  # of money; what plugs in is charged, too
    r"\b(?:you|they|we|shops?|couriers?|banks?) charge\b(?! (?:it|them|the|my|this|your)\b)|\bcharge (?:for|me|us|extra|interest|per|customers)\b|"
    r"(?<!does )(?<!do )(?<!can )(?<!will )\b(?:an?|any|no|the|what|which|your|extra|additional|delivery|shipping|service|cancellation|termination|booking|handling|late|of|without) (?:[\w-]+ ){0,2}charge\b"
    r"(?= (?:for|on|of|if|when|to|from|is|was|in)\b|[,.?!]|$)|"
    r"(?<!\bit )(?<!\bthat )\bcharges\b(?! (?:it|fast|slow|quick|wireless|by|via|with|through|in|to|at|from|up)\w*\b)|"
    r"(?<!why )\b(?:am|are|will|would|do|can|if) (?:i|we) (?:be |get |being )?charged\b"
)
_DEAR_ZH = r"(?:太|很|多|不|更|最|好|挺|这么|那么|有点|会|还|偏|比较)贵(?![州宾重公司店阳])|贵(?:吗|么|不贵|了|得|多少|一点|一些|点)"

Kind = Literal["duration", "when", "money", "number", "contact", "place", "yes_no", "how", "who", "remedy"]

_SIGNS: tuple[tuple[Kind, str], ...] = (
    (
        "duration",
        r"how (?:long|soon|quick(?:ly)?|fast|many (?:\w+ )?(?:days?|weeks?|months?|years?|hours?|"
        r"minutes?))|how much time|time (?:limit|frame)|what (?:period|deadline)|"
        r"多久|多长时间|多少(?:个)?(?:天|小时|分钟|日|周|月|年)|几(?:个)?(?:天|小时|分钟|日|周|星期|月|年)|多快|期限|时效|时限|有效期",
    ),
    (
        "when",
        _WHEN_ASKED
        + r"|what (?:time|date|day|hours)|by what|opening hours|business hours|什么时候|何时|几点|"
        r"哪天|哪年|几号|时间|多会儿|几时",
    ),
    (
        "money",
        r"how much(?! time)|\bcosts?\b|\bprices?\b|\bfees?\b|how expensive|minimum (?:order|"
        rf"spend)|{_CHARGE}|{_DEAR_ZH}|多少钱|多少元|费用|价格|价钱|收费|运费|邮费|手续费|满多少",
    ),
    (
        "number",
        r"how (?:many|much|often|big|large|heavy|far|old|tall|high|deep|wide)|what (?:percentage|size|"
        r"number|age)|maximum|minimum|limit|"
        r"多少|几|多大|多重|多远|多高|多长(?!时间)|多宽|多深|比例|上限|限额|最多|最少|额度",
    ),
    (
        "contact",
        r"phone|e-?mail|hotline|contact|call you|reach you|website|\burl\b|\blink\b|电话|邮箱|热线|"
        r"联系方式|联系你|网址|微信|官网|号码",
    ),
    (
        "place",
        r"\bwhere\b|\baddress\b|\blocation|which (?:countr|cit|place)|哪里|哪儿|在哪|地址|位置|什么地方|"
        r"哪个(?:城市|国家|地方)|哪些(?:城市|国家|地区)",
    ),
    ("who", r"\bwho(?:se|m)?\b|谁|哪位|何人"),
    (
        "how",
        r"how (?:do|can|to|should|would|does|is|are|did)|what (?:should|do) i do|steps|怎么|怎样|如何|咋|步骤|流程|怎么办",
    ),
    (
        "remedy",  # something is wrong: what it means and what to do, in this order
        r"what (?:should|do|can|must|shall) (?:i|we) do|what now|how (?:do|can) i fix|(?:shows?|displays?|says?|error|code) [a-z]{1,3}-?\d{1,4}\b|(?:显示|报错|报|出现|故障码?)\s?[a-z]{1,3}-?\d{1,4}(?!\d)|(?:怎么|咋)办(?!理)|怎么(?:处理|解决)|如何(?:处理|解决)",
    ),
    (
        "yes_no",
        r"^(?:can|could|do|does|did|is|are|am|was|were|will|would|should|may|must|have|has)\b|[吗么嘛]$|"
        r"吗|能不能|可不可以|是否|有没有|是不是|会不会|要不要|支不支持|能否|可否",
    ),
)
_PATTERNS = tuple((kind, re.compile(signs)) for kind, signs in _SIGNS)


@lru_cache(maxsize=2_000)
def kinds_asked(question: str) -> frozenset[Kind]:
    text = question.lower().strip(" ?？!！.。")
    kinds = {kind for kind, pattern in _PATTERNS if pattern.search(text)}
    return frozenset(kinds - {"number"} if kinds & {"duration", "money"} else kinds)


def has_answer_to(kind: Kind, *, sentence: str) -> bool:
    """Whether a sentence holds what such a question wants. True for kinds that any sentence may answer."""
    facts = facts_in(sentence)
    match kind:
        case "duration":
            return any(fact.unit in DURATIONS for fact in facts) or bool(
                _INSTANT.search(sentence.lower()) or _COLUMN.search(sentence.lower())
            )
        case "when":
            return any(_tells_when(fact) for fact in facts) or bool(_WHEN.search(sentence.lower()))
        case "money":
            return any(_tells_money(fact) for fact in facts) or bool(_FREE.search(sentence.lower()))
        case "number":
            return any(fact.kind in ("amount", "percent") for fact in facts) or bool(
                _NO_LIMIT.search(sentence.lower())
            )
        case "contact":
            return any(fact.kind in ("email", "phone", "url") for fact in facts) or bool(
                _CHANNEL.search(sentence.lower())
            )
        case _:
            return True


def tells_how(sentence: str) -> bool:
    """Whether it says what to do: "Open My orders and press Return", "在“我的订单”里申请". Not what cannot be done."""
    return bool(_STEP.search(sentence)) and not _IMPOSSIBLE.search(sentence)


_STEP = re.compile(
    r"(?:^|[,;:.]\s|\b(?:and|then|you can|please|to do so,?) )(?:open|choose|press|click|tap|select|go to|log in|sign in|send|fill|enter|"
    r"write|call|ask|scan|upload|visit|use|tell|contact|pick|print|add|switch|turn|book|hand|bring|show|put|download|change|cancel|"
    r"pay|apply|report|request|set)\b|\b(?-i:[Uu]nder [“\"A-Z])|\bin (?:the app|your account)|\bby (?:phone|mail|e-mail|post)\b|"
    r"在[“「『][^”」』]{1,40}[”」』]|点击|点“|点选|打开|进入|选择|填写|提交|登录|拨打|联系|申请|扫码|上传|出示|寄回|下载|发送|操作|设置|切换|绑定|携带|凭",
    re.IGNORECASE,
)
_IMPOSSIBLE = re.compile(r"不能|不可|无法|不支持|cannot|can't|not possible")
_INSTANT = re.compile(
    r"immediately|instantly|right away|at any time|same day|next day|no (?:time )?limit|lifetime|"
    r"overnight|随时|立即|立刻|即时|实时|当天|当日|次日|马上|终身|永久|不限|长期"
)
# A row of a table has its unit in the column's name: "Destination: zone 1; Working days: 2-3".
_COLUMN = re.compile(
    r"(?:days?|hours?|weeks?|months?|minutes?|years?|工作日|天数?|小时|星期|周|月|年|分钟)(?:\s?[)）])?\s?[:：]\s?\d"
)
_WHEN = re.compile(
    r"\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)days?\b|immediately|same day|next day|as soon as|"
    r"once|after|before|at any time|until|every|daily|24/7|"
    r"周[一二三四五六日末]|星期[一二三四五六日]|每[天日周月年]|工作日|节假日|随时|当天|当日|次日|立即|之后|以后|之前|年|月"
)
_FREE = re.compile(
    r"\bfree\b|no (?:extra |additional )?(?:charge|cost|fee)|at our (?:cost|expense)|we pay|you pay|"
    r"bear|covers?|免费|包邮|免邮|免运费|不收|无需支付|承担|全额|自付|免收|自理"
)
_NO_LIMIT = re.compile(
    r"\b(?:no|without|un)\s?limit|\bone\b|\btwo\b|\bsingle\b|\bhalf\b|不限|无限|一[个次张件人]|两[个次张件人]|唯一|半"
)
_CHANNEL = re.compile(
    r"\b(?:chat|form|page|app|phone|call|email|e-mail)\b|在线|页面|电话|邮箱|客服|应用|微信|小程序|公众号"
)


def _tells_when(fact: Fact) -> bool:
    return (
        fact.kind in ("date", "time")
        or fact.unit in DURATIONS
        or (fact.kind == "amount" and 1900 < float(fact.value) < 2100)
    )


def _tells_money(fact: Fact) -> bool:
    return fact.unit in MONEY or fact.kind == "percent" or fact.unit == "discount"
