"""Questions outside any conversation: rows of a batch file → the chat's own answers and searches, one row after the other.

A row that cannot be read or answered becomes a row that says so; the batch goes on.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TextIO
from uuid import UUID, uuid4

from django.utils import timezone

from apps.conversations.live.database import in_database
from apps.conversations.models import Site, Trial
from apps.conversations.replying.acting import rehearsal_for
from apps.conversations.replying.answering import answer_for
from apps.conversations.texts import MAX_CHARACTERS, is_storable, storable
from apps.knowledge.chunk_store import Reader
from apps.knowledge.models import Document
from apps.knowledge.searching import search
from dialogue import Answer, Finished, Turn, Utterance, asks_back, look_up, understand
from retrieval import Passage, SearchResult

ROLES = ("user", "assistant", "system", "developer", "tool", "function")  # OpenAI's
KEPT = timedelta(days=30)  # how long an answer to another program, or to a shell, can be replayed


class BadRow(Exception):
    """A row of a batch file that is not `{id, question, history?}`."""


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str
    history: tuple[Utterance, ...] = ()


Row = dict[str, Any]
Mode = Literal["hybrid", "dense", "words"]


# --- Reading ------------------------------------------------------------------------------------------------


def open_questions(file: Path) -> TextIO:
    """A file of questions. A byte that is no UTF-8 spoils its own line only, and a byte order mark nothing."""
    return file.open(encoding="utf-8-sig", errors="surrogateescape")


def one_question(text: str | None) -> "Question | Row":
    """The question of a command line."""
    try:
        return Question("1", _question({"question": text}))
    except BadRow as error:
        return error_row("1", code="bad_row", message=f"The question cannot be asked: {error}.")


def read_questions(lines: Iterable[str]) -> Iterator["Question | Row"]:
    """Questions, and in the place of each unreadable row the row that tells why."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(line, number=number)


def _read(line: str, *, number: int) -> "Question | Row":
    row_id = str(number)
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise BadRow("a row is an object with `question`")
        row_id = str(number if row.get("id") is None else row["id"])
        return Question(row_id, _question(row), history_from(row.get("history") or []))
    except (ValueError, BadRow, RecursionError) as error:
        return error_row(row_id, code="bad_row", message=f"Line {number}: {error}")


def _question(row: Row) -> str:
    question = row.get("question")
    if not isinstance(question, str) or not question.strip() or not is_storable(question):
        raise BadRow("`question` must be a text that says something")
    if len(question) > MAX_CHARACTERS:
        raise BadRow(f"`question` has {len(question)} characters, {MAX_CHARACTERS} are the most")
    return question


def history_from(messages: Any) -> tuple[Utterance, ...]:
    """OpenAI's `messages`. What an agent said may be marked with `author`; system messages are passed over."""
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise BadRow("`history` is a list of messages with `role` and `content`")
    if unknown := [one.get("role") for one in messages if one.get("role") not in ROLES]:
        raise BadRow(f"`history` has the role {unknown[0]!r}; there are {', '.join(ROLES)}")
    said = [
        (one, _content(one.get("content"))) for one in messages if one.get("role") in ("user", "assistant")
    ]
    return tuple(Utterance(_role(one), text) for one, text in said if text.strip())


def _role(message: Row) -> Any:
    return "agent" if message.get("author") == "agent" else message["role"]


def _content(content: Any) -> str:
    if isinstance(content, list):  # parts: only text can be said here
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def error_row(row_id: str, *, code: str, message: str) -> Row:
    return {"id": row_id, "error": {"code": code, "message": message}}


# --- Asking -------------------------------------------------------------------------------------------------


async def ask_all(site: Site, questions: Iterable["Question | Row"], *, at_once: int) -> AsyncIterator[Row]:
    """Answers in the order of the questions, a few under way at a time."""
    waiting: list[asyncio.Task[Row]] = []
    for question in questions:
        waiting.append(asyncio.create_task(_row_of(site, question)))
        if len(waiting) >= at_once:
            yield await waiting.pop(0)
    for task in waiting:
        yield await task


async def _row_of(site: Site, question: "Question | Row") -> Row:
    if not isinstance(question, Question):
        return question
    try:
        return await ask(site, question)
    except Exception as error:
        return error_row(question.id, code="failed", message=f"{type(error).__name__}: {error}")


