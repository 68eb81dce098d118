"""Of two who change the same thing the second is told, and keeps what they typed.

A form carries a mark of what it showed when it was opened. Whoever saves compares it with what is kept by then, in the
transaction that writes, and sends the form anew with what was typed and the mark of now: to save once more replaces it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

FIELD = "opened"


class ChangedMeanwhile(Exception):
    """Somebody else, or the same person elsewhere, saved it after it was opened here."""

    code = "changed_meanwhile"
    status = 409

    @property
    def sentence(self) -> str:
        return _(
            "This was changed elsewhere while you were editing it. Here is what you wrote, not yet saved: open this page "
            "in another tab to compare, then save again to replace what is there."
        )


def mark_of(*shown: object) -> str:
    written = json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def unless_changed(request: HttpRequest, mark: Callable[[], str]) -> Iterator[None]:
    """One transaction around what saves; `mark` locks and reads what is kept now. Raises `ChangedMeanwhile`.

    A form that brings no mark is not asked, and neither is one that changes nothing: the same sent twice is no quarrel.
    """
    with transaction.atomic():
        before, opened = mark(), request.POST.get(FIELD, "")
        yield
        if opened not in ("", before) and mark() != before:
            raise ChangedMeanwhile
