"""Access tokens: made once, shown once, recognised by their hash, revoked at once."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.audit.kinds import Kind
from apps.audit.recording import record
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
    site: Site, *, name: str, scopes: Sequence[str], by: Member | None = None, as_bot: bool = True
) -> tuple[AccessToken, str]:
    """The row, and the token itself, which nobody can read again. `by` None: from a shell, and then only a bot's."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not is_storable(name):
        raise BadInput("bad_name")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise BadInput("bad_scopes")
    if tokens_of(site).count() >= MOST:
        raise NotPossibleNow("too_many_tokens")
    text = PREFIX + secrets.token_urlsafe(32)
    chosen = [scope.value for scope in Scope if scope in scopes]
    token = AccessToken.objects.create(
        site=site,
        name=name,
        hash=hashed(text),
        beginning=text[:9],
        scopes=chosen,
        member=_make_bot(site, name=name) if by is None or as_bot else by,
        is_bot=by is None or as_bot,
        made_by=by.user if by else None,
    )
    user = by.user if by else None
    record(Kind.TOKEN_MADE, site_id=site.pk, by=user, subject=name, detail=", ".join(chosen))
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
def revoke(token: AccessToken, *, by: Member) -> None:
    """Counts from the next call on. What its bot still had goes back to the assistant."""
    record(Kind.TOKEN_REVOKED, site_id=token.site_id, by=by.user, subject=token.name)
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


@contextmanager
def acting(token: AccessToken, *, what: str, on: str = "", address: str = "") -> Iterator[None]:
    """What a program changes stands in the log with it: either both are so, or neither."""
    with transaction.atomic():
        yield
        record_use(token, Kind.TOKEN_USED, subject=on, detail=what, address=address)


def record_use(token: AccessToken, kind: Kind, *, subject: str, detail: str = "", address: str = "") -> None:
    by = None if token.is_bot else token.member.user
    record(
        kind, site_id=token.site_id, by=by, token=token.name, subject=subject, detail=detail, address=address
    )


def hashed(text: str) -> str:
    """No salt and no slow hash: 256 random bits cannot be guessed."""
    return hashlib.sha256(text.encode()).hexdigest()
