"""A sentence of the model → the passage sentences that are shown for it, and how that was decided.

Three things can come of it: it is trusted, and what stands behind it is shown; it fails, and the passage's own sentence
that it was held against is shown in its place, where that one answers the question; it fails, and nothing is shown.
How much is needed to be trusted is the site's choice. Knows nothing of prompts, models or of what was shown before.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from dialogue.fit import DEFAULT_FIT, Fit
from dialogue.language.facts import words_in_facts
from dialogue.language.words import content_words, coverage, together, without
from dialogue.searching.evidence import Candidate, about
from dialogue.searching.quoting import NEARLY_AS_GOOD
from dialogue.verifying.checking import Verdict, check
from dialogue.verifying.supporting import Judge, Strictness, Support, support_of
from retrieval import Chunk, Reader

_CLOSE = 0.5  # the share of a sentence's words that a place says with which it can take its place


class TopicJudge(Protocol):
    """A judge that has a name, and can be told what a passage stands under."""

    name: str

    def about(self, topic: str) -> Judge: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportCheck:
    """How sentences are checked for a site. `absent`: why no judge is asked although the site wants one."""

    strictness: Strictness = "balanced"
    reader: Reader | None = None
    judge: TopicJudge | None = None
    patience: float = 3.0  # seconds for a verdict of the judge's; then the check goes on without it
    absent: str = ""


DEFAULT_CHECK = SupportCheck()
# A judge that is slow keeps only these waiting, never the searches of others.
_JUDGING = ThreadPoolExecutor(max_workers=8, thread_name_prefix="judge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """`shown` are the passage sentences to show. `reason` is why the sentence itself was not trusted; "" where it was."""

    shown: tuple[Candidate, ...] = ()
    reason: str = ""
    held_against: str = ""  # the chunk's id
    support: Support | None = None


def pick(
    sentence: str,
    *,
    ranked: Sequence[Candidate],
    checking: SupportCheck = DEFAULT_CHECK,
    fit: Fit = DEFAULT_FIT,
) -> Picked:
    """`sentence` without its marks; `ranked` are all sentences of the passages, best first. Blocks while a judge is asked."""
    verdict = check(sentence, candidates=ranked, fit=fit)
    place = verdict.sources or verdict.nearest
    if not place or _says_back(sentence):
        return Picked(reason="" if verdict.reason == "empty" else "not_found")
    chunk, best = place[0].passage.chunk, ranked[0].score
    support = _supported(sentence, chunk=chunk, checking=checking)
    score = max(one.score for one in place)
    if support.supported and verdict.reason in ("", "not_found"):
        reason = "" if score >= best * fit.guard else "off_question"
        return Picked(shown=() if reason else place, reason=reason, held_against=chunk.id, support=support)
    stands_in = score >= best * NEARLY_AS_GOOD and _is_close(sentence, verdict=verdict)
    return Picked(
        shown=place if stands_in else (),
        reason=verdict.reason or support.reason,
        held_against=chunk.id,
        support=support,
    )


async def pick_in_time(
    sentence: str, *, ranked: Sequence[Candidate], checking: SupportCheck, fit: Fit
) -> Picked:
    """With the judge, as long as it answers in time; else as the rules have it, and `judge_failed` says so."""
    if checking.judge is None:
        if checking.reader is None:
            return pick(sentence, ranked=ranked, checking=checking, fit=fit)
        return await asyncio.to_thread(pick, sentence, ranked=ranked, checking=checking, fit=fit)
    asking = partial(pick, sentence, ranked=ranked, checking=checking, fit=fit)
    try:
        async with asyncio.timeout(checking.patience):
            return await asyncio.get_running_loop().run_in_executor(_JUDGING, asking)
    except TimeoutError:
        picked = pick(sentence, ranked=ranked, checking=replace(checking, judge=None), fit=fit)
        late = picked.support and replace(picked.support, judge_failed="slow")
        return replace(picked, support=late)


def _supported(sentence: str, *, chunk: Chunk, checking: SupportCheck) -> Support:
    topic = topic_of(chunk)
    judge = checking.judge.about(topic) if checking.judge else None
    return support_of(
        sentence,
        passage=chunk.text,
        topic=topic,
        strictness=checking.strictness,
        reader=checking.reader,
        judge=judge,
    )


def topic_of(chunk: Chunk) -> str:
    """What a chunk's text stands under."""
    return "\n".join(
        dict.fromkeys(part for part in (chunk.title, *chunk.heading_path, chunk.question) if part)
    )


def _says_back(sentence: str) -> bool:
    """A question claims nothing: small models repeat the customer's."""
    return sentence.rstrip().endswith(("?", "？"))


def _is_close(sentence: str, *, verdict: Verdict) -> bool:
    """Whether the place is what the sentence meant to say: it was objected to, or shares words enough, beside numbers."""
    words = without(content_words(sentence), words=words_in_facts(sentence))
    if not words.order or verdict.reason != "not_found":
        return bool(words.order)
    place = verdict.nearest[0]
    return coverage(words, by=together(content_words(place.text), about(place.passage.chunk))) >= _CLOSE
