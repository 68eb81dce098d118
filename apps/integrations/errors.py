"""What can be refused here; the tree is drawn in the package's docstring."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    "bad_name": _("A name has 1 to 100 characters."),
    "bad_scopes": _("Choose at least one of the scopes."),
    "too_many_tokens": _("This site has 50 tokens already. Revoke one first."),
    "bad_address": _("This is no address that can be told. It begins with https:// or http://."),
    "bad_kinds": _("Choose at least one kind of event."),
    "too_many_webhooks": _("This site has 20 webhooks already. Remove one first."),
    "webhook_paused": _("This webhook is paused. Start it again first."),
    "bad_idempotency_key": _("An Idempotency-Key has 1 to 64 printable characters."),
    "idempotency_key_reused": _("This Idempotency-Key was used for another request."),
    "in_progress": _("The first request with this Idempotency-Key is still under way."),
}

# Why an event did not arrive.
UNDELIVERED: dict[str, Promise] = {
    "bad_status": _("The address answered with an error."),
    "redirect": _(
        "The address leads elsewhere. Redirects are not followed: give the address that it leads to."
    ),
    "too_slow": _("The address did not answer within ten seconds."),
    "unreachable": _("Nothing answers at the address, or its certificate is not valid."),
    "unknown_host": _("There is no host of this name."),
    "private_address": _("The address lies in a private network. WEBHOOKS_MAY_BE_PRIVATE permits that."),
}


def why_undelivered(reason: str) -> str:
    return str(UNDELIVERED.get(reason, reason))


class IntegrationError(Exception):
    status: ClassVar[int] = 400

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.code])

    def __str__(self) -> str:
        return self.sentence


class BadInput(IntegrationError):
    status = 422


class NotPossibleNow(IntegrationError):
    status = 409
