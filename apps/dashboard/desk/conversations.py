"""Where agents answer: one conversation, its thread and what is known about it, and what a person can do in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.actions.models import ActionCall
from apps.actions.queries import actions_of, calls_of, offered_to
from apps.conversations import queries, services
from apps.conversations.desk import (
    drafting,
    editing,
    handing,
    hours,
    mentioning,
    noting,
    sorting,
    summarizing,
    transcripts,
)
from apps.conversations.desk.translating import language_for, needed_for
from apps.conversations.errors import BadInput, ConversationError
from apps.conversations.files import attaching
from apps.conversations.models import Conversation, Edit, Member, Message, Site
from apps.dashboard.access import for_members
from apps.dashboard.desk.inbox import inbox_page
from apps.dashboard.pages import show

Status = Conversation.Status
THREAD_PAGE = 100
EARLIER_SHOWN = 5
CALLS_SHOWN = 10


@dataclass(frozen=True)
class Line:
    """A message in the thread, and what can be done with it."""

    message: Message
    is_open_draft: bool
    withheld: list[dict[str, Any]]
    translate_to: str = ""  # the language that this colleague would need it in
    call: ActionCall | None = None  # of an action that it proposes
    may_edit: bool = False
    edits: Sequence[Edit] = ()  # what it said before


# --- One conversation --------------------------------------------------------------------------------------------


@require_safe
@for_members()
def conversation(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    found = conversation_or_404(member, conversation_id)
    mentioning.see_mentions(found, by=member)
    content = {
        "room": "conversations",
        **inbox_page(request, member),
        **thread_of(found, request=request, member=member),
        **context_of(found, member=member),
    }
    return show(
        request, member, template="dashboard/conversations/page.html", open_id=str(found.pk), **content
    )


@require_safe
@for_members()
def thread(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    found = conversation_or_404(member, conversation_id)
    if request.headers.get("X-In-View"):  # not by a page in a tab behind
        mentioning.see_mentions(found, by=member)
    return show_thread(request, member, found)


def show_thread(
    request: HttpRequest, member: Member, found: Conversation, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    content = {"member": member, "site": member.site, "sentence": sentence}
    content |= thread_of(found, request=request, member=member)
    response = render(request, "dashboard/conversations/thread.html", content, status=status)
    response["X-Part"] = "thread"
    return response


def thread_of(found: Conversation, *, request: HttpRequest, member: Member) -> dict[str, Any]:
    """A long thread begins with its last hundred messages; `?all` shows it whole."""
    whole = "all" in request.GET
    rows = queries.messages_for_member(found, after=0 if whole else max(0, found.last_seq - THREAD_PAGE))
    return {
        "conversation": found,
        "lines": lines_of(list(rows), conversation=found, member=member),
        "has_earlier": not whole and found.last_seq > THREAD_PAGE,
        "whole": whole,
        "handoff": found.handoffs.filter(closed_at=None).order_by("-created_at").first(),
        "is_mine": found.status == Status.AGENT and found.assignee_id == member.user_id,
        "may_take_over": may_take_over(member, found),
        "may_undo": handing.may_undo(found, by=member),
        "may_undo_give_back": handing.given_back(found, by=member) is not None,
        "may_undo_resolve": handing.end_to_undo(found, by=member) is not None,
        "phrases": filled_phrases(found, member=member),
        "colleagues": [
            {"name": one.name, "text": f"@{one.name} ", "about": one.display_name}
            for one in mentioning.colleagues_of(member)
        ],
        "reply_to": reply_language(found),
        "new_id": uuid4().hex,
        "largest_file": attaching.LARGEST,
        "most_files": attaching.MOST_IN_MESSAGE,
        "note_id": uuid4().hex,
    }


def reply_language(found: Conversation) -> str:
    """The customer's, when it is not the one that the colleague works in."""
    theirs = language_for(found.locale)
    return theirs if theirs != language_for(get_language()) else ""


def filled_phrases(found: Conversation, *, member: Member) -> list[dict[str, str]]:
    values = noting.values_for(found, by=member)
    return [
        {"name": one.name, "text": noting.filled_in(one.text, values=values)}
        for one in noting.phrases_of(member)
    ]


