"""Pages of a list that grows while it is read: each begins where the last one ended, and no row comes twice or is left out.

A row that changes moves to the front of a list that is ordered by its last change: it is met there by the next reading.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from ninja import Query

from apps.api.refusals import Refused

Limit = Annotated[int, Query(ge=1, le=100, description="Rows of a page")]
Cursor = Annotated[str, Query(max_length=200, description="`next_cursor` of the page before")]


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Any]
    next_cursor: str | None


def page_of(rows: QuerySet[Any], *, by: str, cursor: str, limit: int) -> Page:
    """The latest first. `by` names a column of moments."""
    if cursor:
        moment, id = read(cursor)
        rows = rows.filter(Q(**{f"{by}__lt": moment}) | Q(pk__lt=id), **{f"{by}__lte": moment})
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], write(found[limit - 1], by=by) if more else None)


def write(row: Model, *, by: str) -> str:
    place = json.dumps([getattr(row, by).isoformat(), str(row.pk)])
    return base64.urlsafe_b64encode(place.encode()).decode()


def read(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError(moment)
        return at, UUID(id)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise Refused("bad_cursor") from error
