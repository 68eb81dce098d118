"""Arguments that are more than texts: which schemas are taken, how values are read, shown and sent."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.actions import registry
from apps.actions.arguments import fits, labelled, read
from apps.actions.asking import act_for
from apps.actions.confirming import decide, run
from apps.actions.errors import BadInput
from apps.actions.models import Action, ActionCall
from apps.actions.schemas import checked
from apps.conversations import services
from apps.conversations.models import Conversation
from tests.actions.service import Orders
from tests.actions.test_desk import act, client_of
from tests.conversations.cast import Cast

RETURN = {
    "type": "object",
    "properties": {
        "order": {"type": "string", "pattern": r"MW\d{8}", "x-label": {"en": "order", "zh-hans": "订单号"}},
        "pieces": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10,
            "x-label": {"en": "number of pieces", "zh-hans": "件数"},
        },
        "how": {
            "type": "string",
            "enum": ["refund", "exchange"],
            "x-label": {"en": "refund or exchange", "zh-hans": "退款或换货"},
            "x-choices": {"refund": {"en": "money back", "zh-hans": "退款"}},
        },
        "opened": {"type": "boolean", "x-label": {"en": "opened", "zh-hans": "是否拆封"}},
        "weight": {"type": "number", "minimum": 0.1},
        "pickup": {"type": "string", "format": "date", "x-label": {"en": "pick-up", "zh-hans": "取件日期"}},
    },
    "required": ["order", "pieces", "how", "opened"],
}
GIVEN = {"order": "MW20418833", "pieces": "2", "how": "refund", "opened": "false"}
TYPED = {"order": "MW20418833", "pieces": 2, "how": "refund", "opened": False}


def one(**told: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": told}}


# --- Schemas ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ([], "must be an object"),
        ({"type": "array"}, "must be an object"),
        ({"type": "object", "oneOf": []}, "“oneOf” is not taken"),
        ({"type": "object", "properties": {f"a{n}": {"type": "boolean"} for n in range(7)}}, "six"),
        ({**one(type="boolean"), "required": ["b"]}, "“required”"),
        ({**one(type="boolean"), "required": "a"}, "“required”"),
        (one(type="array"), "“a”: the type “array” is not taken"),
        (one(type=["string", "null"]), "is not taken"),
        (one(**{"$ref": "#/definitions/a"}), "the type “None” is not taken"),
        (one(type="string", minLength=3), "“a”: “minLength” is not taken"),
        (one(type="integer", multipleOf=2), "“multipleOf” is not taken"),
        (one(type="boolean", enum=[True]), "“enum” is not taken"),
        (one(type="string", format="email"), "“format” has a value"),
        (one(type="string", format="date", enum=["2026-12-24"]), "“format” has a value"),
        (one(type="string", enum=["a", "a"]), "“enum” has a value"),
        (one(type="string", enum=[1]), "“enum” has a value"),
        (one(type="string", enum=["a"], **{"x-choices": {"b": {"en": "B"}}}), "“x-choices” has a value"),
        (one(type="integer", minimum="1"), "“minimum” has a value"),
        (one(type="integer", minimum=True), "“minimum” has a value"),
        (one(type="number", minimum=3, maximum=2), "“minimum” has a value"),
        (one(type="number", maximum=1e300), "“maximum” has a value"),
        (one(type="string", pattern="(a+)+$"), "“pattern” has a value"),
        ({"type": "object", "properties": {"user_id": {"type": "integer"}}}, "would name a person"),
        ({"type": "object", "properties": {"A b": {"type": "integer"}}}, "“A b” is no name"),
    ],
)
def test_a_schema_that_is_not_taken_says_where_and_why(schema: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked(schema)
    assert said in refused.value.sentence


def test_a_schema_of_all_kinds_is_taken() -> None:
    assert checked(RETURN) == RETURN


# --- Values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [GIVEN, TYPED, {**GIVEN, "weight": "", "pickup": ""}])
def test_values_are_read_as_the_schema_types_them(given: dict[str, Any]) -> None:
    read_back = read(given, schema=RETURN)
    assert read_back == TYPED
    assert type(read_back["pieces"]) is int
    assert fits(read_back, schema=RETURN)


def test_what_may_be_left_out_is_read_where_it_is_given() -> None:
    told = read({**GIVEN, "weight": "2.50", "pickup": "2026-12-24"}, schema=RETURN)
    assert (told["weight"], told["pickup"]) == (2.5, "2026-12-24")
    assert read({**GIVEN, "weight": "3.0"}, schema=RETURN)["weight"] == 3


@pytest.mark.parametrize(
    ("changed", "english", "chinese"),
    [
        ({"pieces": ""}, "“number of pieces” is missing.", "件数"),
        ({"pieces": "two"}, "“number of pieces” must be a whole number.", "件数"),
        ({"pieces": "1.5"}, "must be a whole number", "件数"),
        ({"pieces": True}, "must be a whole number", "件数"),
        ({"pieces": "11"}, "must lie between 1 and 10.", "件数"),
        ({"weight": "1e5"}, "“weight” must be a number.", "weight"),
        ({"weight": float("nan")}, "must be a number", "weight"),
        ({"weight": float("inf")}, "must be a number", "weight"),
        ({"weight": "0"}, "must lie between 0.1 and …", "weight"),
        ({"how": "voucher"}, "must be one of the choices", "退款或换货"),
        ({"opened": "maybe"}, "“opened” must be yes or no.", "是否拆封"),
        ({"opened": 1}, "must be yes or no", "是否拆封"),
        ({"pickup": "24.12.2026"}, "“pick-up” must be a date like 2026-12-24.", "取件日期"),
        ({"pickup": "2026-02-30"}, "must be a date", "取件日期"),
        ({"order": "12345"}, "“order” is not written as it should be.", "订单号"),
        ({"order": ["MW20418833"]}, "must be a text", "订单号"),
        ({"customer_id": "bob"}, "asks for no “customer_id”", "customer_id"),
    ],
)
def test_what_does_not_fit_is_named_in_the_readers_language(
    changed: dict[str, Any], english: str, chinese: str
) -> None:
    for language, said in (("en", english), ("zh-hans", chinese)):
        with translation.override(language), pytest.raises(BadInput) as refused:
            read({**GIVEN, **changed}, schema=RETURN)
        assert said in refused.value.sentence


@pytest.mark.parametrize("changed", [{"pieces": "2"}, {"pieces": 2.0}, {"opened": 0}, {"weight": 1.0}])
def test_only_what_is_typed_already_fits(changed: dict[str, Any]) -> None:
    assert not fits({**TYPED, **changed}, schema=RETURN)


def test_people_read_words_and_not_codes() -> None:
    told = {row["label"]: row["value"] for row in labelled(TYPED, schema=RETURN, locale="zh-hans")}
    assert told == {"订单号": "MW20418833", "件数": "2", "退款或换货": "退款", "是否拆封": "否"}
    english = [row["value"] for row in labelled(TYPED, schema=RETURN, locale="en")]
    assert english == ["MW20418833", "2", "money back", "No"]


# --- At the desk ------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(cast: Cast, orders: Orders) -> Conversation:
    """Ann's conversation, with the agent, and a return that takes all kinds of values."""
    registry.keep_action(
        cast.shop,
        name="return_order",
        title={"en": "Return an order"},
        address=f"{orders.address}return",
        schema=RETURN,
        intent=Action.Intent.RETURN,
        told={"en": "{pieces} of {order} come back ({how}, opened: {opened})."},
    )
    ann = services.recognize(cast.shop, user_id="ann", locale="en")
    conversation = services.start_conversation(ann)
    services.take_over(conversation, by=cast.agent)
    return conversation


