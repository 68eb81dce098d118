"""Labelled questions: made by hand, from a hit test, or from a file of JSON Lines, and written as such a file again.

A line: {"question", "right": [external id, …], "wrong"?: […], "history"?: [OpenAI messages], "label"?, "language"?}.
Nothing in `right` says that the knowledge base does not tell, and a person should be offered.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.knowledge.models import Document, KnowledgeBase, LabelledQuestion
from apps.knowledge.services import KnowledgeError
from dialogue import Utterance
from retrieval import clean_text

LONGEST = 2_000  # characters of a question
MOST_TURNS = 20
MOST_QUESTIONS = 20_000  # of one knowledge base
SAID_AT_ONCE = 20  # faults of a file that are told


class BadLabels(KnowledgeError):
    """What was given is no labelled question, or a file has lines that are none: each with its number and reason."""

    status = 400


class BadLine(ValueError):
    """Why a line, or a form, is no labelled question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What people say about a question."""

    question: str
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    history: tuple[dict[str, str], ...] = ()
    label: str = ""
    language: str = ""


def save_label(base: KnowledgeBase, label: Label, *, id: uuid.UUID | None = None) -> LabelledQuestion:
    """A new question, or `id` with what it says now. The same question after the same turns is one question."""
    try:
        check(label, known=known_names(base, (*label.right, *label.wrong)))
    except BadLine as error:
        raise BadLabels("bad_label", str(error)) from error
    return _write(base, label, id=id)


def mark(base: KnowledgeBase, label: Label) -> LabelledQuestion:
    """Adds what was marked to what is known of the question; what is said last counts."""
    with transaction.atomic():
        before = _same(base, label)
        if before is None:
            return save_label(base, label)
        right = [name for name in before.right if name not in label.wrong]
        wrong = [name for name in before.wrong if name not in label.right]
        merged = Label(
            question=label.question,
            history=label.history,
            right=tuple(dict.fromkeys((*right, *label.right))),
            wrong=tuple(dict.fromkeys((*wrong, *label.wrong))),
            label=before.label,
            language=before.language,
        )
        return save_label(base, merged, id=before.pk)


def import_labels(base: KnowledgeBase, lines: Iterable[str]) -> int:
    """All of the file, or, when any line is broken, nothing of it. Raises `BadLabels`."""
    faults: list[str] = []
    labels: list[Label] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            labels.append(read_label(line))
        except BadLine as error:
            faults.append(_("Line %(n)d: %(reason)s") % {"n": number, "reason": error})
        if len(faults) > SAID_AT_ONCE or len(labels) > MOST_QUESTIONS:
            break
    if not faults and not labels:
        faults.append(_("This file is empty."))
    if len(labels) > MOST_QUESTIONS:
        faults.append(_("No more than %(n)d questions can be kept.") % {"n": MOST_QUESTIONS})
    faults += [] if faults else _unknown_names(base, labels)
    if faults:
        raise BadLabels("bad_file", "\n".join(faults[:SAID_AT_ONCE]))
    with transaction.atomic():
        for label in labels:
            _write(base, label, id=None)
    return len(labels)


def export_labels(base: KnowledgeBase) -> Iterator[str]:
    for row in LabelledQuestion.objects.filter(knowledge_base=base).order_by("created_at", "pk").iterator():
        yield json.dumps(as_row(row), ensure_ascii=False) + "\n"


def as_row(row: LabelledQuestion) -> dict[str, Any]:
    said = {
        "id": str(row.pk),
        "question": row.question,
        "history": row.history,
        "right": row.right,
        "wrong": row.wrong,
        "label": row.label,
        "language": row.language,
    }
    return {name: value for name, value in said.items() if value or name == "right"}


def read_label(line: str) -> Label:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(_("This is not valid JSON.")) from error
    if not isinstance(row, dict):
        raise BadLine(_("This is not an object with named values."))
    if "right" not in row:
        raise BadLine(
            _("“right” is missing: the ids of the documents that answer, or an empty list when none does.")
        )
    label = Label(
        question=_text(row, "question"),
        right=_names(row, "right"),
        wrong=_names(row, "wrong"),
        history=_history(row.get("history")),
        label=_text(row, "label"),
        language=_text(row, "language"),
    )
    check(label, known=None)
    return label


def check(label: Label, *, known: set[str] | None) -> None:
    """Raises `BadLine`. With `known`, documents that are named must be among these."""
    if not label.question.strip():
        raise BadLine(_("The question is missing."))
    if len(label.question) > LONGEST:
        raise BadLine(_("The question is longer than %(n)d characters.") % {"n": LONGEST})
    if label.language not in ("", "en", "zh"):
        raise BadLine(_("The language is en or zh."))
    if len(label.label) > 60:
        raise BadLine(_("The label is longer than 60 characters."))
    if both := set(label.right) & set(label.wrong):
        raise BadLine(_("“%(name)s” cannot be both right and wrong.") % {"name": sorted(both)[0]})
    if known is not None and (unknown := {*label.right, *label.wrong} - known):
        raise BadLine(_("There is no document “%(name)s”.") % {"name": sorted(unknown)[0]})


def known_names(base: KnowledgeBase, names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(names), 500):
        documents = Document.objects.filter(knowledge_base=base, external_id__in=names[start : start + 500])
        found.update(documents.values_list("external_id", flat=True))
    return found


def utterances_of(history: Iterable[dict[str, str]]) -> tuple[Utterance, ...]:
    return tuple(
        Utterance("user" if one["role"] == "user" else "assistant", one["content"]) for one in history
    )


def _unknown_names(base: KnowledgeBase, labels: Sequence[Label]) -> list[str]:
    known = known_names(base, sorted({name for one in labels for name in (*one.right, *one.wrong)}))
    faults = []
    for label in labels:
        try:
            check(label, known=known)
        except BadLine as error:
            faults.append(f"{label.question[:60]}: {error}")
    return faults


def _same(base: KnowledgeBase, label: Label) -> LabelledQuestion | None:
    rows = LabelledQuestion.objects.filter(knowledge_base=base, question=label.question)
    return next((row for row in rows if row.history == list(label.history)), None)


def _write(base: KnowledgeBase, label: Label, *, id: uuid.UUID | None) -> LabelledQuestion:
    if id is None:
        same = _same(base, label)
        id = same.pk if same else uuid.uuid4()
    values = {
        "question": label.question,
        "history": list(label.history),
        "right": list(label.right),
        "wrong": list(label.wrong),
        "label": label.label,
        "language": label.language or language_of(label.question),
    }
    row, _created = LabelledQuestion.objects.update_or_create(pk=id, knowledge_base=base, defaults=values)
    return row


def language_of(text: str) -> str:
    return "zh" if any("\u3400" <= letter <= "\u9fff" for letter in text) else "en"


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLine(_("“%(name)s” must be a text.") % {"name": name})
    return clean_text(value).strip()


def _names(row: dict[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadLine(_("“%(name)s” must be a list of document ids.") % {"name": name})
    return tuple(dict.fromkeys(clean_text(one).strip() for one in value if one.strip()))


def _history(value: Any) -> tuple[dict[str, str], ...]:
    turns = value or []
    good = isinstance(turns, list) and all(
        isinstance(one, dict)
        and one.get("role") in ("user", "assistant")
        and isinstance(one.get("content"), str)
        for one in turns
    )
    if not good or len(turns) > MOST_TURNS:
        raise BadLine(
            _(
                "“history” must be a list of at most %(n)d messages with “role” (user or assistant) and “content”."
            )
            % {"n": MOST_TURNS}
        )
    return tuple({"role": one["role"], "content": clean_text(one["content"])} for one in turns)
