"""Sessions: which page may begin one, who the visitor is, and how long a token is good for."""

import time
from datetime import timedelta
from typing import Any

import pytest

from apps.conversations.attributes import canonical
from apps.conversations.models import Contact
from apps.widget import tokens
from apps.widget.tokens import sign_identity
from tests.conversations.cast import OTHER, SHOP, Cast
from tests.widget.browser import Browser, code_of, visitor


def later(monkeypatch: pytest.MonkeyPatch, **passed: int) -> None:
    then = time.time() + timedelta(**passed).total_seconds()
    monkeypatch.setattr(time, "time", lambda: then)


async def test_session_tells_all_that_the_widget_needs(cast: Cast) -> None:
    session = (await Browser().begin(cast.shop, locale="zh-CN")).json()
    assert session["verified"] is False
    assert session["site"] == {"name": "Shop", "greeting": "你好！", "suggestions": [], "locale": "zh-hans"}
    assert session["may_train"] is None
    assert set(session) == {"token", "expires_at", "contact_id", "verified", "may_train", "site"}


@pytest.mark.parametrize(
    ("origin", "status", "code"),
    [
        (SHOP, 201, ""),
        ("http://testserver", 201, ""),  # our own frame
        ("http://127.0.0.1:8000", 201, ""),  # our own frame, as PUBLIC_URL names it
        ("", 403, "origin_required"),
        (OTHER, 403, "origin_not_allowed"),
        ("null", 403, "origin_not_allowed"),
        (SHOP + ".evil.example", 403, "origin_not_allowed"),
        ("http://shop.example", 403, "origin_not_allowed"),
    ],
)
async def test_session_begins_only_on_the_sites_pages(
    cast: Cast, origin: str, status: int, code: str
) -> None:
    response = await Browser(origin=origin).begin(cast.shop)
    assert response.status_code == status
    if code:
        assert code_of(response) == code


@pytest.mark.parametrize("key", ["", "sd_nobody", "x" * 10_000, "nul\x00"])
async def test_unknown_site(cast: Cast, key: str) -> None:
    response = await Browser().post("sessions", {"site_key": key})
    assert (response.status_code, code_of(response)) == (404, "unknown_site")


async def test_renewal_keeps_the_contact_even_after_the_token_ran_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    first = (await browser.begin(cast.shop)).json()
    later(monkeypatch, hours=3)
    assert code_of(await browser.get("conversations")) == "token_expired"
    renewed = (await browser.begin(cast.shop, token=first["token"])).json()
    assert renewed["contact_id"] == first["contact_id"]
    assert (await browser.get("conversations")).status_code == 200


async def test_after_a_month_a_token_begins_a_new_contact(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await Browser().begin(cast.shop)).json()
    later(monkeypatch, days=31)
    renewed = (await Browser().begin(cast.shop, token=first["token"])).json()
    assert renewed["contact_id"] != first["contact_id"]


async def test_a_token_of_another_site_or_garbage_begins_a_new_contact(cast: Cast) -> None:
    foreign = (await visitor(cast.other, origin=OTHER)).token
    for token in (foreign, "garbage", "a:b:c", "é", ""):
        response = await Browser().begin(cast.shop, token=token)
        assert response.status_code == 201
        assert response.json()["contact_id"] != str(cast.stranger.pk)


@pytest.mark.parametrize("token", ["garbage", "a:b:c", "\xe9\xff", "x" * 5000])
async def test_garbage_is_no_token(cast: Cast, token: str) -> None:
    response = await Browser(token=token).get("conversations")
    assert (response.status_code, code_of(response)) == (401, "token_invalid")


async def test_a_call_without_a_token(cast: Cast) -> None:
    response = await Browser().get("conversations")
    assert (response.status_code, code_of(response)) == (401, "token_missing")


async def test_a_token_from_the_future_or_of_another_key_is_refused(cast: Cast, settings: Any) -> None:
    settings.SECRET_KEY = "another-key-that-somebody-made-up"
    token, _ = tokens.issue(cast.customer, origin=SHOP)
    settings.SECRET_KEY = "the-key-of-this-server"
    assert code_of(await Browser(token=token).get("conversations")) == "token_invalid"