def client(cast: Cast) -> Client:
    return client_of(cast.agent.user)


def test_the_form_asks_for_each_kind_in_its_own_way(office: Conversation, cast: Cast) -> None:
    page = client(cast).get(reverse("context", args=[office.site_id, office.pk])).content.decode()
    for field in (
        'type="number" step="1" min="1" max="10" required',
        'type="number" step="any" min="0.1" autocomplete',
        '<option value="refund">money back</option>',
        '<option value="true">Yes</option>',
        'type="date" autocomplete',
    ):
        assert field in page
    assert page.count("(optional)") == 2


def test_a_confirmed_card_sends_values_as_they_are_typed(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    orders.behaves = (200, b'{"result": {}}')
    shown = act(client(cast), office, "return_order", **GIVEN).content.decode()
    call = ActionCall.objects.get()
    assert call.arguments == TYPED
    assert "money back" in shown
    decide(office.contact, nonce=call.nonce, accept=True)
    done = run(call.pk)
    assert (done.state, done.text) == ("done", "2 of MW20418833 come back (money back, opened: No).")
    assert orders.bodies[0]["arguments"] == TYPED


def test_what_is_refused_says_which_field(office: Conversation, cast: Cast) -> None:
    answer = act(client(cast), office, "return_order", **{**GIVEN, "pieces": "11"})
    assert answer.status_code == 422
    assert "“number of pieces” must lie between 1 and 10." in answer.content.decode()


def test_a_card_whose_schema_changed_meanwhile_is_not_run(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    call = act_for(office, by=cast.agent, name="return_order", arguments=GIVEN)
    narrower = {**RETURN, "properties": {**RETURN["properties"], "pieces": {"type": "string"}}}  # type: ignore[dict-item] # a dict
    Action.objects.update(schema=narrower)
    decide(office.contact, nonce=call.nonce, accept=True)
    assert (run(call.pk).reason, orders.heard) == ("changed", [])
