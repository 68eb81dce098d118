"""The routes of the registry of actions, and a row for their id, for `test_access.py`. All but `act` are operators'."""

import uuid

from apps.actions import registry
from apps.conversations.models import Site
from tests.actions.cast import ORDER

SHOWN = ("action_list", "new_action", "action")
CHANGED = ("add_action", "save_action", "switch_action", "rotate_action_secret")
# What these are given stands in the form, which is empty here.
NOTHING_GIVEN = {"add_action": 422, "save_action": 422}


def action_ids(site: Site) -> dict[str, uuid.UUID]:
    action = registry.keep_action(
        site,
        name="cancel_order",
        title={"en": "Cancel"},
        address="https://shop.example/cancel",
        schema=ORDER,
        intent="cancel",
    )
    return {"action_id": action.pk}
