"""What a site's operators ask for: an action added, changed, switched off, its secret made anew."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from apps.actions.errors import BadInput
from apps.actions.models import Action, new_signing_secret
from apps.actions.schemas import NAME, checked
from apps.conversations.models import Locale, Site
from apps.conversations.texts import is_storable
from apps.knowledge.websites.fetching import FetchRefused
from apps.knowledge.websites.fetching import checked as checked_address

MOST = 50
LONGEST_TOLD = 300
LONGEST_TITLE = 80


@transaction.atomic
def keep_action(
    site: Site,
    *,
    name: str,
    title: Mapping[str, str],
    address: str,
    schema: Any,
    risk: str = Action.Risk.CONFIRM,
    intent: str = "",
    words: Sequence[str] = (),
    told: Mapping[str, str] | None = None,
    is_on: bool = True,
    known: Action | None = None,
) -> Action:
    """A new one, or `known` as it is to be from now on. Cards that are open already were sealed over what they showed."""
    values = {
        "name": _checked_name(name),
        "title": _checked_texts(title, longest=LONGEST_TITLE, code="bad_title"),
        "address": _checked_address(address),
        "schema": checked(schema),
        "risk": _checked_choice(risk, Action.Risk.values, code="bad_risk"),
        "intent": _checked_choice(intent, ["", *Action.Intent.values], code="bad_intent"),
        "words": _checked_words(words, intent=intent),
        "told": _checked_texts(told or {}, longest=LONGEST_TOLD, code="bad_told", may_be_empty=True),
        "is_on": is_on,
    }
    try:
        with transaction.atomic():
            return _changed(known, values) if known else _added(site, values)
    except IntegrityError as error:
        raise BadInput("name_taken") from error


def _added(site: Site, values: dict[str, Any]) -> Action:
    if Action.objects.filter(site=site).count() >= MOST:
        raise BadInput("too_many_actions")
    return Action.objects.create(site=site, **values)


def _changed(action: Action, values: dict[str, Any]) -> Action:
    for name, value in values.items():
        setattr(action, name, value)
    action.save()
    return action


def switch(action: Action, *, is_on: bool) -> None:
    Action.objects.filter(pk=action.pk).update(is_on=is_on)


def rotate_secret(action: Action) -> str:
    """The new one signs from the next call on."""
    secret = new_signing_secret()
    Action.objects.filter(pk=action.pk).update(secret=secret)
    return secret


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise BadInput("bad_action_name")
    return name


def _checked_address(address: str) -> str:
    try:
        return checked_address(address.replace("\x00", ""))
    except FetchRefused as error:
        raise BadInput("bad_address") from error


def _checked_choice(value: str, choices: Sequence[str], *, code: str) -> str:
    if value not in choices:
        raise BadInput(code)
    return value


def _checked_words(words: Sequence[str], *, intent: str) -> list[str]:
    """Without an intent of ours it is recognised by words of the site's own."""
    kept = [word.strip().lower() for word in words if word.strip()]
    if (not intent and not kept) or len(kept) > 20 or any(not 2 <= len(word) <= 40 for word in kept):
        raise BadInput("bad_intent")
    return kept


def _checked_texts(
    texts: Mapping[str, str], *, longest: int, code: str, may_be_empty: bool = False
) -> dict[str, str]:
    kept = {locale: re.sub(r"\s+", " ", text).strip() for locale, text in texts.items()}
    kept = {locale: text for locale, text in kept.items() if text}
    if set(kept) - set(Locale.values) or any(
        len(text) > longest or not is_storable(text) for text in kept.values()
    ):
        raise BadInput(code)
    if not kept and not may_be_empty:
        raise BadInput(code)
    return kept
