"""Whether a visitor's conversations may be learnt from: said by the visitor, and by nobody else."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.conversations.models import Contact
from apps.training.snapshotting import may_be_learnt_from
from tests.conversations.cast import OTHER, Cast
from tests.widget.browser import Browser, code_of, visitor
from tests.widget.test_sessions import identity


async def said_by(contact_id: str) -> bool | None:
    contact = await sync_to_async(Contact.objects.get)(pk=contact_id)
    return contact.may_train


async def test_the_last_word_counts_and_is_told_in_the_next_session(cast: Cast) -> None:
    browser = Browser()
    session = (await browser.begin(cast.shop)).json()
    assert (session["may_train"], await said_by(session["contact_id"])) == (None, None)
    for word in (True, False):
        answer = await browser.post("consent", {"may_train": word})
        assert (answer.status_code, answer.json()) == (200, {"may_train": word})
        renewed = (await browser.begin(cast.shop, token=browser.token)).json()
        assert renewed["may_train"] is word
        contact = await sync_to_async(Contact.objects.get)(pk=session["contact_id"])
        assert may_be_learnt_from(contact, consent="given") is word


async def test_it_is_ones_own_word_alone(cast: Cast) -> None:
    mine, theirs = await visitor(cast.shop), await visitor(cast.other, origin=OTHER)
    await mine.post("consent", {"may_train": True, "contact_id": "somebody"})
    session = (await theirs.begin(cast.other, token=theirs.token)).json()
    assert session["may_train"] is None


@pytest.mark.parametrize("word", [True, False])
async def test_a_stranger_who_signs_in_takes_their_word_along(cast: Cast, word: bool) -> None:
    earlier = await visitor(cast.shop, identity=identity(cast))
    await earlier.post("consent", {"may_train": not word})
    browser = await visitor(cast.shop)
    await browser.post("consent", {"may_train": word})
    session = (await browser.begin(cast.shop, identity=identity(cast), token=browser.token)).json()
    assert session["may_train"] is word


async def test_who_said_nothing_before_signing_in_changes_nothing(cast: Cast) -> None:
    earlier = await visitor(cast.shop, identity=identity(cast))
    await earlier.post("consent", {"may_train": False})
    browser = await visitor(cast.shop)
    session = (await browser.begin(cast.shop, identity=identity(cast), token=browser.token)).json()
    assert session["may_train"] is False


@pytest.mark.parametrize("body", [{}, {"may_train": None}, {"may_train": "perhaps"}, []])
async def test_what_is_no_word_is_refused(cast: Cast, body: Any) -> None:
    browser = await visitor(cast.shop)
    answer = await browser.post("consent", body)
    assert answer.status_code == 422
    assert code_of(answer)


async def test_nobody_speaks_without_a_token(cast: Cast) -> None:
    assert code_of(await Browser().post("consent", {"may_train": True})) == "token_missing"
