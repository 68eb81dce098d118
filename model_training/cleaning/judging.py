"""The two passes over text, a conversation at a time: judge it and take its print; take its personal data out.

Neither looks at other conversations, so files of many rows are dealt out to several processes, in order.
"""

import multiprocessing
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from model_training.cleaning.duplicates import Print, print_of
from model_training.cleaning.languages import language_of
from model_training.cleaning.personal_data import Kind, scrub_conversation
from model_training.cleaning.rules import Reason, judge
from model_training.cleaning.settings import CleaningSettings
from model_training.cleaning.wording import Kind as Wording
from model_training.cleaning.wording import kind_of
from model_training.records import Conversation, Line, as_json, numbered_lines, read_line

_PIECE = 250  # lines that a process takes at a time
_WORTH_IT = 4 * _PIECE  # lines from which on starting processes pays
_GIST = 150  # characters that are remembered of what was asked and of what was replied

Given = TypeVar("Given")
Made = TypeVar("Made")
Changes = list[tuple[int, Mapping[Kind, int]]]


@dataclass(slots=True, kw_only=True)
class Judged:
    """What is remembered of a conversation."""

    line: int
    name: str
    dropped: str = ""
    detail: str = ""
    contact: str = ""
    moment: float = 0.0
    gist: str = ""
    print: Print | None = None
    unlearnt: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()  # its keys
    shows: frozenset[str] = frozenset()  # the files in which it shows every column, passages too
    cluster: int = 0


def judged_lines(path: Path, *, settings: CleaningSettings) -> Iterator[Judged]:
    return _dealt_out(numbered_lines(path), work=partial(_judge_line, settings=settings))


def scrubbed_rows(path: Path, *, lines: Collection[int]) -> Iterator[tuple[int, dict[str, Any], Changes]]:
    """For each line in `lines`: its number, the record without personal data, and what went."""
    chosen = (numbered for numbered in numbered_lines(path) if numbered[0] in lines)
    return _dealt_out(chosen, work=_scrub_line)


def _judge_line(numbered: tuple[int, str], *, settings: CleaningSettings) -> Judged:
    line = read_line(numbered[1], number=numbered[0])
    if line.conversation is None:
        return Judged(line=line.number, name=line.name, dropped=Reason.MALFORMED, detail=line.fault)
    return _judged(line, line.conversation, settings=settings)


def _judged(line: Line, conversation: Conversation, *, settings: CleaningSettings) -> Judged:
    verdict = judge(conversation, settings=settings)
    started = conversation.started
    judged = Judged(
        line=line.number,
        name=conversation.id,
        dropped=verdict.dropped,
        detail=verdict.detail,
        contact=conversation.contact,
        moment=started.timestamp() if started else 0.0,
    )
    if not verdict.stays:
        return judged
    return replace(
        judged,
        gist=_gist(conversation),
        print=print_of(conversation),
        unlearnt=tuple(verdict.unlearnt),
        provenance=tuple(conversation.provenance),
        shows=_shows(conversation, unlearnt=verdict.unlearnt),
    )


def _gist(conversation: Conversation) -> str:
    """The customer's first words of substance and the first reply of substance: two that only ask alike are not alike."""
    return "\n".join(_first_said(conversation, role=role)[:_GIST] for role in ("user", "assistant"))


def _first_said(conversation: Conversation, *, role: str) -> str:
    said = [message.content for message in conversation.messages if message.role == role]
    return next((text for text in said if kind_of(text) is Wording.SUBSTANCE), said[0])


def _shows(conversation: Conversation, *, unlearnt: Iterable[str]) -> frozenset[str]:
    files = set()
    for message, why in zip(conversation.messages, unlearnt, strict=True):
        if message.passages:
            files |= {"sft"} if not why else set()
            files |= {"kto"} if message.rating else set()
            files |= {"dpo"} if message.draft else set()
    return frozenset(files)


def _scrub_line(numbered: tuple[int, str]) -> tuple[int, dict[str, Any], Changes]:
    number, text = numbered
    conversation = read_line(text, number=number).conversation
    if conversation is None:
        raise ValueError(f"line {number} was a conversation a moment ago")
    said = " ".join(message.content for message in conversation.messages)
    clean, changes = scrub_conversation(conversation)
    return number, as_json(replace(clean, language=language_of(said) or clean.language)), changes


def _dealt_out(items: Iterable[Given], *, work: Callable[[Given], Made]) -> Iterator[Made]:
    items = iter(items)
    first = list(islice(items, _WORTH_IT))
    workers = min(4, len(os.sched_getaffinity(0)))
    if len(first) < _WORTH_IT or workers == 1:
        yield from map(work, chain(first, items))
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(work, chain(first, items), chunksize=_PIECE)
