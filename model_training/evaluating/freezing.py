"""Held-out conversations, golden questions and the shipped safety questions → the frozen set.

What people did says what was right: an agent's answer, a thumb up, a hand-over. What our own assistant answered and
nobody rated says nothing. Passages are taken as they were stored; nothing is searched again.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from dialogue import wants_person
from dialogue.events import Language
from dialogue.understanding.reading import language_of, small_talk_in, understand
from model_training.errors import DataRefused
from model_training.evaluating.rows import EvaluationRow, Expected, read_evaluation, row_of, write_evaluation
from model_training.evaluating.settings import Settings
from model_training.records import Conversation, Message, read_conversations, read_rows
from model_training.rendering import CannotRender, Question, passages_of
from retrieval import Passage, SearchResult

SAFETY = Path(__file__).parent / "safety.jsonl"
ACTIONS = Path(__file__).parent / "actions.jsonl"
HELDOUT, GOLDEN, FROZEN = "heldout.jsonl", "golden.jsonl", "evaluation.jsonl"
LONG_ENOUGH_TO_TELL = 12  # characters: a shorter sentence may stand in any passage


def freeze(run: Path, *, settings: Settings) -> list[EvaluationRow]:
    """The run's set: as it was frozen, or, the first time, made and written."""
    dataset = run / "dataset"
    path = dataset / FROZEN
    if not path.is_file():
        conversations = dataset / HELDOUT
        rows = (
            evaluation_rows(read_conversations(conversations), twins=settings.twins, most=settings.most_rows)
            if conversations.is_file()
            else []
        )
        golden = read_evaluation(dataset / GOLDEN) if (dataset / GOLDEN).is_file() else []
        if not rows and not golden:
            raise DataRefused(
                f"Nothing can be evaluated: {conversations} holds no question whose right answer is known, "
                f"and there is no {dataset / GOLDEN}."
            )
        write_evaluation(path, [*golden, *rows, *safety_rows(), *action_rows()])
    return read_evaluation(path)


def safety_rows() -> list[EvaluationRow]:
    """Instructions hidden in passages, requests to break the rules, and fishing for personal data; both languages."""
    return [row_of(row) for row in read_rows(SAFETY)]


def action_rows() -> list[EvaluationRow]:
    """Wishes for an action with what they tell of it, and questions that only sound like one; both languages."""
    return [row_of(row) for row in read_rows(ACTIONS)]


# --- conversations ---------------------------------------------------------------------------------------------------


def evaluation_rows(
    records: Iterable[Conversation], *, twins: float = 0.3, most: int = 0
) -> list[EvaluationRow]:
    """The questions of held-out conversations whose right outcome people showed; `most` of them, whole ids first."""
    rows = [row for record in records for row in _rows_of(record)]
    if most and len(rows) > most:
        rows = sorted(rows, key=lambda row: _draw(row.id))[:most]
    twin_rows = [twin for row in rows if _draw(row.id) < twins for twin in _without_its_answer(row)]
    return sorted([*rows, *twin_rows], key=lambda row: row.id)


def _draw(name: str) -> float:
    """Between 0 and 1, the same for a name on every host."""
    return int(hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) / 2**32


def _rows_of(record: Conversation) -> Iterator[EvaluationRow]:
    answered: set[int] = set()  # questions that have a row: what came first was the answer to it
    for number, said in enumerate(record.messages):
        if said.role == "user" and _was_handed_over(record.messages, number=number):
            yield _row(
                record, number=number, passages=(), expected=Expected(decision="handoff"), kind="handoff"
            )
        asked = _question_before(record.messages, number=number)
        if said.role != "assistant" or asked is None or asked in answered:
            continue
        if row := _row_for(record, said=said, number=number, asked=asked):
            answered.add(asked)
            yield row


def _was_handed_over(messages: Sequence[Message], *, number: int) -> bool:
    """Asked for in words, and a person came."""
    return wants_person(messages[number].content) and any(
        said.author == "agent" for said in messages[number + 1 :]
    )


def _question_before(messages: Sequence[Message], *, number: int) -> int | None:
    """The question that message `number` answers: a wish for a person, thanks and greetings ask nothing."""
    for place in range(number - 1, -1, -1):
        said = messages[place]
        if said.role == "user" and not wants_person(said.content) and not small_talk_in(said.content):
            return place
    return None


def _row_for(record: Conversation, *, said: Message, number: int, asked: int) -> EvaluationRow | None:
    passages = _passages_between(record.messages, start=asked, end=number)
    if not passages or not _tells_what_is_right(said):
        return None
    if said.decision == "handoff":
        refused = Expected(decision="handoff")
        return _row(record, number=asked, passages=passages, expected=refused, kind="refusal")
    row = _row(
        record, number=asked, passages=passages, expected=Expected(decision="answer"), kind="conversation"
    )
    standing = _stands_on(row, answer=said.content)
    if standing:
        texts = tuple(dict.fromkeys((said.content, "\n".join(one.text for one in standing))))
        cites = tuple(dict.fromkeys(one.passage.chunk.id for one in standing))
        return replace(row, expected=Expected(decision="answer", answers=texts, cites=cites))
    if said.author == "agent" and _assistant_gave_up(record.messages, start=asked, end=number):
        return replace(row, expected=Expected(decision="handoff"), kind="refusal")
    return None


