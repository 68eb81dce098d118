"""Conversations with their passages → what the model shall learn to write, under the very prompt that serves.

The serving prompt asks for the numbered sentences that answer, copied, each with its number, or for the word that says
that there are none. So a person's free answer becomes a target by finding the source sentences that it stands on; an
answer that stands on none teaches nothing here, and says so. Now and then an answerable question comes again without
the passages that answer it, so that refusing is learnt from every source. Knows no torch and no tokens.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from dialogue.events import Language
from dialogue.language.sentences import is_chinese, sentences_of
from dialogue.searching.evidence import Candidate, as_said, asked, rank
from dialogue.searching.quoting import choose_for_prompt, quotable
from dialogue.turns import DEFAULT_LIMITS, Turn, Utterance
from dialogue.understanding.reading import understand
from dialogue.verifying.checking import check, without_marks
from dialogue.writing.prompting import build_prompt, number_sources
from retrieval import Chunk, Passage

Row = dict[str, Any]
NOTHING: Mapping[Language, str] = {"zh": "没有。", "en": "NONE"}  # as the examples in the prompt say it
FEW_PASSAGES = 4  # a question with fewer gets strangers beside its own, as a search would bring them
UNANSWERABLE = 0.2  # how often an answerable question comes again without its answer
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class CannotRender(Exception):
    """Why a row cannot be put under the serving prompt. Stays inside this module: it is counted, not raised."""


@dataclass(slots=True)
class Rendering:
    """The rows, and why others are none: reason → how many."""

    rows: list[Row] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question over its passages: the prompt that it leads to, and the sentences in it, number 1 first."""

    turn: Turn
    passages: Sequence[Passage]
    language: Language
    prompt: list[dict[str, str]]
    candidates: Sequence[Candidate]

    @classmethod
    def over(cls, passages: Sequence[Passage], *, turn: Turn) -> "Question":
        """The steps of `dialogue.answer`, in its order; a test holds the two prompts against each other."""
        understood = understand(turn)
        question = asked(understood.question, focus=understood.focus)
        ranked = quotable(rank(as_said(question, passages=passages), passages=passages))
        chosen = choose_for_prompt(ranked, language=understood.language)
        if not chosen:
            raise CannotRender("there are no passages with it")
        sources = number_sources(chosen)
        by_key = {candidate.key: candidate for candidate in chosen}
        messages = build_prompt(understood.question, sources=sources, language=understood.language)
        return cls(
            turn=turn,
            passages=passages,
            language=understood.language,
            prompt=[{"role": _ROLES[one.type], "content": str(one.content)} for one in messages],
            candidates=[by_key[source.chunk_id, source.position] for source in sources],
        )

    def stands_on(self, answer: str) -> list[Candidate]:
        """The prompt's sentences that say what `answer` says, in its order."""
        found: dict[tuple[str, int], Candidate] = {}
        for sentence in sentences_of(answer):
            words = without_marks(sentence)
            same = [one for one in self.candidates if without_marks(one.text) == words]
            for one in same[:1] or (check(words, candidates=self.candidates).sources if words else ()):
                found.setdefault(one.key, one)
        return list(found.values())[: DEFAULT_LIMITS.sentences]

    def target(self, standing: Sequence[Candidate]) -> str:
        """Those sentences as the prompt writes them, each with its number, one a line; or that there are none."""
        keys = [candidate.key for candidate in self.candidates]
        return "\n".join(self._copied(keys.index(one.key) + 1) for one in standing) or NOTHING[self.language]

    def _copied(self, number: int) -> str:
        lines = self.prompt[-1]["content"].splitlines()
        text = next(line for line in lines if line.startswith(f"[{number}] ")).partition(" ")[2]
        return f"{text}{'' if self.language == 'zh' else ' '}[{number}]"


# --- rows ------------------------------------------------------------------------------------------------------------


def render_sft(records: Iterable[Mapping[str, Any]], *, seed: int = 0) -> Rendering:
    """Rows with `prompt` and `completion`: one for each answer of a conversation that its passages hold."""
    rendering, records = Rendering(), list(records)
    strangers = _Strangers(records, rnd=random.Random(seed))  # noqa: S311 - a choice of examples, not a secret
    for record in records:
        for number, said in enumerate(record["messages"]):
            if said["role"] == "assistant" and said.get("learn", True):
                make = partial(_sft_rows, record, number=number, said=said, strangers=strangers)
                _collect(make, rendering=rendering)
    return rendering


