"""Does a sentence affirm or deny, oblige or permit, include all or only some? In both languages.

Compares two sentences clause by clause. Knows nothing of numbers or of passages.
"""

import re
from functools import lru_cache

from dialogue.language.words import Words, content_words, coverage

_CLAUSES = re.compile(
    r"[,，;；。!！?？:：、]\s*|\.\s+|\b(?:but|however|while|whereas|although|and)\b|但是?|不过|然而|而且|并且|否则"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|can|could|will|would|must|may|might|should|do|does|did|cannot|takes?|costs?|"
    r"needs?|gets?|gives?|makes?|means?|arrives?|expires?|applies|apply|covers?|includes?|offers?|accepts?|ships?|delivers?|"
    r"\w+ed|\w+ing)\b|n't\b"
    r"|[是有能会可要需须应由被请让将在不没无未]|支持|包括|属于|享|送|退|付|收|提供|使用|打开|关闭|发|到|为|成"
)
# Written with negative words, but denying nothing.
_NOT_DENYING = re.compile(
    r"no (?:more|less|fewer|later|earlier|sooner|greater) than|not (?:more|less|fewer|later|"
    r"exceed\w*|only|just)(?: than)?|whether or not|no problem|no doubt|"
    r"order no\b|no\. ?\d|"
    r"不(?:同|仅|论|管|但|断|过|久|妨|错|少于|多于|超过|低于|高于|足|满|锈钢|好意思|晚于|早于|迟于|"
    r"大于|小于)|无(?:论|线|忧|理由|条件|人机|障碍|纺布)|未(?:来|满|成年)|除非|非(?:常|凡)|特别|"
    r"别(?:的|人)|"
    r"[分区级类性识个]别|差不多|不得不|没问题|能不能|可不可以|是不是|要不要|会不会|有没有"
)
_DENYING = re.compile(
    r"\bnot\b|n't\b|\b(?:cannot|cant|wont|dont|doesnt|isnt|arent|no|never|none|nothing|without|"
    r"unable|neither|nor|impossible|forbidden|prohibited|excluded|excluding|"
    r"unavailable|ineligible|declined?|refused?|rejected|lacks?)\b|\bnon-?(?=[a-z])|\b(?:un|"
    r"in)(?:supported|available|eligible|valid)\b|"
    r"不|没有?|无|未|非|勿|别(?!处)|禁止|严禁|拒绝|谢绝|拒收|杜绝"
)
_OBLIGING = re.compile(
    r"\b(?:must|have to|has to|required?|requires|mandatory|obliged|shall)\b|必须|务必|强制|一定要|应当"
)
_PERMITTING = re.compile(
    r"\b(?:may|can|could|optional|optionally|allowed|free to|voluntary)\b|可以|可选|自愿|允许|随意"
)
_RESTRICTING = re.compile(r"\b(?:only|solely|exclusively|just)\b|仅|只(?!要)|唯一|专门")
_EXCEPTING = re.compile(
    r"\b(?:except|unless|excluding|apart from|other than|excludes?|exception|without)\b|除非|"
    r"除.{0,20}外|除了|例外|不含|不包括"
)
_TOTAL = re.compile(
    r"\b(?:all|every|everything|everyone|any|anything|always|entire(?:ly)?|each|both|whatever|never|"
    r"completely|100%)\b|所有|全部|任何|一律|始终|总是|每|均|都|全场|一切|全国|永远|随时|完全"
)
_OPPOSITES = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"\bbefore\b|之前|以前|前(?!台)", r"\bafter\b|之后|以后|后(?!台)"),
        (r"\bfree\b|免费|包邮|免运费", r"\b(?:charged?|costs?|paid|fees?)\b|收费|付费|自付"),
        (r"\bopen\b|营业|开放", r"\bclosed?\b|关闭|休息|打烊"),
        (r"\bincluded?s?\b|包含|包括|含", r"\bexcluded?s?\b|不含|不包括|除外"),
        (r"\bminimum\b|最低|最少|至少", r"\bmaximum\b|最高|最多|至多"),
        (r"\bonline\b|线上|网上", r"\b(?:offline|in[- ]store)\b|线下|门店"),
        (r"\bdomestic\b|国内|境内", r"\b(?:international|overseas|abroad)\b|国际|国外|海外|境外"),
        (r"\bmonthly\b|每月", r"\b(?:yearly|annual(?:ly)?)\b|每年"),
        (r"\bdaily\b|每天|每日", r"\bweekly\b|每周"),
        (r"\b(?:weekdays?|business days?)\b|工作日", r"\bweekends?\b|周末|节假日"),
        (r"\b(?:buyer|customer)s?\b|买家|顾客|客户", r"\b(?:seller|merchant)s?\b|卖家|商家"),
        (r"\b(?:increase|raise|more)d?\b|增加|提高", r"\b(?:decrease|reduce|less|lower)d?\b|减少|降低"),
        (r"\bfull(?:y)? refund\b|全额", r"\bpartial(?:ly)?\b|部分|一半"),
        (r"\baccept(?:ed|s)?\b|接受|支持", r"\breject(?:ed|s)?\b|拒绝|拒收"),
        (r"\benabled?\b|开启|打开", r"\bdisabled?\b|关闭|停用"),
        (r"\bhot\b|热水|高温", r"\bcold\b|冷水|低温"),
        (r"\bopened\b|\bused\b|已拆封|已使用|拆封后|使用过", r"\bunopened\b|\bunused\b|未拆封|未使用|全新"),
        (r"\bnew\b|新品|新用户|新客", r"\b(?:old|existing|second-hand)\b|旧|老用户|老客"),
        (r"\badults?\b|成人|成年人", r"\b(?:child(?:ren)?|minors?|kids?)\b|儿童|未成年|小孩"),
    )
)
_WE = re.compile(r"\b(?:we|our|us)\b|我们|我方|本店|本公司|我司|商家|卖家")
_YOU = re.compile(r"\b(?:you|your|yours|customers?|buyers?)\b|您|你|顾客|买家|客户|用户自")


