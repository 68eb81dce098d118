"""A sentence of the model against the passages: is it said there, and where?

What passes is not shown as the model put it: its sources, the passage's own sentences, are. So a mistake here can pick
a sentence that is beside the point, but can never put a claim before a customer that no passage makes. What fails is
withheld, with the reason. Knows nothing of the question.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dialogue.fit import DEFAULT_FIT, Fit
from dialogue.language.facts import Fact, facts_in, is_same_time, words_in_facts
from dialogue.language.polarity import disagreement
from dialogue.language.sentences import is_chinese
from dialogue.language.words import Words, content_words, coverage, together, without
from dialogue.searching.evidence import Candidate, about

# Why a sentence is withheld, and `empty`: it says nothing that could be true or false ("Sure!").
REASONS = {
    "empty": "nothing in it could be checked",
    "not_found": "too few of its words are said in any one place of the passages",
    "facts": "a number, date, amount, unit, name of a thing or address is not said there",
    "negation": "it denies what the passage affirms, or the other way round",
    "qualifier": "it says all, only, must or except where the passage does not",
    "condition": "it leaves out a condition or a limit",
    "subject": "it is about someone or something else",
    "off_question": "it is true, but another sentence answers the question better",
    "repeated": "it was said already",
}
FEW_WORDS, FEW_WORDS_NEEDED = 3, 0.8  # where there are few words, one that is missing says another thing
ENOUGH_FOR_TWO = 6  # words of a sentence that may rest on two
_TELLING, _TELLING_HAN = 24, 8  # letters of a sentence after which its end is no surprise
_NEAREST = 6  # sentences looked at for each of the model's
_MARKS = re.compile(r"\[\s*\d[\d,，、\s]*\]|【\s*\d[\d,，、\s]*】|［\d+］")
_LEAD_INS = re.compile(
    r"^(?:yes|no|sure|of course|certainly|absolutely|great question|answer|according to [^,]{0,60}|"
    r"based on [^,]{0,60}|here(?:'s| is) [^:]{0,40}|"
    r"是的|不是|好的|当然|可以的|您好|你好|答案?|回答|根据[^，,]{0,30}|按照[^，,]{0,30})[,，:：!！.。]\s*",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"(?:none|no answer|n/a|没有(?:答案|相关信息|提到|提及|说明|找到)?|无(?:答案|相关信息)?)[.。!！]?$"
    r"|(?:资料|文中|上文|文档)(?:里|中)?(?:都|并|也)?(?:没有|未)|(?:抱歉|对不起|很遗憾)[，,].{0,12}(?:没有|无法|未)|我不(?:知道|清楚)"
    r"|(?:i'm |i am )?sorry|i (?:don't|do not) (?:know|have)|(?:the )?(?:sources?|passages?|text|information)"
    r"(?: provided| given)? (?:do|does|is|are)(?: not|n't)|(?:this|that|it) is not (?:mentioned|specified|stated)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`sources` are the passage's sentences that say it, in order; `nearest` those that it was held against in vain."""

    sources: tuple[Candidate, ...] = ()
    reason: str = ""
    nearest: tuple[Candidate, ...] = ()

    @property
    def supported(self) -> bool:
        return bool(self.sources)


def cited_numbers(sentence: str) -> tuple[int, ...]:
    return tuple(int(number) for mark in _MARKS.findall(sentence) for number in re.findall(r"\d+", mark))


def without_marks(sentence: str) -> str:
    """The words alone: no citation marks, list bullets, emphasis or lead-in."""
    text = _MARKS.sub("", sentence)
    text = re.sub(r"^\s*(?:[-*•·>#]+|\d{1,2}[.)、])\s+|\*\*|__|`", "", text).strip()
    while (shorter := _LEAD_INS.sub("", text, count=1).strip()) != text and shorter:
        text = shorter
    return text


def whole_of(beginning: str, *, texts: Sequence[str]) -> str:
    """The one passage sentence that begins so, word for word; "" while there is none, or still more than one."""
    start = _letters(without_marks(beginning))
    if len(start) < (_TELLING_HAN if is_chinese(start) else _TELLING):
        return ""
    found = {text for text in texts if _letters(text).startswith(start)}
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=2_000)
def _letters(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text).lower())


def says_nothing(sentence: str) -> bool:
    """Whether the model says that the sources do not hold the answer, in the prompt's word or its own."""
    return bool(_NOTHING.match(sentence.strip()))