def render_dpo(rows: Iterable[Mapping[str, Any]]) -> Rendering:
    """Rows with `prompt`, `chosen` and `rejected`: what an agent's edit stands on, against what the draft stood on."""
    rendering = Rendering()
    for row in rows:
        _collect(partial(_dpo_rows, row), rendering=rendering)
    return rendering


def render_kto(rows: Iterable[Mapping[str, Any]]) -> Rendering:
    """Rows with `prompt`, `completion` and `label`: what a rated answer stands on, and whether it was liked."""
    rendering = Rendering()
    for row in rows:
        _collect(partial(_kto_rows, row), rendering=rendering)
    return rendering


def _collect(make: Callable[[], Sequence[Row]], *, rendering: Rendering) -> None:
    try:
        rendering.rows += make()
    except CannotRender as reason:
        rendering.dropped[str(reason)] += 1


def _sft_rows(
    record: Mapping[str, Any], *, number: int, said: Mapping[str, Any], strangers: "_Strangers"
) -> list[Row]:
    if said.get("rating") == "down":
        raise CannotRender("the customer did not like it")
    turn = turn_before(record["messages"], number=number, language=record.get("language", ""))
    own = passages_of(_passages_for(record["messages"], number=number))
    if not own:
        raise CannotRender("there are no passages with it")
    question = Question.over(strangers.beside(own, chinese=is_chinese(turn.question)), turn=turn)
    if said.get("unanswerable"):
        return [_row(record, number=number, question=question, standing=()) | {"kind": "none"}]
    standing = question.stands_on(said["content"])
    if not standing:
        raise CannotRender("no sentence of its passages says what the answer says")
    rows = [_row(record, number=number, question=question, standing=standing)]
    if strangers.rnd.random() < UNANSWERABLE:
        rows += _unanswerable(rows[0], question=question, standing=standing, strangers=strangers)
    return rows


def _unanswerable(
    row: Row, *, question: Question, standing: Sequence[Candidate], strangers: "_Strangers"
) -> list[Row]:
    """The same question where nothing answers it: without the answer's documents, and without others that say it."""
    gone = {_document(one.passage) for one in standing}
    rest = [one for one in question.passages if _document(one) not in gone]
    left = strangers.beside(rest, chinese=question.language == "zh", not_from=gone)
    if not left:
        return []
    without = Question.over(left, turn=question.turn)
    if without.stands_on("\n".join(one.text for one in standing)):
        return []
    completion = [{"role": "assistant", "content": without.target(())}]
    return [
        row | {"id": f"{row['id']}-none", "prompt": without.prompt, "completion": completion, "kind": "none"}
    ]


def _row(record: Mapping[str, Any], *, number: int, question: Question, standing: Sequence[Candidate]) -> Row:
    return {
        "id": f"{record['id']}#{number}",
        "prompt": question.prompt,
        "completion": [{"role": "assistant", "content": question.target(standing)}],
        "language": question.language,
        "bucket": record.get("bucket") or 0,
        "source": (record.get("provenance") or {}).get("source", ""),
        "kind": "answer",
    }


def _dpo_rows(row: Mapping[str, Any]) -> list[Row]:
    question = _question_of(row)
    chosen, rejected = (question.stands_on(_text(row[name])) for name in ("chosen", "rejected"))
    if not chosen:
        raise CannotRender("no sentence of its passages says what the answer says")
    better, worse = question.target(chosen), question.target(rejected)
    if better == worse:
        raise CannotRender("the edit stands on the same sentences as the draft")
    sides = {"chosen": better, "rejected": worse}
    return [
        _about(row, question=question)
        | {name: [{"role": "assistant", "content": text}] for name, text in sides.items()}
    ]


def _kto_rows(row: Mapping[str, Any]) -> list[Row]:
    question = _question_of(row)
    standing = question.stands_on(_text(row["completion"]))
    if not standing:
        raise CannotRender("no sentence of its passages says what the answer says")
    completion = [{"role": "assistant", "content": question.target(standing)}]
    return [_about(row, question=question) | {"completion": completion, "label": bool(row["label"])}]


