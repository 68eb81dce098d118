"""The embedder of a site's knowledge: people of the site ask for another one, and its log says who did."""

from django.db import transaction

from apps.accounts.models import User
from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.models import Site
from apps.knowledge import services
from apps.knowledge.embedding import switching
from apps.knowledge.models import EmbedderSwitch

HOME = "home"  # as people call the shipped one


@transaction.atomic
def change(site: Site, *, model: str, by: User | None) -> EmbedderSwitch:
    switch = services.switch_embedder(site.knowledge_base, model=model, by=by)
    _record(Kind.EMBEDDER_CHANGED, site, switch=switch, by=by)
    return switch


@transaction.atomic
def take_back(site: Site, *, by: User | None) -> EmbedderSwitch:
    switch = services.go_back_to_embedder(site.knowledge_base, by=by)
    _record(Kind.EMBEDDER_TAKEN_BACK, site, switch=switch, by=by)
    return switch


@transaction.atomic
def cancel(site: Site, *, by: User | None) -> EmbedderSwitch:
    """The one that is under way."""
    switch = EmbedderSwitch.objects.filter(
        knowledge_base=site.knowledge_base_id, state__in=EmbedderSwitch.OPEN_STATES
    ).first()
    if switch is None:
        raise switching.CannotSwitch("over")
    switching.cancel(switch)
    _record(Kind.EMBEDDER_CANCELLED, site, switch=switch, by=by)
    return switch


def _record(kind: Kind, site: Site, *, switch: EmbedderSwitch, by: User | None) -> None:
    record(kind, site_id=site.pk, by=by, subject=switch.model or HOME)
