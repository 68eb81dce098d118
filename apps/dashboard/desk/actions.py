"""The registry of a site's actions for its operators, and an agent's use of them in a conversation."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.actions import asking, registry
from apps.actions.errors import ActionError
from apps.actions.models import Action
from apps.actions.queries import actions_of
from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.desk.conversations import conversation_or_404, show_context
from apps.dashboard.pages import show

OPERATOR = Member.Role.OPERATOR
AN_ORDER = {
    "type": "object",
    "properties": {
        "order": {
            "type": "string",
            "pattern": r"MW\d{8}",
            "x-label": {"en": "order number", "zh-hans": "订单号"},
        }
    },
    "required": ["order"],
}
Form = dict[str, Any]


@require_safe
@for_members(OPERATOR)
def action_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    content: dict[str, Any] = {"room": "actions", "rows": actions_of(member)}
    return show(request, member, template="dashboard/actions/list.html", **content)


@require_safe
@for_members(OPERATOR)
def new_action(request: HttpRequest, member: Member) -> HttpResponseBase:
    form = {"risk": Action.Risk.CONFIRM, "schema": json.dumps(AN_ORDER, ensure_ascii=False, indent=2)}
    return show_form(request, member, form=form)


@require_safe
@for_members(OPERATOR)
def action(request: HttpRequest, member: Member, action_id: UUID) -> HttpResponseBase:
    found = action_or_404(member, action_id)
    return show_form(request, member, found=found, form=form_of(found))


def show_form(
    request: HttpRequest, member: Member, *, form: Form, found: Action | None = None, fault: str = ""
) -> HttpResponse:
    content = {
        "room": "actions",
        "found": found,
        "form": form,
        "fault": fault,
        "risks": Action.Risk.choices,
        "intents": Action.Intent.choices,
    }
    status = 422 if fault else 200
    return show(request, member, template="dashboard/actions/action.html", status=status, **content)


def form_of(found: Action) -> Form:
    return {
        "name": found.name,
        "title_en": found.title.get("en", ""),
        "title_zh": found.title.get("zh-hans", ""),
        "risk": found.risk,
        "intent": found.intent,
        "words": ", ".join(found.words),
        "address": found.address,
        "schema": json.dumps(found.schema, ensure_ascii=False, indent=2),
        "told_en": found.told.get("en", ""),
        "told_zh": found.told.get("zh-hans", ""),
    }


@require_POST
@for_members(OPERATOR)
def add_action(request: HttpRequest, member: Member) -> HttpResponseBase:
    return keep(request, member, known=None)


@require_POST
@for_members(OPERATOR)
def save_action(request: HttpRequest, member: Member, action_id: UUID) -> HttpResponseBase:
    return keep(request, member, known=action_or_404(member, action_id))


def keep(request: HttpRequest, member: Member, *, known: Action | None) -> HttpResponseBase:
    form = {name: request.POST.get(name, "").replace("\x00", "")[:10_000] for name in FIELDS}
    try:
        kept = registry.keep_action(
            member.site, known=known, is_on=known.is_on if known else True, **values_of(form)
        )
    except ActionError as error:
        return show_form(request, member, form=form, found=known, fault=error.sentence)
    record(Kind.SETTINGS_CHANGED, site_id=member.site_id, by=member.user, subject=kept.name)
    messages.success(request, _("Saved. It holds from the next message on."))
    return redirect("action", site_id=member.site_id, action_id=kept.pk)


FIELDS = (
    "name",
    "title_en",
    "title_zh",
    "risk",
    "intent",
    "words",
    "address",
    "schema",
    "told_en",
    "told_zh",
)


def values_of(form: Form) -> dict[str, Any]:
    return {
        "name": form["name"].strip(),
        "title": {"en": form["title_en"], "zh-hans": form["title_zh"]},
        "risk": form["risk"],
        "intent": form["intent"],
        "words": form["words"].replace("，", ",").split(","),
        "address": form["address"],
        "schema": read_schema(form["schema"]),
        "told": {"en": form["told_en"], "zh-hans": form["told_zh"]},
    }


def read_schema(text: str) -> Any:
    """None for what is no JSON: the registry says what it thinks of that."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@require_POST
@for_members(OPERATOR)
def switch_action(request: HttpRequest, member: Member, action_id: UUID) -> HttpResponseBase:
    found = action_or_404(member, action_id)
    registry.switch(found, is_on=request.POST.get("on") == "yes")
    record(Kind.SETTINGS_CHANGED, site_id=member.site_id, by=member.user, subject=found.name)
    return redirect("action_list", site_id=member.site_id)


@require_POST
@for_members(OPERATOR)
def rotate_action_secret(request: HttpRequest, member: Member, action_id: UUID) -> HttpResponseBase:
    found = action_or_404(member, action_id)
    registry.rotate_secret(found)
    record(Kind.SETTINGS_CHANGED, site_id=member.site_id, by=member.user, subject=found.name)
    messages.success(request, _("The new secret signs from the next call on."))
    return redirect("action", site_id=member.site_id, action_id=found.pk)


def action_or_404(member: Member, action_id: UUID) -> Action:
    found = actions_of(member).filter(pk=action_id).first()
    if found is None:
        raise Http404
    return found


# --- In a conversation --------------------------------------------------------------------------------------


@require_POST
@for_members()
def act(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    """Looks up for the agent, or proposes to the customer."""
    found = conversation_or_404(member, conversation_id)
    sentence, status = "", 200
    name = request.POST.get("action", "")
    prefix = f"{name}."
    arguments = {
        key.removeprefix(prefix): request.POST[key].replace("\x00", "").strip()
        for key in request.POST
        if key.startswith(prefix)
    }
    try:
        asking.act_for(found, by=member, name=name, arguments=arguments)
    except ActionError as error:
        sentence, status = error.sentence, error.status
    if getattr(request, "htmx", False):
        return show_context(request, member, found, sentence=sentence, status=status)
    return redirect("conversation", site_id=member.site_id, conversation_id=found.pk)