async def ask(site: Site, question: Question) -> Row:
    """The chat's own answer, kept as a trial so that it can be replayed."""
    hand = await in_database(rehearsal_for, site)
    async for event in answer_for(site, turn=turn_of(site, question), hand=hand):
        if isinstance(event, Finished):
            return await in_database(_kept, site, question, event.answer)
    raise RuntimeError("The answer did not end.")


def _kept(site: Site, question: Question, answer: Answer) -> Row:
    return answer_row(question, answer, trace_id=str(keep(site, question, answer).pk))


def turn_of(site: Site, question: Question) -> Turn:
    history = question.history
    return Turn(
        question=question.text,
        history=history,
        site_name=site.name,
        locale=site.locale,
        asked_back=bool(history) and history[-1].role == "assistant" and asks_back(history[-1].text),
    )


def keep(site: Site, question: Question, answer: Answer, *, id: UUID | None = None) -> Trial:
    trace = {**answer.trace, "usage": answer.usage, "timings": answer.timings}
    return Trial.objects.create(
        pk=id or uuid4(),
        site=site,
        question=storable(question.text),
        answer=storable(answer.text),
        decision=answer.decision,
        reason=answer.reason[:40],
        trace=storable(trace),
    )


def forget_old(*, now: datetime | None = None) -> int:
    """They belong to no customer who could ask for it, so time does. Returns how many went."""
    before = (now or timezone.now()) - KEPT
    return Trial.objects.filter(created_at__lt=before).delete()[0]


def _names_of(answer: Answer) -> dict[str, str]:
    documents = Document.objects.filter(pk__in={cited.document_id for cited in answer.citations})
    return {str(pk): name for pk, name in documents.values_list("pk", "external_id")}


def answer_row(question: Question, answer: Answer, *, trace_id: str) -> Row:
    names = _names_of(answer)
    return {
        "id": question.id,
        "question": question.text,
        "decision": answer.decision,
        "text": answer.text,
        "citations": [
            {
                "number": cited.number,
                "document_id": cited.document_id,
                "external_id": names.get(cited.document_id, ""),
                "chunk_id": cited.chunk_id,
                "title": cited.title,
                "url": cited.url,
                "heading_path": list(cited.heading_path),
                "text": cited.text,
            }
            for cited in answer.citations
        ],
        "action": action_of(answer),
        "withheld": [
            {"text": one.text, "reason": one.reason, "citation": one.citation} for one in answer.withheld
        ],
        "reason": answer.reason,
        "source": answer.source,
        "offer_person": answer.offers_person,
        "notice": answer.notice or None,
        "timings": answer.timings,
        "usage": answer.usage,
        "trace_id": trace_id,
    }


def action_of(answer: Answer) -> Row | None:
    """What would be done; from a shell nothing is."""
    wanted = answer.trace.get("action")
    return {"name": wanted["name"], "arguments": wanted["arguments"]} if wanted else None


# --- Searching ----------------------------------------------------------------------------------------------


def search_row(site: Site, question: "Question | Row", *, limit: int, mode: Mode) -> Row:
    if not isinstance(question, Question):
        return question
    try:
        result = searched(site, question, limit=limit, mode=mode)
    except Exception as error:
        return error_row(question.id, code="failed", message=f"{type(error).__name__}: {error}")
    return {
        "id": question.id,
        "question": question.text,
        "passages": [passage_row(passage) for passage in result.passages],
        "degraded": list(result.degraded),
        "reranker": result.reranker,
        "timings": dict(result.timings),
        "fit_version": result.fit_version,
        "revision": result.revision,
    }


def searched(
    site: Site,
    question: Question,
    *,
    limit: int,
    mode: Mode = "hybrid",
    reader: Reader = Reader.CUSTOMER,
) -> SearchResult:
    """As the chat looks a turn up: with what was said before it, where anything was."""

    def find(text: str, *, limit: int) -> SearchResult:
        return search(site.knowledge_base_id, text, limit=limit, mode=mode, reader=reader, today=site.today)

    if not question.history:
        return find(question.text, limit=limit)
    turn = Turn(question=question.text, history=question.history)
    return look_up(understand(turn), turn=turn, search=find, limit=limit).result


def passage_row(passage: Passage) -> Row:
    chunk = passage.chunk
    return {
        "document_id": chunk.document_id,
        "external_id": chunk.external_id,
        "chunk_id": chunk.id,
        "title": chunk.title,
        "heading_path": list(chunk.heading_path),
        "url": chunk.url,
        "text": chunk.text,
        "relevance": passage.relevance,
        "dense": passage.dense,
        "words": passage.words,
        "score": passage.score,
        "reranked": passage.reranked,
    }