def _about(row: Mapping[str, Any], *, question: Question) -> Row:
    return {
        "id": str(row.get("id", "")),
        "prompt": question.prompt,
        "language": question.language,
        "bucket": row.get("bucket") or 0,
    }


def _question_of(row: Mapping[str, Any]) -> Question:
    messages = row["prompt"]
    turn = turn_before(messages, number=len(messages), language=row.get("language", ""))
    given = row.get("passages") or next(
        (
            said["passages"]
            for name in ("chosen", "completion")
            for said in _messages(row.get(name))
            if said.get("passages")
        ),
        _passages_for(messages, number=len(messages) - 1),
    )
    return Question.over(passages_of(given), turn=turn)


def _messages(value: object) -> list[Mapping[str, Any]]:
    return value if isinstance(value, list) else []


def _text(completion: object) -> str:
    """TRL's conversational form, or a plain text."""
    return (
        completion
        if isinstance(completion, str)
        else "\n".join(str(m["content"]) for m in _messages(completion))
    )


# --- what was asked, and what was found ------------------------------------------------------------------------------


def turn_before(messages: Sequence[Mapping[str, Any]], *, number: int, language: str) -> Turn:
    """The turn that message `number` answers."""
    before = [said for said in messages[:number] if said["role"] in ("user", "assistant")]
    if not before or before[-1]["role"] != "user":
        raise CannotRender("no question stands before it")
    history = tuple(Utterance(said["role"], said["content"]) for said in before[:-1])
    locale = "zh-hans" if language.startswith("zh") else "en"
    return Turn(question=before[-1]["content"], history=history, locale=locale)


def _passages_for(messages: Sequence[Mapping[str, Any]], *, number: int) -> Sequence[Mapping[str, Any]]:
    """Those of the message itself, else those that the assistant had looked at since the question before."""
    for said in reversed(messages[: number + 1]):
        if said.get("passages"):
            found: Sequence[Mapping[str, Any]] = said["passages"]
            return found
        if said["role"] == "user":
            break
    return ()


def passages_of(raw: Iterable[Mapping[str, Any]]) -> list[Passage]:
    """Passages as a search gives them, out of a record's."""
    return [
        Passage(
            chunk=Chunk(
                id=one["chunk_id"],
                document_id=one.get("document_id", ""),
                ordinal=0,
                text=one["text"],
                title=one.get("title", ""),
                heading_path=tuple(one.get("heading_path", ())),
                question=one.get("question", ""),
                aliases=tuple(one.get("aliases", ())),
                url=one.get("url", ""),
            ),
            relevance=one.get("relevance", 0.0),
            score=one.get("relevance", 0.0),
        )
        for one in raw
    ]


class _Strangers:
    """Passages of other conversations, to stand beside a question's own where these are few."""

    def __init__(self, records: Sequence[Mapping[str, Any]], *, rnd: random.Random) -> None:
        self.rnd = rnd
        pool: dict[str, Passage] = {}
        for record in records:
            for said in record["messages"]:
                pool |= {one.chunk.id: one for one in passages_of(said.get("passages") or ())}
        self._pool: dict[bool, list[Passage]] = {
            chinese: [one for one in pool.values() if is_chinese(one.chunk.text) == chinese]
            for chinese in (True, False)
        }

    def beside(self, own: Sequence[Passage], *, chinese: bool, not_from: Iterable[str] = ()) -> list[Passage]:
        """`own` first, then strangers up to FEW_PASSAGES, none of a document that is there or ruled out."""
        known = {_document(one) for one in own} | set(not_from)
        wanted, pool = FEW_PASSAGES - len(own), self._pool[chinese]
        drawn = self.rnd.sample(pool, k=min(len(pool), 4 * wanted)) if wanted > 0 else []
        lowest = min((one.relevance for one in own), default=0.4)
        strangers = [one for one in drawn if _document(one) not in known][:wanted]
        return [*own, *(replace(one, relevance=lowest / 2, score=lowest / 2) for one in strangers)]


def _document(passage: Passage) -> str:
    return passage.chunk.document_id or passage.chunk.id
