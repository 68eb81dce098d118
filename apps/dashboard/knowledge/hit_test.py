"""A question through the chat's own search and decisions, for operators: what is found, what would be said, and why.

What they mark as right or wrong becomes a labelled question.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.models import Member
from apps.dashboard import rendering
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.knowledge.chunk_store import Reader
from apps.knowledge.models import Document, KnowledgeBase, LabelledQuestion
from apps.knowledge.quality.labelling import LONGEST, Label, mark, utterances_of
from apps.knowledge.quality.probing import Probe, probe
from dialogue import Turn
from retrieval import STOP_WORDS, Passage, words_of

ASSISTANT_SAID = ">"  # opens a line of the assistant's among the earlier turns


@dataclass(frozen=True)
class FoundRow:
    """A passage with its figures. `verdict` is what people said of its document: right, wrong or nothing."""

    place: int
    passage: Passage
    text: SafeString
    audience: str
    verdict: str
    is_used: bool


@require_safe
@for_members(Member.Role.OPERATOR)
def hit_test(request: HttpRequest, member: Member) -> HttpResponseBase:
    asked = _clean(request.GET.get("q", ""))
    content: dict[str, Any] = {
        "room": "hit_test",
        "asked": asked,
        "earlier": _clean(request.GET.get("earlier", "")),
        "reader": reader_in(request.GET.get("reader", "")),
        "readers": [(reader.value, label) for reader, label in readers()],
        "longest": LONGEST,
    }
    if asked:
        content |= probed(member, asked=asked, earlier=content["earlier"], reader=content["reader"])
    return show(request, member, template="dashboard/quality/hit_test.html", **content)


def readers() -> list[tuple[Reader, str]]:
    return [
        (Reader.CUSTOMER, _("a customer")),
        (Reader.VERIFIED, _("a verified customer")),
        (Reader.COLLEAGUE, _("a colleague")),
    ]


def reader_in(value: str) -> Reader:
    return Reader(value) if value in list(Reader) else Reader.CUSTOMER


def probed(member: Member, *, asked: str, earlier: str, reader: Reader) -> dict[str, Any]:
    base = member.site.knowledge_base
    history = history_in(earlier)
    turn = Turn(
        question=asked,
        history=utterances_of(history),
        site_name=member.site.name,
        locale=member.site.locale,
    )
    found = asyncio.run(probe(base.pk, turn, reader=reader, today=member.site.today))
    label = LabelledQuestion.objects.filter(knowledge_base=base, question=asked).first()
    return {"probe": found, "rows": rows_of(base, found, label=label), "label": label}


def rows_of(base: KnowledgeBase, found: Probe, *, label: LabelledQuestion | None) -> list[FoundRow]:
    words = {word for word in words_of(found.question) if len(word) > 1 or word >= "\u3400"} - STOP_WORDS
    documents = Document.objects.filter(
        knowledge_base=base, pk__in={passage.chunk.document_id for passage in found.passages}
    ).in_bulk()
    used = {citation.chunk_id for citation in found.answer.citations}
    audiences = {str(pk): document.get_audience_display() for pk, document in documents.items()}
    return [
        FoundRow(
            place=place,
            passage=passage,
            text=rendering.words_marked(passage.chunk.text, words=words),
            audience=audiences.get(passage.chunk.document_id, ""),
            verdict=verdict_on(passage.chunk.external_id, label=label),
            is_used=passage.chunk.id in used,
        )
        for place, passage in enumerate(found.passages, start=1)
    ]


def verdict_on(name: str, *, label: LabelledQuestion | None) -> str:
    if label is None:
        return ""
    return "right" if name in label.right else "wrong" if name in label.wrong else ""


def history_in(earlier: str) -> tuple[dict[str, str], ...]:
    """Each line is a message; one that begins with ">" is the assistant's."""
    lines = [line.strip() for line in earlier.splitlines() if line.strip()]
    return tuple(
        {"role": "assistant", "content": line[1:].strip()}
        if line.startswith(ASSISTANT_SAID)
        else {"role": "user", "content": line}
        for line in lines
    )


@require_POST
@for_members(Member.Role.OPERATOR)
def mark_passages(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Each document that was found comes with what is said of it: right, wrong, or nothing."""
    given: MultiValueDict[str, str] = request.POST
    asked, earlier = _clean(given.get("q", "")), _clean(given.get("earlier", ""))
    said = {name.removeprefix("document:"): given[name] for name in given if name.startswith("document:")}
    if given.get("nothing"):
        said = {}
    label = Label(
        question=asked,
        history=history_in(earlier),
        right=tuple(name for name, verdict in said.items() if verdict == "right"),
        wrong=tuple(name for name, verdict in said.items() if verdict == "wrong"),
    )
    row = mark(member.site.knowledge_base, label)
    messages.success(request, _("Kept as a labelled question."))
    if given.get("nothing"):
        return redirect("labelled_question", site_id=member.site_id, question_id=row.pk)
    query = urlencode({"q": asked, "earlier": earlier, "reader": given.get("reader", "")})
    return redirect(f"{reverse('hit_test', args=[member.site_id])}?{query}")


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST]
