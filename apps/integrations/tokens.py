"""Access tokens: made once, shown once, recognised by their hash, revoked at once."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.conversations import services
from apps.conversations.models import Conversation, Member, Site
from apps.conversations.texts import is_storable
from apps.integrations.errors import BadInput, NotPossibleNow
from apps.integrations.models import AccessToken, Scope

PREFIX = "sdt_"
MOST = 50  # of a site
NOTED_EVERY = timedelta(minutes=1)


def tokens_of(site: Site) -> QuerySet[AccessToken]:
    return AccessToken.objects.filter(site=site).select_related("member__user", "made_by")


@transaction.atomic
def make_token(
    by: Member, *, name: str, scopes: Sequence[str], as_bot: bool = True
) -> tuple[AccessToken, str]:
    """The row, and the token itself, which nobody can read again."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not is_storable(name):
        raise BadInput("bad_name")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise BadInput("bad_scopes")
    if AccessToken.objects.filter(site=by.site).count() >= MOST:
        raise NotPossibleNow("too_many_tokens")
    text = PREFIX + secrets.token_urlsafe(32)
    token = AccessToken.objects.create(
        site=by.site,
        name=name,
        hash=hashed(text),
        beginning=text[:9],
        scopes=[scope for scope in Scope.values if scope in scopes],
        member=_make_bot(by.site, name=name) if as_bot else by,
        is_bot=as_bot,
        made_by=by.user,
    )
    return token, text


def _make_bot(site: Site, *, name: str) -> Member:
    """Somebody whose name stands at what the token writes, and who can never log in."""
    user = get_user_model()(username=f"bot-{uuid4().hex[:16]}", first_name=name, is_active=False)
    user.set_unusable_password()
    user.save()
    bot = services.add_member(site, user=user)
    services.set_availability(bot, is_available=False)
    return bot


@transaction.atomic
def revoke(token: AccessToken) -> None:
    """Counts from the next call on. What its bot still had goes back to the assistant."""
    if not token.is_bot:
        token.delete()
        return
    theirs = Conversation.objects.filter(
        site=token.site_id, status=Conversation.Status.AGENT, assignee=token.member.user_id
    )
    for conversation in theirs:
        services.give_back(conversation, by=token.member)
    token.member.delete()  # and the token with it; the user stays, as the author of what was said


def recognise(text: str) -> AccessToken | None:
    """The token's row, or None for what is none of ours. Notes that it was used."""
    if not text.startswith(PREFIX) or len(text) > 100:
        return None
    rows = AccessToken.objects.select_related("site__knowledge_base", "member__user", "member__site")
    token = rows.filter(hash=hashed(text)).first()
    if token is not None:
        _note_use(token)
    return token


def _note_use(token: AccessToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - NOTED_EVERY:
        AccessToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def hashed(text: str) -> str:
    """No salt and no slow hash: 256 random bits cannot be guessed."""
    return hashlib.sha256(text.encode()).hexdigest()