async def test_a_token_is_bound_to_its_origin(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    browser.origin = "http://testserver"
    assert code_of(await browser.get("conversations")) == "origin_not_allowed"
    browser.origin = ""  # browsers name no origin when our own page reads
    assert (await browser.get("conversations")).status_code == 200


async def test_a_page_that_is_taken_off_the_list_is_out_at_once(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    cast.shop.origins = []
    await cast.shop.asave()
    for origin in (SHOP, ""):
        browser.origin = origin
        assert code_of(await browser.get("conversations")) == "origin_not_allowed"


# --- Identity -----------------------------------------------------------------------------------------------


def identity(cast: Cast, *, user_id: str = "user-1", lasts: timedelta = timedelta(hours=1)) -> dict[str, Any]:
    exp = int(time.time() + lasts.total_seconds())
    return {
        "user_id": user_id,
        "exp": exp,
        "signature": sign_identity(cast.shop, user_id=user_id, exp=exp),
        "name": "林小梅",
    }


async def test_signed_identity_is_the_same_contact_on_every_device(cast: Cast) -> None:
    one = (await Browser().begin(cast.shop, identity=identity(cast))).json()
    other = (await Browser().begin(cast.shop, identity=identity(cast))).json()
    assert one["verified"]
    assert one["contact_id"] == other["contact_id"]


async def test_signing_in_takes_the_anonymous_conversation_along(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    conversation = await browser.converse()
    await browser.begin(cast.shop, identity=identity(cast), token=browser.token)
    listed = (await browser.get("conversations")).json()["conversations"]
    assert [one["id"] for one in listed] == [conversation]


@pytest.mark.parametrize(
    "change",
    [
        {"user_id": "user-2"},
        {"exp": 4_000_000_000},
        {"exp": 10**30},
        {"signature": "0" * 64},
        {"signature": ""},
        {"signature": "é"},
    ],
)
async def test_identity_that_is_not_signed_is_refused(cast: Cast, change: dict[str, Any]) -> None:
    response = await Browser().begin(cast.shop, identity=identity(cast) | change)
    assert (response.status_code, code_of(response)) == (401, "identity_invalid")


async def test_a_name_of_ten_thousand_characters_is_refused(cast: Cast) -> None:
    response = await Browser().begin(cast.shop, identity=identity(cast) | {"name": "x" * 10_000})
    assert response.status_code == 422
    assert not await Contact.objects.filter(name__startswith="xx").aexists()


async def test_identity_that_has_expired_is_refused(cast: Cast) -> None:
    response = await Browser().begin(cast.shop, identity=identity(cast, lasts=timedelta(seconds=-1)))
    assert code_of(response) == "identity_invalid"


async def test_identity_signed_for_one_site_is_nothing_to_another(cast: Cast) -> None:
    response = await Browser(origin=OTHER).begin(cast.other, identity=identity(cast))
    assert code_of(response) == "identity_invalid"


# --- Attributes ---------------------------------------------------------------------------------------------

GOLD = {"plan": "gold", "orders": 3, "rate": 0.5, "newsletter": False}


def vouched(cast: Cast, attributes: dict[str, Any] | None, *, user_id: str = "user-1") -> dict[str, Any]:
    """An identity whose signature covers the attributes."""
    given = identity(cast, user_id=user_id)
    signature = sign_identity(cast.shop, user_id=user_id, exp=given["exp"], attributes=attributes)
    return given | {"signature": signature, "attributes": attributes}


async def known(cast: Cast) -> dict[str, Any]:
    contact = await Contact.objects.aget(site=cast.shop, external_id="user-1")
    attributes: dict[str, Any] = contact.attributes
    return attributes


async def test_signed_attributes_are_kept_until_others_are_signed(cast: Cast) -> None:
    assert (await Browser().begin(cast.shop, identity=vouched(cast, GOLD))).json()["verified"]
    assert await known(cast) == GOLD
    await Browser().begin(cast.shop, identity=identity(cast))  # as before there were any
    await Browser().begin(cast.shop, identity=identity(cast) | {"attributes": None})
    assert await known(cast) == GOLD
    await Browser().begin(cast.shop, identity=vouched(cast, {}))
    assert await known(cast) == {}


@pytest.mark.parametrize("attributes", [{**GOLD, "plan": "platinum"}, {"plan": "gold"}, {}, None])
async def test_attributes_that_the_signature_does_not_cover_are_refused(
    cast: Cast, attributes: dict[str, Any] | None
) -> None:
    changed = vouched(cast, GOLD) | {"attributes": attributes}
    refused = await Browser().begin(cast.shop, identity=changed)
    assert (refused.status_code, code_of(refused)) == (401, "identity_invalid")
    added = await Browser().begin(cast.shop, identity=identity(cast) | {"attributes": GOLD})
    assert code_of(added) == "identity_invalid"
    assert not await Contact.objects.filter(external_id="user-1").aexists()


@pytest.mark.parametrize(
    "attributes",
    [
        {f"name {number}": 1 for number in range(21)},
        {"": "x"},
        {" ": "x"},
        {"n" * 41: "x"},
        {"nul\x00": "x"},
        {"x": "\ud800"},
        {"x": "长" * 201},
        {"x": None},
        {"x": ["gold"]},
        {"x": {"y": "z"}},
        {"x": 10**15},
        {"x": 1e-7},
    ],
)
async def test_attributes_of_another_form_are_refused_with_a_sentence(
    cast: Cast, attributes: dict[str, Any]
) -> None:
    response = await Browser().begin(cast.shop, identity=identity(cast) | {"attributes": attributes})
    assert (response.status_code, code_of(response)) == (422, "bad_attributes")
    assert "up to 20 names" in response.json()["error"]["message"]


def test_attributes_are_signed_as_any_server_writes_them() -> None:
    """The text is what `JSON.stringify` gives in a browser, names in order (RFC 8785)."""
    attributes = {
        "b": 1.0,
        "a": 0.000001,
        "会员": '金卡 "x"/\u202e\n',
        "é": -0.0,
        "c": True,
        "d": 1.5e14,
        "": "",
    }
    assert canonical(attributes) == (
        '{"":"","a":0.000001,"b":1,"c":true,"d":150000000000000,"é":0,"会员":"金卡 \\"x\\"/\u202e\\n"}'
    )
