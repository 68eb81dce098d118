"""Is a sentence said in a passage? The check by itself: a sentence and a passage in, a verdict with its reason out.

Three levels, asked in this order:
  quote   the passage's own words, whole or without clauses that limit nothing. Always supported.
  light   rules first: every number, date, amount, unit, code and address must be said there, and some of its words. Then
          one likelihood from a small fitted file, which falls with everything that speaks against it: no model, a few
          milliseconds. Where a reader is at hand (`retrieval.cross_encoder`), what it says of both texts weighs most, and
          a count up to ten ("either of the two") may be its own; a tenth of a second.
  judge   whoever is asked where light is unsure, and then decides in its place (`dialogue.verifying.judging`).
What it can promise: each amount, unit and name was found in the passage. It does not know the question.
"""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

from dialogue.errors import JudgeFailed
from dialogue.fit import logit
from dialogue.language.polarity import denies
from dialogue.language.sentences import is_chinese, sentences_of
from dialogue.language.words import content_words
from dialogue.verifying.aligning import CONDITION, clauses_of, doubts
from dialogue.verifying.nearest import nearest_sentences
from retrieval import IndexUnavailable, Reader, placed

Level = Literal["quote", "light", "judge"]
Strictness = Literal["quotes", "strict", "balanced", "lenient"]
STRICTNESSES: tuple[Strictness, ...] = get_args(Strictness)  # the strictest first
Judge = Callable[..., float]  # judge(passage=…, sentence=…) -> how likely it is supported, from 0 to 1

UNSAID = 0.85  # the share of its words that are said nowhere with which a sentence is about something else
COUNTED = 0.8  # what a reader must be sure of to let a count through that stands nowhere
NEVER = (1.0, 0.0)  # a band that no likelihood lies in

_FITS = Path(__file__).parent.parent / "fits"
# What a sentence is withheld for, by the doubt that weighs most.
_REASONS = {
    "fact": "facts",
    "fact_dropped": "condition",
    "lost_inside": "condition",
    "unit": "facts",
    "few": "facts",
    "fact_elsewhere": "facts",
    "bound": "facts",
    "unbound": "facts",
    "unbound_clause": "facts",
    "number_replaced": "facts",
    "name": "subject",
    "actor": "subject",
    "negation": "negation",
    "denied": "negation",
    "opposed": "negation",
    "turned": "negation",
    "negation_count": "negation",
    "opposite": "negation",
    "qualifier": "qualifier",
    "hedge": "qualifier",
    "certain": "qualifier",
    "doubtful": "qualifier",
    "total": "qualifier",
    "limit": "condition",
    "condition": "condition",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """`likelihood` is 1 for a quote. `reason` is one of `dialogue.verifying.checking.REASONS`, "" where it is supported.

    `judge_failed` says why a judge that was asked gave no verdict: one of JudgeFailed's codes, or "failed".
    """

    supported: bool
    level: Level
    likelihood: float
    reason: str = ""
    judge_failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportFit:
    """`weights` are what each doubt takes away; `needed` the likelihood that each strictness asks for.

    With a reader: `read` weighs what light found and what it says (which is more easily sure in Chinese), and
    `needed_when_read` is asked for.
    `unsure` is the band of likelihoods in which a judge is asked, `judged` the likelihood that it must give, and
    `measured` what each strictness did to pairs that nothing was fitted on: by language, the share of faults caught
    and of supported sentences withheld; the same with the shipped judge.
    """

    version: str
    bias: float
    weights: Mapping[str, float]
    needed: Mapping[str, float]
    read: Mapping[str, float]
    needed_when_read: Mapping[str, float]
    unsure: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    judged: Mapping[str, float] = field(default_factory=dict)
    measured: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    measured_with_judge: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)

    def likelihood(self, doubts: Mapping[str, float]) -> float:
        total = self.bias - sum(self.weights.get(name, 0.0) * value for name, value in doubts.items())
        return _share(total)

    def likelihood_as_read(self, likelihood: float, *, read: float, chinese: bool) -> float:
        weights = self.read
        bias = weights["bias"] + weights["chinese"] * chinese
        return _share(bias + weights["light"] * logit(likelihood) + weights["read"] * logit(read))