def check(sentence: str, *, candidates: Sequence[Candidate], fit: Fit = DEFAULT_FIT) -> Verdict:
    """`sentence` without its marks. One passage sentence that says it all is best; else a few neighbouring ones."""
    word_for_word = next((one for one in candidates if one.text == sentence), None)
    if word_for_word is not None and content_words(sentence).order:
        return Verdict(sources=(word_for_word,))
    words, facts = without(content_words(sentence), words=words_in_facts(sentence)), facts_in(sentence)
    if not words.order and not facts:
        return Verdict(reason="empty")
    nearest = sorted(candidates, key=lambda candidate: -_closeness(words, candidate=candidate))[:_NEAREST]
    failed = Verdict(reason="not_found", nearest=tuple(nearest[:1]))
    for overlap, sources in _places(nearest, words=words, fit=fit):
        needed = max(overlap, FEW_WORDS_NEEDED) if len(words.order) <= FEW_WORDS else overlap
        reason = _objection(sentence, words=words, facts=facts, sources=sources, needed=needed)
        if not reason:
            return Verdict(sources=sources)
        if failed.reason == "not_found" and reason != "not_found":
            failed = Verdict(reason=reason, nearest=sources)
    return failed


def _closeness(words: Words, *, candidate: Candidate) -> float:
    own = content_words(candidate.text)
    return coverage(words, by=own) + 0.3 * coverage(own, by=words)


def _places(
    nearest: Sequence[Candidate], *, words: Words, fit: Fit
) -> list[tuple[float, tuple[Candidate, ...]]]:
    """Where to look, with the overlap that is needed there: single sentences first, then each with its next.

    What says little is not put together from two sentences: "only students may book" out of "only members may book".
    """
    places: list[tuple[float, tuple[Candidate, ...]]] = [(fit.overlap, (one,)) for one in nearest]
    if len(words.order) >= ENOUGH_FOR_TWO:
        places += [
            (fit.overlap_of_several, (one, other))
            for one in nearest
            for other in nearest
            if _follows(other, one=one)
        ]
    return places


def _follows(other: Candidate, *, one: Candidate) -> bool:
    return one.passage.chunk.id == other.passage.chunk.id and 1 <= other.position - one.position <= 2


def _objection(
    sentence: str, *, words: Words, facts: Sequence[Fact], sources: Sequence[Candidate], needed: float
) -> str:
    source = " ".join(candidate.text for candidate in sources)
    topic = about(sources[0].passage.chunk)
    said = content_words(source)
    if coverage(words, by=together(said, topic)) < needed or coverage(words, by=said) < needed - 0.25:
        return "not_found"
    if not all(any(agree(fact, with_=other) for other in facts_in(source)) for fact in facts):
        return "facts"
    return disagreement(sentence, source=source) or _subject_missing(sentence, known=together(said, topic))


def agree(fact: Fact, *, with_: Fact) -> bool:
    """The same kind of thing, value, unit and bound. A sentence may leave a bound out, but not put one in."""
    return _says_the_same(fact, other=with_) and (not fact.bound or fact.bound == with_.bound)


def _says_the_same(fact: Fact, *, other: Fact) -> bool:
    if fact.kind == "time":
        return is_same_time(fact, other=other)
    if (fact.kind, fact.value) != (other.kind, other.value):
        return False
    return fact.unit == other.unit or (fact.kind == "date" and not fact.unit)


_SUBJECT_ENDS = re.compile(
    r"\b(?:can|could|may|must|will|would|should|is|are|was|were|do|does|did|has|have|cannot|takes?|"
    r"costs?|needs?|requires?|comes?|includes?|arrives?|ships?)\b|n't"
    r"|可以|不|能|会|需要?|须|必须|支持|是|在|有|没|由|将|为|均|都|应|享"
)


def _subject_missing(sentence: str, *, known: Words) -> str:
    """What stands before the verb must be known there, at least in part: "Gift cards can…" is not "Shoes can…"."""
    end = _SUBJECT_ENDS.search(sentence.lower())
    subject = content_words(sentence[: end.start()] if end else "")
    if subject.order and coverage(subject, by=known) < 0.5:
        return "subject"
    names = content_words(" ".join(re.findall(r"(?<=[a-z,] )[A-Z][\w-]+|[A-Z]{2,}[\w-]*", sentence)))
    return "subject" if names.order and coverage(names, by=known) < 0.99 else ""
