"""The site's actions as the assistant's hand, for the one customer whom the session names."""

import json
from collections.abc import Mapping
from uuid import UUID, uuid5

from django.db import close_old_connections
from django.db.models import QuerySet

from apps.actions import calling, confirming
from apps.actions.arguments import read
from apps.actions.asking import begin
from apps.actions.errors import BadInput
from apps.actions.models import Action, ActionCall
from apps.actions.schemas import LANGUAGES, LOCALES, slots_of
from apps.conversations.models import Conversation, Site
from dialogue import ActionFailed, Language, Offer, Told

State = ActionCall.State


def offers_of(site: Site) -> tuple[Offer, ...]:
    return _offers(Action.objects.filter(site=site))


def _offers(actions: QuerySet[Action]) -> tuple[Offer, ...]:
    return tuple(_offer(action) for action in actions.filter(is_on=True))


def _offer(action: Action) -> Offer:
    return Offer(
        name=action.name,
        title={LANGUAGES[locale]: text for locale, text in action.title.items() if locale in LANGUAGES},
        intent=action.intent,  # type: ignore[arg-type] # the choices are dialogue's intents
        words=tuple(action.words),
        slots=slots_of(action.schema),
        is_confirmed=action.is_confirmed,
    )


def hand_for(conversation_id: UUID, reply_id: UUID) -> "SiteHand | None":
    """None where the site offers nothing: then the assistant does not even look for a wish."""
    offers = _offers(Action.objects.filter(site__conversations=conversation_id))
    if not offers:
        return None
    conversation = Conversation.objects.select_related("site", "contact").get(pk=conversation_id)
    return SiteHand(conversation, offers=offers, reply_id=reply_id)


class SiteHand:
    """Works for one reply: when its attempt is lost and made again, the service hears of it under the same key."""

    def __init__(self, conversation: Conversation, *, offers: tuple[Offer, ...], reply_id: UUID) -> None:
        self._conversation, self._offers, self._reply_id = conversation, offers, reply_id

    @property
    def offers(self) -> tuple[Offer, ...]:
        return self._offers

    @property
    def knows_customer(self) -> bool:
        return self._conversation.contact.verified

    def run(self, action: str, arguments: Mapping[str, str], *, language: Language) -> Told:
        close_old_connections()
        try:
            row = self._begin(action, dict(arguments), locale=LOCALES[language])
            if row.state == State.RUNNING:
                confirming.settle(row, calling.call(row))
                row.refresh_from_db()
        finally:
            close_old_connections()
        if row.state not in (State.DONE, State.REFUSED):
            raise ActionFailed(row.reason)
        return Told(text=row.text, is_done=row.state == State.DONE)

    def _begin(self, name: str, arguments: dict[str, str], *, locale: str) -> ActionCall:
        action = (
            Action.objects.select_related("site")
            .filter(site=self._conversation.site_id, name=name, is_on=True)
            .first()
        )
        known = self._conversation.contact.verified
        if action is None or action.is_confirmed or not known:
            raise ActionFailed("not_offered")
        try:
            typed = read(arguments, schema=action.schema)
        except BadInput as error:
            raise ActionFailed("not_offered") from error
        said = json.dumps([name, typed], sort_keys=True)
        id = uuid5(self._reply_id, said)
        return begin(action, conversation=self._conversation, arguments=typed, locale=locale, id=id)


def rehearsal_for(site: Site) -> "RehearsingHand | None":
    offers = offers_of(site)
    return RehearsingHand(offers) if offers else None


class RehearsingHand:
    """For questions from a shell: what would be asked of the service, and nothing is."""

    def __init__(self, offers: tuple[Offer, ...]) -> None:
        self.offers = offers
        self.knows_customer = True

    def run(self, action: str, arguments: Mapping[str, str], *, language: Language) -> Told:
        values = ", ".join(f"{name}={value}" for name, value in arguments.items())
        return Told(text=f"{action}({values})")
