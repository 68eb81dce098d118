"""Translations at an agent's wish: of this conversation's messages only, and said plainly when there is none."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.conversations.desk import translating
from dialogue.testing import ScriptedModel
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, say


@pytest.fixture
def agent(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["agent"])


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    chat = ScriptedModel(replies=["I would like to return order L-2041."])
    monkeypatch.setattr(translating, "base_model", lambda: SimpleNamespace(is_down=False, chat=chat))
    return chat


def wish(client: Client, desk: Desk, **fields: object) -> HttpResponse:
    return client.post(reverse("translate", args=[desk.site.pk, desk.conversations["mine"].pk]), fields)


def test_a_message_is_translated_by_its_id(agent: Client, desk: Desk, model: ScriptedModel) -> None:
    message = say(desk.conversations["mine"], "contact", "我想退掉订单 L-2041，一共 3 件。")
    told = wish(agent, desk, message=message.pk, to="en").json()
    assert told["text"] == "I would like to return order L-2041."
    assert told["sentence"] == "Look at it: 3 is missing in the translation."
    assert model.prompts[0][-1].content == message.text


def test_so_is_what_an_agent_is_about_to_write(agent: Client, desk: Desk, model: ScriptedModel) -> None:
    told = wish(agent, desk, text="我想退掉订单 L-2041。", to="en").json()
    assert told == {"text": "I would like to return order L-2041.", "sentence": ""}


def test_only_what_is_in_another_language_offers_it(agent: Client, desk: Desk) -> None:
    say(desk.conversations["mine"], "contact", "你好，请问几点开门？")
    address = reverse("conversation", args=[desk.site.pk, desk.conversations["mine"].pk])
    page = agent.get(address).content.decode()
    assert page.count("data-message=") == 1
    agent.post(reverse("set_language"), {"locale": "zh-hans", "next": "/"})
    page = agent.get(address).content.decode()
    assert "你好，请问几点开门？" in page
    assert 'data-to="zh"' in page


def test_a_message_of_another_conversation_or_site_is_not_there(
    agent: Client, desk: Desk, as_person: LogIn, model: ScriptedModel
) -> None:
    other = say(desk.conversations["waiting"], "contact", "别人的话")
    assert wish(agent, desk, message=other.pk, to="en").status_code == 404
    assert wish(agent, desk, message=uuid4(), to="en").status_code == 404
    assert wish(agent, desk, message="garbage", to="en").status_code == 404
    assert wish(as_person(desk.stranger), desk, text="Hello", to="zh").status_code == 404
    assert model.prompts == []


@pytest.mark.parametrize(
    "fields", [{}, {"text": "  ", "to": "en"}, {"text": "Hi", "to": "fr"}, {"text": "x" * 8001, "to": "zh"}]
)
def test_what_cannot_be_translated_is_refused(agent: Client, desk: Desk, fields: dict[str, str]) -> None:
    answer = wish(agent, desk, **fields)
    assert answer.status_code == 422
    assert answer.json()["sentence"] == "There is nothing to translate."


def test_a_model_that_is_down_is_said_plainly(
    agent: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in (
        SimpleNamespace(is_down=True),
        SimpleNamespace(is_down=False, chat=ScriptedModel(replies=[OSError()])),
    ):
        monkeypatch.setattr(translating, "base_model", lambda model=model: model)
        answer = wish(agent, desk, text="Hello", to="zh")
        assert answer.status_code == 409
        assert answer.json() == {"sentence": "The model gives no translation right now. Please try again."}
