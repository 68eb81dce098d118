"""Passages → the sentences that may be quoted, ranked by how well each answers the question.

One score between 0 and 1 per sentence, from a small fitted file: words covered, the kind of answer wanted, how much of
its page's title the question says, the passage's own relevance, and, where an embedder is at hand, closeness in meaning:
customers seldom use the words of the page that answers them. A page in another language than the question's is judged by
relevance and closeness alone, with weights of its own: none of its words can be expected. The prompt, the guard against
true sentences that answer something else, and quoting all use this one ranking.
"""

import contextlib
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from dialogue.fit import DEFAULT_FIT, Fit, logit
from dialogue.language.facts import facts_in
from dialogue.language.sentences import is_chinese, sentences_of
from dialogue.language.words import (
    Words,
    content_words,
    content_words_as_said,
    coverage,
    every_word,
    together,
)
from dialogue.understanding.asking import Kind, has_answer_to, kinds_asked, tells_how
from retrieval import Chunk, IndexUnavailable, Passage, detect_language, words_of

ALL_SAID = 0.99  # the share of a question's words that a passage about it says
COMPARED = 12  # sentences, the best by their words, whose meaning is compared with the question's
COMPARED_ACROSS = 8  # the same of pages in another language
TITLED = 1.5  # how much more likely (in logits) a page that is called what was asked holds the answer
STEPS = 1.0  # the same of a sentence that says what to do, where somebody asks how
COUNTED: tuple[Kind, ...] = ("duration", "when", "money", "number", "contact")  # a sentence must hold one
ANY_KIND = 0.5  # between 0 and 1, what a sentence gets that need not hold a time, a price or a number
UNNAMED = 0.5  # the share of its words that the question says, of a title that a page does not have
LOWEST_LEAD = -0.3  # how far behind the closest a sentence counts at most