@require_safe
@for_members()
def context(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    """Who it is and what is known: the third pane."""
    return show_context(request, member, conversation_or_404(member, conversation_id))


def show_context(
    request: HttpRequest, member: Member, found: Conversation, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    content = {"member": member, "site": member.site, "conversation": found, "context_sentence": sentence}
    content |= context_of(found, member=member)
    response = render(request, "dashboard/conversations/context.html", content, status=status)
    response["X-Part"] = "context"
    return response


def context_of(found: Conversation, *, member: Member) -> Mapping[str, Any]:
    rows = (
        queries.conversations_of(member).filter(contact=found.contact_id, last_seq__gt=0).exclude(pk=found.pk)
    )
    handoff = found.handoffs.order_by("-created_at").first()
    minutes = member.site.targets.get("resolution")
    begun = handoff.created_at if handoff and handoff.closed_at is None else None
    resolve_due = hours.due(member.site, start=begun, minutes=minutes) if begun and minutes else None
    return {
        "earlier": rows[:EARLIER_SHOWN],
        "may_administer": member.may(Member.Role.ADMIN),
        "last_handoff": handoff,
        "summary": (summary := summarizing.summary_of(found)),
        "wanted": actions_of(member).filter(name=summary.intent).first() if summary.intent else None,
        "calls": calls_of(found)[:CALLS_SHOWN],
        "offered": offered_to(member),
        "ratings": found.ratings.order_by("created_at"),
        "may_mail": transcripts.may_mail(found),
        "all_labels": sorting.labels_of(member),
        "priorities": Conversation.Priority.choices,
        "resolve_due": resolve_due,
        "is_resolve_late": resolve_due is not None and resolve_due < timezone.now(),
    }


@require_safe
@for_members()
def transcript(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    """The conversation as its customer knows it, as a text file; with `?as=html` as a page to read and to print."""
    found = conversation_or_404(member, conversation_id)
    is_page, locale = request.GET.get("as") == "html", get_language() or "en"
    text = transcripts.as_page(found, locale=locale) if is_page else transcripts.as_text(found, locale=locale)
    kind, ending = ("html", "html") if is_page else ("plain", "txt")
    response = HttpResponse(text, content_type=f"text/{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.reference}.{ending}"'
    return response


def may_take_over(member: Member, found: Conversation) -> bool:
    """An operator may also take over from a colleague (who has gone home, say)."""
    if found.status != Status.AGENT:
        return True
    return found.assignee_id != member.user_id and member.may(Member.Role.OPERATOR)


def lines_of(rows: list[Message], *, conversation: Conversation, member: Member) -> list[Line]:
    ours = (row.seq for row in rows if row.sender == Message.Sender.AGENT and not row.private)
    answered_to = max(ours, default=0)
    reader = get_language() or "en"
    sent = set(Message.objects.filter(from_draft__in=rows).values_list("from_draft", flat=True))
    calls = {call.message_id: call for call in calls_of(conversation).filter(message__in=rows)}
    edits, now = edits_of(rows), timezone.now()
    return [
        Line(
            message=row,
            is_open_draft=is_draft(row)
            and row.pk not in sent
            and row.seq > answered_to
            and conversation.status == Status.AGENT,
            withheld=list(row.trace.get("withheld", [])),
            translate_to=needed_for(row.text, reader=reader) if row.sender == Message.Sender.CONTACT else "",
            call=calls.get(row.pk),
            may_edit=editing.may_edit(row, conversation=conversation, by=member, now=now),
            edits=edits.get(row.pk, ()),
        )
        for row in rows
    ]


def edits_of(rows: list[Message]) -> dict[UUID, list[Edit]]:
    """Asked for only where something was changed."""
    changed = [row for row in rows if row.edited_at]
    edits: dict[UUID, list[Edit]] = {}
    for one in Edit.objects.filter(message__in=changed).select_related("by") if changed else ():
        edits.setdefault(one.message_id, []).append(one)
    return edits


def is_draft(row: Message) -> bool:
    return row.private and row.sender == Message.Sender.ASSISTANT and row.state == Message.State.DONE


def conversation_or_404(member: Member, conversation_id: UUID) -> Conversation:
    try:
        return queries.conversation_for(member, conversation_id)
    except Conversation.DoesNotExist:
        raise Http404 from None


# --- What a person can do ------------------------------------------------------------------------------------------

Action = Callable[[HttpRequest, Member, Conversation], object]


def action(act: Action) -> Callable[..., HttpResponseBase]:
    """A view that does it and shows the thread as it is now; what was refused is said above the thread."""

    @require_POST
    @for_members()
    @wraps(act)
    def view(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
        found = conversation_or_404(member, conversation_id)
        sentence, status, wait = "", 200, 0
        try:
            act(request, member, found)
        except ConversationError as error:
            sentence, status, wait = error.sentence, error.status, getattr(error, "retry_after", 0)
        if status == 404 and not getattr(request, "htmx", False):
            raise Http404
        found = conversation_or_404(member, conversation_id)
        if status == 409 and found.assignee and found.assignee_id != member.user_id:
            sentence = _("%(name)s has this conversation now.") % {"name": found.assignee.display_name}
        if getattr(request, "htmx", False):
            response = show_thread(request, member, found, sentence=sentence, status=status)
            if wait:
                response["Retry-After"] = str(wait)
            return response
        return redirect("conversation", site_id=member.site_id, conversation_id=found.pk)

    return view


@action
def take_over(request: HttpRequest, member: Member, found: Conversation) -> None:
    services.take_over(found, by=member)


@action
def give_back(request: HttpRequest, member: Member, found: Conversation) -> None:
    services.give_back(found, by=member)


@action
def resolve(request: HttpRequest, member: Member, found: Conversation) -> None:
    services.resolve(found, by=member)


@action
def reply(request: HttpRequest, member: Member, found: Conversation) -> None:
    """The agent's own words, or a draft of the assistant's as the agent edited it."""
    text, draft_id = request.POST.get("text", ""), request.POST.get("draft", "")
    files = request.POST.getlist("attachments")
    if draft_id:
        draft = message_or_404(found, draft_id)
        said = services.send_draft(draft, by=member, text=text, attachments=files)
    else:
        client_msg_id = request.POST.get("client_msg_id", "")
        said = services.reply_as_agent(
            found, by=member, text=text, client_msg_id=client_msg_id, attachments=files
        )
    if request.POST.get("then") == "resolve":
        services.resolve(found, by=member, episode=said.episode)


@action
def note(request: HttpRequest, member: Member, found: Conversation) -> None:
    """For colleagues only."""
    text, client_msg_id = request.POST.get("text", ""), request.POST.get("client_msg_id", "")
    noting.add_note(found, by=member, text=text, client_msg_id=client_msg_id)


@action
def draft(request: HttpRequest, member: Member, found: Conversation) -> None:
    """The assistant's answer to the customer's last words, for the agent to send, edit or leave."""
    async_to_sync(drafting.draft)(found, by=member)


@action
def undo(request: HttpRequest, member: Member, found: Conversation) -> None:
    """A take-over before a word was said, or a resolve by mistake."""
    handing.undo(found, by=member)


@action
def mail_transcript(request: HttpRequest, member: Member, found: Conversation) -> None:
    transcripts.mail_to_customer(found, by=member)


@action
def discard_draft(request: HttpRequest, member: Member, found: Conversation) -> None:
    services.discard_draft(message_or_404(found, request.POST.get("draft", "")), by=member)


@action
def edit_message(request: HttpRequest, member: Member, found: Conversation) -> None:
    message = message_or_404(found, request.POST.get("message", ""))
    editing.edit(message, by=member, text=request.POST.get("text", ""))


def message_or_404(found: Conversation, message_id: str) -> Message:
    try:
        return queries.messages_for_member(found).get(pk=UUID(message_id))
    except (ValueError, Message.DoesNotExist):
        raise Http404 from None


def sorting_action(act: Action) -> Callable[..., HttpResponseBase]:
    """The same for what is done in the third pane, which is shown as it is now."""

    @require_POST
    @for_members()
    @wraps(act)
    def view(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
        found = conversation_or_404(member, conversation_id)
        sentence, status = "", 200
        try:
            act(request, member, found)
        except ConversationError as error:
            sentence, status = error.sentence, error.status
        if getattr(request, "htmx", False):
            found = conversation_or_404(member, conversation_id)
            return show_context(request, member, found, sentence=sentence, status=status)
        return redirect("conversation", site_id=member.site_id, conversation_id=found.pk)

    return view


@sorting_action
def set_priority(request: HttpRequest, member: Member, found: Conversation) -> None:
    sorting.set_priority(
        found, by=member, priority=whole_number(request.POST.get("priority", ""), "bad_priority")
    )


@sorting_action
def snooze(request: HttpRequest, member: Member, found: Conversation) -> None:
    sorting.snooze(found, by=member, until=end_of_snooze(request, site=member.site))


def end_of_snooze(request: HttpRequest, *, site: Site) -> datetime | None:
    """After so many hours, or at a moment; after none, it is back at once."""
    if request.POST.get("hours") == "until":
        return moment(request.POST.get("until", ""), site=site)
    wanted = whole_number(request.POST.get("hours", ""), "bad_time")
    return timezone.now() + timedelta(hours=wanted) if wanted else None


@sorting_action
def label(request: HttpRequest, member: Member, found: Conversation) -> None:
    sorting.label(found, by=member, name=request.POST.get("name", ""))


@sorting_action
def unlabel(request: HttpRequest, member: Member, found: Conversation) -> None:
    sorting.unlabel(found, by=member, name=request.POST.get("name", ""))


def moment(text: str, *, site: Site) -> datetime:
    """As a page sends it; without a zone, by the site's own clock."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise BadInput("bad_time")
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(site.zone))


def whole_number(text: str, code: str) -> int:
    try:
        return int(text[:6])
    except ValueError:
        raise BadInput(code) from None


@require_POST
@for_members()
def typing(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    services.announce_typing(conversation_or_404(member, conversation_id), by=member)
    return HttpResponse(status=204)
