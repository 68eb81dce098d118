"""Adds to the log. Called in the transaction that does what is recorded: either both are so, or neither."""

from uuid import UUID

from apps.accounts.models import User
from apps.audit.models import Entry

LONGEST_DETAIL = 2_000


def record(
    kind: str,
    *,
    site_id: UUID | None,
    by: User | None = None,
    subject: str = "",
    detail: str = "",
    token: str = "",
    address: str = "",
) -> Entry:
    """`by`: who did it; None is SeekDesk itself. `token`: the name of the access token that it was done with."""
    return Entry.objects.create(
        site_id=site_id,
        by_id=by.pk if by else None,
        by_name=_short(by.display_name, 310) if by else "",
        token=_short(token, 100),
        kind=kind,
        subject=_short(subject, 300),
        detail=_short(detail, LONGEST_DETAIL),
        address=_short(address, 45),
    )


def _short(text: str, length: int) -> str:
    return text.replace("\x00", "")[:length]