def _share(total: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def read_support_fit(path: Path) -> SupportFit:
    return SupportFit(**json.loads(path.read_text(encoding="utf-8")))


@cache
def default_support_fit() -> SupportFit:
    return read_support_fit(_FITS / "support-5.json")


def support_of(
    sentence: str,
    *,
    passage: str,
    topic: str = "",
    strictness: Strictness = "balanced",
    reader: Reader | None = None,
    judge: Judge | None = None,
    fit: SupportFit | None = None,
) -> Support:
    """`sentence` without citation marks. `topic` is what the passage stands under: its title, its headings.

    A reader that has too much to do is done without. "quotes" lets only the passage's own words through. The judge is asked where light is unsure; one that fails leaves
    the verdict to light.
    """
    fit = fit or default_support_fit()
    if is_quote(sentence, passage=passage):
        return Support(supported=True, level="quote", likelihood=1.0)
    if not passage.strip():
        return Support(supported=False, level="light", likelihood=0.0, reason="not_found")
    found = doubts(sentence, passage=passage, topic=topic)
    likelihood = fit.likelihood(found)
    other_facts = Support(supported=False, level="light", likelihood=min(likelihood, 0.01), reason="facts")
    if found["fact"] or found["unit"]:
        return other_facts
    reason = _reason(found, fit=fit)
    needed = fit.needed
    if strictness == "quotes":
        return Support(supported=False, level="light", likelihood=likelihood, reason=reason)
    read = _read(sentence, passage=passage, topic=topic, reader=reader)
    if found["few"] and (read or 0.0) < COUNTED:
        return other_facts
    if read is not None:
        chinese, needed = is_chinese(sentence), fit.needed_when_read
        likelihood = fit.likelihood_as_read(likelihood, read=read, chinese=chinese)
    elif found["unsaid"] >= UNSAID:  # other words may say the same, but only who reads can tell
        return Support(supported=False, level="light", likelihood=min(likelihood, 0.05), reason="not_found")
    light = _verdict("light", likelihood, needed=needed[strictness], reason=reason)
    low, high = fit.unsure.get(strictness, NEVER)
    if judge is None or not low <= likelihood < high:
        return light
    try:
        judged = judge(passage=passage, sentence=sentence)
    except Exception as error:  # whatever a judge raises, the check goes on without it
        return replace(light, judge_failed=error.code if isinstance(error, JudgeFailed) else "failed")
    return _verdict("judge", judged, needed=fit.judged[strictness], reason=reason)


def _read(sentence: str, *, passage: str, topic: str, reader: Reader | None) -> float | None:
    """How likely the passage's nearest sentences say so; None where nobody read them."""
    if reader is None:
        return None
    text = placed(nearest_sentences(sentence, passage=passage), under=" > ".join(topic.split("\n")))
    try:
        return reader(sentence, [text])[0]
    except IndexUnavailable:
        return None


def _verdict(level: Level, likelihood: float, *, needed: float, reason: str) -> Support:
    supported = likelihood >= needed
    return Support(
        supported=supported, level=level, likelihood=likelihood, reason="" if supported else reason
    )


def _reason(found: Mapping[str, float], *, fit: SupportFit) -> str:
    worst = max(found, key=lambda name: fit.weights.get(name, 0.0) * found[name], default="")
    return _REASONS.get(worst.removesuffix(" in the same"), "not_found")


def is_quote(sentence: str, *, passage: str) -> bool:
    """Sentences of the passage in order, each whole, or without clauses that neither limit nor deny."""
    said = _letters(sentence)
    return bool(said) and any(_reads_as(said, parts=parts) for parts in _quotable(passage))


def _reads_as(said: str, *, parts: tuple[tuple[str, bool], ...]) -> bool:
    """Whether `said` is these parts one after the other, up to some that may be left out at the end."""
    for place, (letters, _) in enumerate(parts):
        if not said:
            return place > 0 and not any(needed for _, needed in parts[place:])
        if not said.startswith(letters):
            return False
        said = said[len(letters) :]
    return not said


@lru_cache(maxsize=512)
def _quotable(passage: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    sentences = sentences_of(passage)
    each = [_parts(sentence) for sentence in sentences]
    runs = [
        tuple((_letters(text), True) for text in sentences[start:end])
        for start in range(len(sentences))
        for end in range(start + 1, min(start + 3, len(sentences)) + 1)
    ]
    return (*runs, *each)


def _parts(sentence: str) -> tuple[tuple[str, bool], ...]:
    return tuple((_letters(part), _is_needed(part)) for part in clauses_of(sentence))


def _is_needed(clause: str) -> bool:
    """Whether leaving this out could make the rest say more, or something else."""
    return bool(CONDITION.search(clause)) or denies(clause.lower()) or len(content_words(clause).order) < 2


# Letters, digits, and the marks that change what these mean: 3-5, 9:30, 1/2, 12,50, -18, $, %.
_MEANT = re.compile(r"[^\W_]|(?<=\d)[-:/,.](?=\d)|(?<![a-z\d])-(?=\d)|[$€£¥%‰°℃]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def _letters(text: str) -> str:
    """What makes a text, however it is spaced, and whichever dash stands in it."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[‐-―−~]", "-", text)
    text = re.sub(r"(?<=\d)\s*-\s*(?=\d)", "-", text)
    return "".join(_MEANT.findall(_THOUSANDS.sub("", text)))
