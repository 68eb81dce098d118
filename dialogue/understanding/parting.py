"""A message → the questions in it: each wants an answer of its own. By rules, in both languages.

"What does it cost and how long does it take?" holds two. Knows nothing of passages or of what was said before.
"""

import re
from collections.abc import Callable, Sequence

MOST = 3  # questions that are answered one by one; of more, the last ones stay together

_BEFORE_EN = r"(?:(?:by|until|since|for|from|at|in|on|to) )?"
_TURNED_EN = r"(?:'s|'re|'ll|'d| (?:exactly |else |then )?(?:can|could|do|does|did|is|are|am|was|were|will|would|shall|should|may|might|must|has|have|had|to)\b|[?]?$)"
_SUBJECT_EN = (
    r" (?:i|we|you|they|he|she|it|my|our|your|their|his|her|the|an?|this|that|these|those)(?:'\w+)?\b"
)
_ASKING_EN = (  # "when it arrives" and "what I ordered" tell: there the verb does not come first
    rf"{_BEFORE_EN}(?:(?:when|where){_TURNED_EN}|(?:how|what)\b(?!{_SUBJECT_EN})|(?:why|which|who|whose|whom)\b)|"
    r"(?:can|could|do|does|did|is|are|was|were|will|would|may|must|should|has|have) (?:i|we|you|they|he|she|it|this|that|there|"
    r"the|a|an|my|your|our|any|every|some|all|these|those|moving|[a-z]+s)\b"
)
_NAMING_EN = rf"{_BEFORE_EN}(?:how|what|when|where)\b"  # asks with a question mark, or after "tell me"
_SPLITTING_EN = rf"(?:{_ASKING_EN}|{_NAMING_EN})"
_TELL_ME = re.compile(r"\b(?:tell me|to know|(?:you|u) know|wonder(?:ing)?|explain)\b", re.IGNORECASE)
_ASKING_ZH = re.compile(
    r"多少|(?<![好有了十这那前上近头没])几(?!乎)(?!个?(?:天|日|周|年|月|小时|分钟|星期|礼拜)(?:之|以)?前(?!就?(?:可以|能|要|需|得|申请|取消)))|"
    r"多久|多长|多大|多快|多远|(?<!没)(?<!没有)什么(?!都|也|的$)|啥|(?<!不)怎么(?!都|也|说(?!明))|怎样|如何|咋|哪(?!怕|[里儿]?[都也])|谁(?!都|也)|何时|为何|"
    r"吗|么[?？]?$|呢[?？]?$|能不能|可不可以|是否|有没有|是不是|会不会|要不要|用不用|支不支持|需不需要|能否|可否|行不行"
)
_WHATEVER_ZH = re.compile(  # "no matter how one washes it": a word for asking that asks nothing
    r"(?:不管|无论|不论)(?:怎么[说样]|[^,，]*?[都也]|怎么|如何|什么|谁|哪|多[少久大])"
)
_JOINT_EN = re.compile(
    rf"(?<=[?!.;])\s+|,?(?<!\s)\s+(?:and|or|but|plus|also)\s+(?:also\s+|then\s+)?(?={_SPLITTING_EN})|,\s+(?={_SPLITTING_EN})",
    re.IGNORECASE,
)
_JOINT_ZH = re.compile(r"(?<=[?？!！。；;，,])\s*")
_LEAD_EN = re.compile(
    r"(?:(?:and|also|so|but|or|then|hi|hello|hey|please|thanks|thank you|ok|okay|well)[,!. ]+|(?:could|can) you (?:please )?tell me "
    r"|i(?:'d| would) (?:also )?like to know |i (?:also )?(?:want|need) to know |(?:do )?you know |tell me )*",
    re.IGNORECASE,
)


def parts_of(text: str) -> tuple[str, ...]:
    """The questions in it, in order, with what is told beside them; the text itself where there are not two."""
    chinese = bool(re.search(r"[\u3400-\u9fff]", text))
    clauses = [clause for clause in (_JOINT_ZH if chinese else _JOINT_EN).split(text) if clause.strip()]
    glue = "" if chinese else " "
    parts = _gathered(clauses, glue=glue, is_one=_asks_in(text))
    if len(parts) < 2:
        return (text,)
    return (*parts[: MOST - 1], glue.join(parts[MOST - 1 :])) if len(parts) >= MOST else tuple(parts)


def asks(text: str) -> bool:
    """Whether it puts a question, as far as words tell."""
    return _asks_in(text)(text)


def _asks_in(text: str) -> Callable[[str], bool]:
    """How to tell whether a clause of this text asks."""
    if re.search(r"[\u3400-\u9fff]", text):
        return _asks_zh
    return _asks_indirectly if _TELL_ME.search(text) else _asks_en


def _gathered(clauses: Sequence[str], *, glue: str, is_one: Callable[[str], bool]) -> list[str]:
    """What is told without a question belongs to the question after it; at the end, to the one before."""
    parts: list[str] = []
    told = ""
    for clause in clauses:
        told = f"{told}{glue}{clause}".strip() if told else clause.strip()
        if is_one(clause.strip()):
            parts.append(told.rstrip(",，;；"))
            told = ""
    if told and parts:
        parts[-1] += f"{glue or '，'}{told}"
    return parts or [told]


def _asks_zh(clause: str) -> bool:
    return bool(_ASKING_ZH.search(_WHATEVER_ZH.sub("", clause)))


def _asks_en(clause: str) -> bool:
    words = _LEAD_EN.sub("", clause, count=1)
    return _opens(_ASKING_EN, words) or (clause.endswith("?") and _opens(_NAMING_EN, words))


def _asks_indirectly(clause: str) -> bool:
    """ "… when it ships", where somebody is to tell."""
    return _opens(_SPLITTING_EN, _LEAD_EN.sub("", clause, count=1))


def _opens(pattern: str, words: str) -> bool:
    return bool(re.match(pattern, words, re.IGNORECASE))
