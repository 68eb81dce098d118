"""Actions from a shell: entered from a file, and asked for without anything being done."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.actions.models import Action, ActionCall
from tests.actions.cast import register
from tests.actions.service import Orders
from tests.conversations.cast import Cast

FILE = """
address = "https://shop.example/orders"

[[actions]]
name = "cancel_order"
intent = "cancel"
title = { en = "Cancel an order" }
schema.type = "object"
schema.required = ["order"]
schema.properties.order = { type = "string", pattern = 'MW\\d{8}' }
"""


def told(name: str, *arguments: str) -> Any:
    out = StringIO()
    call_command(name, *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_a_file_is_entered_and_entered_again(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "actions.toml"
    file.write_text(FILE)
    first = told("add_action", "--site", cast.shop.key, str(file))
    again = told("add_action", "--site", cast.shop.key, str(file))
    assert first == again
    assert first["actions"][0] | {"secret": ""} == {
        "name": "cancel_order",
        "risk": "confirm",
        "secret": "",
        "is_on": True,
    }
    assert Action.objects.get().address == "https://shop.example/orders"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense", "no list of actions"),
        ("[[actions]]\nname = 'x'", "at least"),
        ("[[actions]]\nname = 'x'\nsecret = 'y'", "what no action has: secret"),
        (FILE.replace("MW\\d{8}", "(a+)+"), "JSON schema"),
    ],
)
def test_a_bad_file_is_one_sentence(cast: Cast, tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "actions.toml"
    file.write_text(text)
    with pytest.raises(CommandError, match=sentence):
        call_command("add_action", "--site", cast.shop.key, str(file))
    assert not Action.objects.exists()


def test_asked_from_a_shell_it_decides_to_act_and_does_nothing(cast: Cast, orders: Orders) -> None:
    register(cast.shop, address=orders.address)
    row = told("ask", "--site", cast.shop.key, "Please cancel my order MW20418833")
    assert (row["decision"], row["reason"]) == ("act", "proposed")
    assert row["action"] == {"name": "cancel_order", "arguments": {"order": "MW20418833"}}
    read = told("ask", "--site", cast.shop.key, "Where is my order MW20418833?")
    assert (read["decision"], read["action"]["name"]) == ("act", "order_status")
    question = told("ask", "--site", cast.shop.key, "How do I cancel an order?")
    assert question["action"] is None
    assert (orders.heard, ActionCall.objects.count()) == ([], 0)