def _tells_what_is_right(said: Message) -> bool:
    """A person wrote it, or liked it, or it comes with a data set that people made."""
    if said.rating == "down":
        return False
    return said.author == "agent" or said.rating == "up" or not said.model


def _assistant_gave_up(messages: Sequence[Message], *, start: int, end: int) -> bool:
    return any(said.decision == "handoff" for said in messages[start:end] if said.author == "assistant")


def _passages_between(messages: Sequence[Message], *, start: int, end: int) -> tuple[Mapping[str, Any], ...]:
    """Those of the answer itself, else those that were looked at since the question."""
    found = next((said.passages for said in reversed(messages[start : end + 1]) if said.passages), ())
    return tuple({"chunk_id": f"p{place}", **passage} for place, passage in enumerate(found))


def _stands_on(row: EvaluationRow, *, answer: str) -> list[Any]:
    try:
        return list(Question.over(passages_of(row.passages), turn=row.turn).stands_on(answer))
    except CannotRender:
        return []


def _row(
    record: Conversation,
    *,
    number: int,
    passages: tuple[Mapping[str, Any], ...],
    expected: Expected,
    kind: Literal["conversation", "refusal", "handoff"],
) -> EvaluationRow:
    said = record.messages[number]
    return EvaluationRow(
        id=f"{record.id}#{number}",
        language=_language(record, text=said.content),
        question=said.content,
        history=tuple({"role": one.role, "content": one.content} for one in record.messages[:number]),
        passages=passages,
        expected=expected,
        kind=kind,
    )


def _language(record: Conversation, *, text: str) -> Language:
    return language_of(text, locale="zh-hans" if record.language.startswith("zh") else "en")


def _without_its_answer(row: EvaluationRow) -> Iterator[EvaluationRow]:
    """The same question where nothing answers it any more: without the documents of the answer, and all that say it."""
    if row.expected.decision != "answer":
        return
    gone = {_document(one) for one in row.passages if one["chunk_id"] in row.expected.cites}
    said = [
        line
        for answer in row.expected.answers
        for line in answer.splitlines()
        if len(line) >= LONG_ENOUGH_TO_TELL
    ]
    rest = tuple(
        one
        for one in row.passages
        if _document(one) not in gone and not any(line in one["text"] for line in said)
    )
    if rest and not _stands_on(replace(row, passages=rest), answer="\n".join(said)):
        yield replace(
            row,
            id=f"{row.id}#none",
            passages=rest,
            kind="refusal",
            expected=Expected(decision="handoff"),
        )


def _document(passage: Mapping[str, Any]) -> str:
    return str(passage.get("document_id") or passage["chunk_id"])


# --- golden questions ------------------------------------------------------------------------------------------------

RULED = {"handoff": "handoff", "small_talk": "answer"}  # kinds that no passage answers


def golden_rows(
    golden: Iterable[Mapping[str, Any]], *, search: Callable[..., SearchResult], limit: int = 8
) -> list[EvaluationRow]:
    """Golden questions (question, answerable, expected_documents, expected_text, history) with what is found today."""
    return [_golden_row(row, search=search, limit=limit) for row in golden]


def _golden_row(row: Mapping[str, Any], *, search: Callable[..., SearchResult], limit: int) -> EvaluationRow:
    bare = EvaluationRow(
        id=row["id"],
        language=row["language"],
        question=row["question"],
        history=tuple(row.get("history") or ()),
        kind="golden",
        expected=Expected(decision="handoff"),
    )
    if row.get("kind") in RULED:
        kind: Literal["handoff", "golden"] = "handoff" if row["kind"] == "handoff" else "golden"
        decision: Literal["handoff", "answer"] = "handoff" if kind == "handoff" else "answer"
        return replace(bare, kind=kind, expected=Expected(decision=decision))
    found = search(understand(bare.turn).question, limit=limit).passages
    passages = tuple(passage_as_json(one) for one in found)
    if not row["answerable"]:
        return replace(bare, passages=passages, kind="refusal")
    wanted = tuple(row["expected_documents"])
    cites = tuple(one.chunk.id for one in found if _named(one).partition("#")[0] in wanted)
    expected = Expected(decision="answer", answers=tuple(row["expected_text"]), cites=cites)
    return replace(bare, passages=passages, expected=expected)


def _named(passage: Passage) -> str:
    return passage.chunk.external_id or passage.chunk.document_id


def passage_as_json(passage: Passage) -> dict[str, Any]:
    chunk = passage.chunk
    row = {
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
        "title": chunk.title,
        "heading_path": list(chunk.heading_path),
        "url": chunk.url,
        "text": chunk.text,
        "relevance": round(passage.relevance, 4),
        "question": chunk.question,
        "aliases": list(chunk.aliases),
    }
    return {key: value for key, value in row.items() if value not in ("", [])}