def disagreement(sentence: str, *, source: str) -> str:
    """What the sentence claims otherwise than its source: negation, qualifier, subject; "" when nothing."""
    one, other = sentence.lower(), source.lower()
    if _denials_differ(one, source=other):
        return "negation"
    if _adds(_RESTRICTING, one, source=other) and not _EXCEPTING.search(other):
        return "qualifier"
    if _adds(_EXCEPTING, one, source=other) and not _DENYING.search(other):
        return "qualifier"
    if _adds(_TOTAL, one, source=other) or _obligations_differ(one, source=other):
        return "qualifier"
    if any(_are_opposed(one, source=other, pair=pair) for pair in _OPPOSITES):
        return "negation"
    return "subject" if _actors_differ(one, source=other) else ""


def _adds(marks: re.Pattern[str], sentence: str, *, source: str) -> bool:
    return bool(marks.search(sentence)) and not marks.search(source)


def _obligations_differ(sentence: str, *, source: str) -> bool:
    if _OBLIGING.search(sentence) and not _OBLIGING.search(source):
        return bool(_PERMITTING.search(source))
    return (
        bool(_OBLIGING.search(source))
        and not _OBLIGING.search(sentence)
        and bool(_PERMITTING.search(sentence))
    )


def _are_opposed(sentence: str, *, source: str, pair: tuple[re.Pattern[str], re.Pattern[str]]) -> bool:
    one, other = pair
    return any(
        this.search(sentence)
        and not that.search(sentence)
        and that.search(source)
        and not this.search(source)
        for this, that in ((one, other), (other, one))
    )


def _actors_differ(sentence: str, *, source: str) -> bool:
    """ "We pay the return" against "you pay the return"."""
    said = bool(_WE.search(sentence)), bool(_YOU.search(sentence))
    true = bool(_WE.search(source)), bool(_YOU.search(source))
    return said != true and said in ((True, False), (False, True)) and true in ((True, False), (False, True))


def _denials_differ(sentence: str, *, source: str) -> bool:
    """Each clause is held against the clause of the source that says most of it."""
    clauses = _clauses(source)
    for clause in _clauses(sentence):
        words = content_words(clause)
        if not words.order:
            continue
        nearest = max(clauses, key=lambda other: _alike(words, other=other), default="")
        if denies(clause) != denies(nearest) and denies(sentence) != denies(source):
            return True
        if denies(clause) != denies(nearest) and _alike(words, other=nearest) > 0.6:
            return True
    return False


def _alike(words: Words, *, other: str) -> float:
    theirs = content_words(other)
    return coverage(words, by=theirs) + 0.2 * coverage(theirs, by=words) if theirs.order else 0.0


@lru_cache(maxsize=2_048)
def _clauses(text: str) -> tuple[str, ...]:
    """Parts that affirm or deny something; what has no verb of its own belongs to the verb that follows."""
    parts: list[str] = []
    pending = ""
    for part in _CLAUSES.split(text):
        if part and part.strip():
            pending = f"{pending} {part}".strip()
            if _VERB.search(pending):
                parts.append(pending)
                pending = ""
    if pending:
        parts[-1:] = [f"{parts[-1]} {pending}"] if parts else [pending]
    return tuple(parts) or (text,)


def denies(clause: str) -> bool:
    """An odd number of denials."""
    return len(_DENYING.findall(_NOT_DENYING.sub(" ", clause))) % 2 == 1
