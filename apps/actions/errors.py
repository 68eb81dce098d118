"""What can be refused here; the tree is drawn in the package's docstring."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    "bad_action_name": _(
        "A name has 1 to 40 small letters, digits or underscores, and begins with a letter."
    ),
    "name_taken": _("This site has an action with this name already."),
    "bad_title": _("A title in Chinese or English is needed, of 80 characters at most."),
    "bad_address": _("This is no address that can be called. It begins with https:// or http://."),
    "bad_schema": _("This is no JSON schema that we can ask a customer for; docs/actions.md says which are."),
    "bad_risk": _("There is no such risk."),
    "bad_intent": _("Say what it is recognised by: one of the intents, or words of your own."),
    "bad_told": _("What is told afterwards has 300 characters at most."),
    "unknown_action": _("There is no such action."),
    "bad_arguments": _("Something is missing, or is not written as it should be."),
    "customer_unknown": _("The customer has not logged in: nothing can be done for them."),
    "take_over_first": _("Take the conversation over first."),
    "too_many_actions": _("This site has 50 actions already."),
}


class ActionError(Exception):
    status: ClassVar[int] = 400

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.code])

    def __str__(self) -> str:
        return self.sentence


class BadInput(ActionError):
    status = 422


class NotPossibleNow(ActionError):
    status = 409
