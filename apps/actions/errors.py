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
    "schema_no_object": _("The JSON schema must be an object: “type” is “object”."),
    "schema_too_many": _("“properties” of the JSON schema names six values at most."),
    "schema_required": _("“required” of the JSON schema is a list of names from its “properties”."),
    "schema_name": _("JSON schema: “%(name)s” is no name. Small letters, digits and underscores, please."),
    "schema_person": _(
        "JSON schema: “%(name)s” would name a person. Who it is for comes from the session alone."
    ),
    "schema_type": _(
        "JSON schema, “%(name)s”: the type “%(type)s” is not taken. It may be string, number, integer or boolean."
    ),
    "schema_keyword": _(
        "JSON schema, “%(name)s”: “%(keyword)s” is not taken here; docs/actions.md says what is."
    ),
    "schema_value": _(
        "JSON schema, “%(name)s”: “%(keyword)s” has a value that is not taken; see docs/actions.md."
    ),
    "bad_risk": _("There is no such risk."),
    "bad_intent": _("Say what it is recognised by: one of the intents, or words of your own."),
    "bad_told": _("What is told afterwards has 300 characters at most."),
    "unknown_action": _("There is no such action."),
    "argument_unknown": _("This action asks for no “%(name)s”."),
    "argument_missing": _("“%(name)s” is missing."),
    "argument_number": _("“%(name)s” must be a number."),
    "argument_integer": _("“%(name)s” must be a whole number."),
    "argument_range": _("“%(name)s” must lie between %(least)s and %(most)s."),
    "argument_boolean": _("“%(name)s” must be yes or no."),
    "argument_date": _("“%(name)s” must be a date like 2026-12-24."),
    "argument_text": _("“%(name)s” must be a text of %(longest)s characters at most."),
    "argument_code": _("“%(name)s” is not written as it should be."),
    "argument_choice": _("“%(name)s” must be one of the choices."),
    "customer_unknown": _("The customer has not logged in: nothing can be done for them."),
    "take_over_first": _("Take the conversation over first."),
    "too_many_actions": _("This site has 50 actions already."),
}


class ActionError(Exception):
    status: ClassVar[int] = 400

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.code]) % self.values if self.values else str(SENTENCES[self.code])

    def __str__(self) -> str:
        return self.sentence


class BadInput(ActionError):
    status = 422


class NotPossibleNow(ActionError):
    status = 409