_ASIDE = re.compile(r"[（(].*?[)）]")
_LIST_MARK = re.compile(r"^(?:[-*•·]|\d{1,2}[.)、])\s*")
Closeness = Callable[[Sequence[str]], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence of a passage. `rank` is its passage's place, `position` its own place in the passage.

    `close` is its cosine to the question, `under` that of the heading it stands under; None where none compared them.
    """

    passage: Passage
    rank: int
    position: int
    text: str
    score: float = 0.0
    close: float | None = None
    under: float | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.passage.chunk.id, self.position

    def is_across(self, question: "Asked") -> bool:
        """Whether its page is in another language than the question."""
        return _is_chinese_page(self.passage.chunk) != question.chinese


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, ready to be held against sentences. Words of the focus weigh more than those from the history."""

    question: str
    focus: str
    kinds: frozenset[Kind]
    words: Words
    own: Words
    every: Words  # with those that questions are made of: "how long" asks for what is called "times"
    chinese: bool

    @property
    def wants_steps(self) -> bool:
        """ "How do I …", and not how long, how much or how many."""
        return "how" in self.kinds and self.kinds.isdisjoint(COUNTED)


def asked(question: str, *, focus: str = "") -> Asked:
    focus = focus or question
    return Asked(
        question=question,
        focus=focus,
        kinds=kinds_asked(focus) or kinds_asked(question),
        words=content_words(question),
        own=content_words(focus),
        every=every_word(question),
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


@lru_cache(maxsize=256)
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


@lru_cache(maxsize=1_024)
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
            scored = _compared(question, scored, rows=rows, fit=fit, closeness=closeness)
    scored = [replace(one, score=_raised(one.score, by=_fits(question, one))) for one in scored]
    return sorted(scored, key=lambda candidate: -candidate.score)


def _fits(question: Asked, candidate: Candidate) -> float:
    """In logits, what speaks for a sentence beside the fit."""
    steps = question.wants_steps and tells_how(candidate.text)
    titled = TITLED * title_match(question, candidate.passage.chunk)
    return titled + (STEPS if steps else 0.0)


def _raised(score: float, *, by: float) -> float:
    return 1 / (1 + math.exp(-logit(score) - by))


def title_match(question: Asked, chunk: Chunk) -> float:
    """From 0 to 1, how nearly the page's title is the question's subject: it says that, and little beside it.

    "Delivery times" for "How long does delivery take?", and neither "Damaged parcels" nor "Orders to Hong Kong: delivery,
    customs and limits". What stands in brackets does not count against it.
    """
    title = content_words(_ASIDE.sub("", chunk.title))
    said, asked_for = coverage(question.own, by=title), coverage(title, by=question.every)
    return 2 * said * asked_for / (said + asked_for) if title.order and said and asked_for else 0.0


def _compared(
    question: Asked,
    scored: Sequence[Candidate],
    *,
    rows: Sequence[dict[str, float]],
    fit: Fit,
    closeness: Closeness,
) -> list[Candidate]:
    """Scored anew with what the embedder says of the best; the others count as no closer than the farthest of them.

    Sentences in the question's language and those in another are held against their like.
    """
    done = list(scored)
    for across, most in ((False, COMPARED), (True, COMPARED_ACROSS)):
        places = [place for place, one in enumerate(scored) if one.is_across(question) == across]
        best = sorted(places, key=lambda place: -scored[place].score)[:most]
        found = _closeness_of([scored[place] for place in best], across=across, closeness=closeness)
        close = dict(zip(best, found, strict=True))
        answers = fit.answers_across if across else fit.answers_closely
        for place in places:
            near, under = close.get(place, (None, None))
            features = closeness_features(near, among=[own for own, _ in found])
            done[place] = replace(
                scored[place], score=answers(rows[place] | features), close=near, under=under
            )
    return done


def _closeness_of(
    candidates: Sequence[Candidate], *, across: bool, closeness: Closeness
) -> list[tuple[float, float]]:
    """Of each sentence and of what it stands under."""
    if not candidates:
        return []
    texts = [_compared_text(one, across=across) for one in candidates]
    found = closeness([*texts, *(heading_over(one.passage.chunk) for one in candidates)])
    return list(zip(found[: len(texts)], found[len(texts) :], strict=True))


def _compared_text(candidate: Candidate, *, across: bool) -> str:
    """What of a sentence is embedded. Where no word of it can meet the question, its title and headings help."""
    text = _LIST_MARK.sub("", candidate.text)
    chunk = candidate.passage.chunk
    over = (chunk.title, *chunk.heading_path, chunk.question) if across else ()
    return "\n".join([*dict.fromkeys(line for line in over if line), text])


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
    own, topic, title = content_words(candidate.text), about(chunk), content_words(chunk.title)
    near = together(own, topic, _sentence_before(candidate))
    kind = _kind(question.kinds, sentence=candidate.text)
    return {
        "own_said": coverage(question.own, by=own, weights=weights),
        "said": coverage(question.words, by=own, weights=weights),
        "said_or_topic": coverage(question.words, by=together(own, topic), weights=weights),
        "said_near": coverage(question.words, by=near, weights=weights),
        "passage": coverage(question.words, by=together(content_words(chunk.text), topic), weights=weights),
        "kind": kind,
        # A time span under a heading about what was asked, not any time span.
        "kind_about": kind * coverage(question.own, by=topic) if kind != ANY_KIND else 0.0,
        "title_asked": _share_asked(title, question=question),
        "relevance": candidate.passage.relevance,
        "first_passage": 1.0 / (1 + candidate.rank),
        "opens": 1.0 if candidate.position == 0 else 0.0,
        "asks": 1.0 if candidate.text.rstrip().endswith(("?", "？", ":", "：")) else 0.0,
        "short": 1.0 if len(own.order) < 3 else 0.0,
        "code": said_codes(question, text=candidate.text),
        "same_language": 1.0 if is_chinese(candidate.text) == question.chinese else 0.0,
    }


def heading_over(chunk: Chunk) -> str:
    """What a passage stands right under."""
    return chunk.question or (chunk.heading_path[-1] if chunk.heading_path else chunk.title)


def _share_asked(name: Words, *, question: Asked) -> float:
    """How much of a title the question says: little of "Orders to Hong Kong: customs and limits"."""
    return coverage(name, by=question.words) if name.order else UNNAMED


def said_codes(question: Asked, *, text: str) -> float:
    """The share of the question's codes (E05, MW-TE-021) that the text has; 0 where it has none."""
    codes = [fact for fact in facts_in(question.focus) if fact.kind == "identifier"]
    return sum(code in facts_in(text) for code in codes) / len(codes) if codes else 0.0


def _is_chinese_page(chunk: Chunk) -> bool:
    """A page may name things in another language than its own."""
    return (chunk.language or detect_language(chunk.text)) == "zh"


def _sentence_before(candidate: Candidate) -> Words:
    sentences = sentences_of(candidate.passage.chunk.text)
    return content_words(sentences[candidate.position - 1] if candidate.position else "")


def _kind(kinds: frozenset[Kind], *, sentence: str) -> float:
    """1 when all that is asked for is there, 0 when none is, `ANY_KIND` when any sentence would do."""
    asked_for = [kind for kind in kinds if kind in COUNTED]
    if not asked_for:
        return ANY_KIND
    return sum(has_answer_to(kind, sentence=sentence) for kind in asked_for) / len(asked_for)


def likelihood_of_evidence(question: Asked, *, ranked: Sequence[Candidate], fit: Fit = DEFAULT_FIT) -> float:
    """How likely the passages hold the answer at all, from 0 to 1."""
    if not ranked:
        return 0.0
    found = evidence_features(question, ranked=ranked)
    was_compared = any(one.close is not None for one in ranked)
    if _is_across(question, ranked=ranked):
        return fit.is_evidence_across(found)
    return fit.is_close_evidence(found) if was_compared else fit.is_evidence(found)


def evidence_needed(question: Asked, *, ranked: Sequence[Candidate], fit: Fit = DEFAULT_FIT) -> float:
    if _is_across(question, ranked=ranked):
        return fit.needed_across(beside=not all(one.is_across(question) for one in ranked))
    return fit.needed(said=is_said(question, ranked=ranked))


def _is_across(question: Asked, *, ranked: Sequence[Candidate]) -> bool:
    """Whether what answers best, by closeness, is a page in another language."""
    return bool(ranked) and ranked[0].close is not None and ranked[0].is_across(question)


def evidence_features(question: Asked, *, ranked: Sequence[Candidate]) -> dict[str, float]:
    """What tells whether the passages answer the question at all; `ranked` has its scores."""
    best = ranked[0]
    passages = _passages_in(ranked)
    whole = _said_in_each(passages)
    own = together(content_words(best.text), about(best.passage.chunk), _sentence_before(best))
    across = best.is_across(question)
    alike = [one for one in ranked if one.is_across(question) == across]
    close = sorted((one.close for one in alike if one.close is not None), reverse=True)
    return {
        "sentence": logit(best.score),
        "relevance": logit(max(passage.relevance for passage in passages)),
        "said_in_one": max(coverage(question.own, by=words) for words in whole),
        "said_in_passage": coverage(question.own, by=together(content_words(best.passage.chunk.text), own)),
        "said_near": coverage(question.own, by=own),
        "unknown": 1.0 - coverage(question.own, by=together(*whole)),
        "unsaid": float(sum(not together(*whole).match(word) for word in question.own.order)),
        "all_said": 1.0 if is_said(question, ranked=ranked) else 0.0,
        "under": best.under or 0.0,
        "chinese": 1.0 if question.chinese else 0.0,
        "yes_no": 1.0 if "yes_no" in question.kinds else 0.0,
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
