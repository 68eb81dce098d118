"""Passages → the sentences that may be quoted, ranked by how well each answers the question.

One score between 0 and 1 per sentence, from a small fitted file: words covered, the kind of answer wanted, the
passage's own relevance, and, where an embedder is at hand, closeness in meaning: customers seldom use the words of
the page that answers them. The prompt, the guard against true sentences that answer something else, and quoting all
use this one ranking.
"""

import contextlib
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from dialogue.fit import DEFAULT_FIT, Fit
from dialogue.language.facts import facts_in
from dialogue.language.sentences import is_chinese, sentences_of
from dialogue.language.words import Words, content_words, content_words_as_said, coverage, together
from dialogue.understanding.asking import Kind, has_answer_to, kinds_asked
from retrieval import Chunk, IndexUnavailable, Passage, words_of

ALL_SAID = 0.99  # the share of a question's words that a passage about it says
COMPARED = 12  # sentences, the best by their words, whose meaning is compared with the question's
LOWEST_LEAD = -0.3  # how far behind the closest a sentence counts at most

_LIST_MARK = re.compile(r"^(?:[-*•·]|\d{1,2}[.)、])\s*")
Closeness = Callable[[Sequence[str]], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence of a passage. `rank` is its passage's place, `position` its own place in the passage.

    `close` is its cosine to the question, None where no embedder compared them.
    """

    passage: Passage
    rank: int
    position: int
    text: str
    score: float = 0.0
    close: float | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.passage.chunk.id, self.position


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, ready to be held against sentences. Words of the focus weigh more than those from the history."""

    question: str
    focus: str
    kinds: frozenset[Kind]
    words: Words
    own: Words
    chinese: bool


def asked(question: str, *, focus: str = "") -> Asked:
    focus = focus or question
    return Asked(
        question=question,
        focus=focus,
        kinds=kinds_asked(focus) or kinds_asked(question),
        words=content_words(question),
        own=content_words(focus),
        chinese=is_chinese(focus),
    )


def as_said(question: Asked, *, passages: Sequence[Passage]) -> Asked:
    """The same question, its Chinese words cut as the passages write them."""
    if not question.chinese:
        return question
    said = Counter(word for passage in passages for word in _all_words(_whole_text(passage.chunk)))
    return replace(
        question,
        words=content_words_as_said(question.question, said=said.__getitem__),
        own=content_words_as_said(question.focus, said=said.__getitem__),
    )


@lru_cache(maxsize=1_024)
def _all_words(text: str) -> frozenset[str]:
    return frozenset(words_of(text))


def _whole_text(chunk: Chunk) -> str:
    return "\n".join((chunk.title, *chunk.heading_path, chunk.question, *chunk.aliases, chunk.text))


def candidates_in(passages: Sequence[Passage]) -> list[Candidate]:
    return [
        Candidate(passage=passage, rank=rank, position=position, text=text)
        for rank, passage in enumerate(passages)
        for position, text in enumerate(sentences_of(passage.chunk.text))
    ]


@lru_cache(maxsize=4_096)
def _about(title: str, heading_path: tuple[str, ...], question: str) -> Words:
    """What a passage says that it is about."""
    return content_words("\n".join((title, *heading_path, question)))


def about(chunk: Chunk) -> Words:
    return _about(chunk.title, tuple(chunk.heading_path), "\n".join((chunk.question, *chunk.aliases)))


def rank(
    question: Asked,
    *,
    passages: Sequence[Passage],
    fit: Fit = DEFAULT_FIT,
    closeness: Closeness | None = None,
) -> list[Candidate]:
    """All sentences of the passages, best first. With `closeness` this blocks while texts are embedded."""
    candidates = candidates_in(passages)
    rows = sentence_features(question, candidates=candidates)
    scored = [
        replace(candidate, score=fit.answers(row)) for candidate, row in zip(candidates, rows, strict=True)
    ]
    if closeness is not None and scored:
        with contextlib.suppress(IndexUnavailable):  # the embedder went away: words alone must do
            scored = _compared(scored, rows=rows, fit=fit, closeness=closeness)
    return sorted(scored, key=lambda candidate: -candidate.score)


def _compared(
    scored: Sequence[Candidate], *, rows: Sequence[dict[str, float]], fit: Fit, closeness: Closeness
) -> list[Candidate]:
    """Scored anew with what the embedder says of the best; the others count as no closer than the farthest of them."""
    best = sorted(range(len(scored)), key=lambda place: -scored[place].score)[:COMPARED]
    found = closeness([_LIST_MARK.sub("", scored[place].text) for place in best])
    close = dict(zip(best, found, strict=True))
    return [
        replace(
            candidate,
            score=fit.answers_closely(row | closeness_features(close.get(place), among=found)),
            close=close.get(place),
        )
        for place, (candidate, row) in enumerate(zip(scored, rows, strict=True))
    ]


def closeness_features(close: float | None, *, among: Sequence[float]) -> dict[str, float]:
    value = min(among) if close is None else close
    return {
        "close": value,
        "lead": max(value - max(among), LOWEST_LEAD),
        "compared": 0.0 if close is None else 1.0,
    }


def sentence_features(question: Asked, *, candidates: Sequence[Candidate]) -> list[dict[str, float]]:
    weights = _weights(question, candidates=candidates)
    return [features(question, candidate=candidate, weights=weights) for candidate in candidates]


def _weights(question: Asked, *, candidates: Sequence[Candidate]) -> Mapping[str, float]:
    """A word that few sentences say tells more; one from the history counts less than one asked just now."""
    said: Counter[str] = Counter()
    for candidate in candidates:
        words = content_words(candidate.text)
        said.update(word for word in question.words.order if words.match(word))
    total = len(candidates) or 1
    return {
        word: (1.0 if word in question.own.known else 0.5)
        * (0.4 + math.log((total + 1) / (said[word] + 0.5)))
        for word in question.words.order
    }


def features(question: Asked, *, candidate: Candidate, weights: Mapping[str, float]) -> dict[str, float]:
    chunk = candidate.passage.chunk
    own, topic = content_words(candidate.text), about(chunk)
    near = together(own, topic, _sentence_before(candidate))
    return {
        "own_said": coverage(question.own, by=own, weights=weights),
        "said": coverage(question.words, by=own, weights=weights),
        "said_or_topic": coverage(question.words, by=together(own, topic), weights=weights),
        "said_near": coverage(question.words, by=near, weights=weights),
        "passage": coverage(question.words, by=together(content_words(chunk.text), topic), weights=weights),
        "kind": _kind(question.kinds, sentence=candidate.text),
        "relevance": candidate.passage.relevance,
        "first_passage": 1.0 / (1 + candidate.rank),
        "opens": 1.0 if candidate.position == 0 else 0.0,
        "asks": 1.0 if candidate.text.rstrip().endswith(("?", "？", ":", "：")) else 0.0,
        "short": 1.0 if len(own.order) < 3 else 0.0,
        "code": said_codes(question, text=candidate.text),
        "same_language": 1.0 if is_chinese(candidate.text) == question.chinese else 0.0,
    }


def said_codes(question: Asked, *, text: str) -> float:
    """The share of the question's codes (E05, MW-TE-021) that the text has; 0 where it has none."""
    codes = [fact for fact in facts_in(question.focus) if fact.kind == "identifier"]
    return sum(code in facts_in(text) for code in codes) / len(codes) if codes else 0.0


def _sentence_before(candidate: Candidate) -> Words:
    sentences = sentences_of(candidate.passage.chunk.text)
    return content_words(sentences[candidate.position - 1] if candidate.position else "")


def _kind(kinds: frozenset[Kind], *, sentence: str) -> float:
    """1 when all that is asked for is there, 0 when none is, one half when any sentence would do."""
    asked_for = [kind for kind in kinds if kind in ("duration", "when", "money", "number", "contact")]
    if not asked_for:
        return 0.5
    return sum(has_answer_to(kind, sentence=sentence) for kind in asked_for) / len(asked_for)


def likelihood_of_evidence(question: Asked, *, ranked: Sequence[Candidate], fit: Fit = DEFAULT_FIT) -> float:
    """How likely the passages hold the answer at all, from 0 to 1."""
    if not ranked:
        return 0.0
    found = evidence_features(question, ranked=ranked)
    was_compared = any(one.close is not None for one in ranked)
    return fit.is_close_evidence(found) if was_compared else fit.is_evidence(found)


def evidence_features(question: Asked, *, ranked: Sequence[Candidate]) -> dict[str, float]:
    """What tells whether the passages answer the question at all; `ranked` has its scores."""
    best = ranked[0]
    passages = _passages_in(ranked)
    whole = _said_in_each(passages)
    own = together(content_words(best.text), about(best.passage.chunk), _sentence_before(best))
    close = sorted((one.close for one in ranked if one.close is not None), reverse=True)
    return {
        "sentence": _logit(best.score),
        "relevance": _logit(max(passage.relevance for passage in passages)),
        "said_in_one": max(coverage(question.own, by=words) for words in whole),
        "said_in_passage": coverage(question.own, by=together(content_words(best.passage.chunk.text), own)),
        "said_near": coverage(question.own, by=own),
        "unknown": 1.0 - coverage(question.own, by=together(*whole)),
        "code": said_codes(question, text=best.text),
        "words": math.log1p(len(question.own.order)),
        "closest": close[0] if close else 0.0,
        "stands_out": close[0] - close[len(close) // 2] if close else 0.0,
    }


def is_said(question: Asked, *, ranked: Sequence[Candidate]) -> bool:
    """Whether one of the passages, with its title, says every word that was asked: then the pages are about it.

    Short questions ("how much is shipping?") get little relevance from any passage, and so too little evidence.
    """
    return any(coverage(question.own, by=words) >= ALL_SAID for words in _said_in_each(_passages_in(ranked)))


def _passages_in(ranked: Sequence[Candidate]) -> list[Passage]:
    return list({candidate.passage.chunk.id: candidate.passage for candidate in ranked}.values())


def _said_in_each(passages: Sequence[Passage]) -> list[Words]:
    """What each passage says, with its title."""
    return [together(content_words(one.chunk.text), about(one.chunk)) for one in passages]


def _logit(probability: float) -> float:
    probability = min(max(probability, 0.001), 0.999)
    return math.log(probability / (1 - probability))
