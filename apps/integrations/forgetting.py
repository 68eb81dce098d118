"""Answers that are kept for repeated requests can hold a customer's words: for one who is erased they go before their day."""

from collections.abc import Iterable
from uuid import UUID

from apps.integrations.models import Receipt


def forget_receipts(site_id: UUID, *, naming: Iterable[str]) -> None:
    kept = Receipt.objects.filter(token__site_id=site_id)
    for name in naming if kept.exists() else ():
        kept.filter(body__contains=name).delete()
