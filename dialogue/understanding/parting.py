"""A message → the questions in it: each wants an answer of its own. By rules, in both languages.

"What does it cost and how long does it take?" holds two. Knows nothing of passages or of what was said before.
"""

import re
from collections.abc import Callable, Sequence

MOST = 3  # questions that are answered one by one; of more, the last ones stay together

_ASKING_EN = (
    r"(?:(?:by|until|since|for|from|at|in|on|to) )?(?:how|what|when|where|which|who|whose|whom|why)(?:'s|'re)?\b|"
    r"(?:can|could|do|does|did|is|are|was|were|will|would|may|must|should|has|have) (?:i|we|you|they|he|she|it|this|that|there|"
    r"the|a|an|my|your|our|any|every|some|all|these|those|moving|[a-z]+s)\b"
)
_ASKING_ZH = re.compile(
    r"多少|(?<![好有])几|多久|多长|多大|多快|多远|什么|啥|怎么|怎样|如何|咋|哪|谁|何时|为何|吗|么[?？]?$|呢[?？]?$|能不能|可不可以|是否|有没有|"
    r"是不是|会不会|要不要|用不用|支不支持|需不需要|能否|可否|行不行"
)
_JOINT_EN = re.compile(
    rf"(?<=[?!.;])\s+|,?(?<!\s)\s+(?:and|or|but|plus|also)\s+(?:also\s+|then\s+)?(?={_ASKING_EN})|,\s+(?={_ASKING_EN})",
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
    parts = _gathered(clauses, glue=glue, is_one=_asks_zh if chinese else _asks_en)
    if len(parts) < 2:
        return (text,)
    return (*parts[: MOST - 1], glue.join(parts[MOST - 1 :])) if len(parts) >= MOST else tuple(parts)


def asks(text: str) -> bool:
    """Whether it puts a question, as far as words tell."""
    return _asks_zh(text) if re.search(r"[\u3400-\u9fff]", text) else _asks_en(text)


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
    return bool(_ASKING_ZH.search(clause))


def _asks_en(clause: str) -> bool:
    lead = _LEAD_EN.match(clause)
    return bool(re.match(_ASKING_EN, clause[lead.end() if lead else 0 :], re.IGNORECASE))
