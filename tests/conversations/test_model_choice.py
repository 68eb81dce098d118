"""Which model a conversation is answered by: what is live, what is on trial, and who stands in."""

import uuid

import pytest
from pytest_django import Settings

from apps.conversations import services
from apps.conversations.models import Site
from apps.conversations.replying import readiness
from tests.dashboard.seeding import make_site

SOME = [uuid.UUID(int=number) for number in range(400)]


@pytest.fixture
def site(db: None, settings: Settings) -> Site:
    settings.LLM_MODEL, settings.LLM_BASE_URL = "home", "http://127.0.0.1:9/v1"
    return make_site("Lantern & Loom")


def names(site: Site) -> list[str]:
    site.refresh_from_db()
    return [readiness.name_for(site, conversation_id=one) for one in SOME]


def test_what_is_put_live_answers_and_the_base_model_before(site: Site) -> None:
    assert set(names(site)) == {"home"}
    services.put_live(site, model="shop-v1")
    assert set(names(site)) == {"shop-v1"}


def test_a_trial_takes_its_share_and_a_conversation_stays_with_its_model(site: Site) -> None:
    services.put_live(site, model="shop-v1")
    services.put_on_trial(site, model="shop-v2", share=25)
    first = names(site)
    assert 60 <= first.count("shop-v2") <= 140
    services.put_on_trial(site, model="shop-v2", share=50)
    more = names(site)
    assert all(after == "shop-v2" for before, after in zip(first, more, strict=True) if before == "shop-v2")
    services.put_on_trial(site, model="shop-v2", share=0)
    assert set(names(site)) == {"shop-v1"}


def test_going_live_ends_the_trial(site: Site) -> None:
    services.put_on_trial(site, model="shop-v2", share=10)
    services.put_live(site, model="shop-v2")
    assert set(names(site)) == {"shop-v2"}
    assert (site.trial_model, site.trial_share) == ("", 0)


async def test_the_base_model_stands_in_for_a_version_that_is_down(settings: Settings) -> None:
    settings.LLM_MODEL, settings.LLM_BASE_URL = "home", "http://127.0.0.1:9/v1"
    site = Site(live_model="shop-v1")
    version = readiness.model_of(site)
    assert version.name == "shop-v1"
    version.is_down = True
    assert readiness.model_of(site).name == "home"
    readiness.model_of(site).is_down = True
    assert readiness.model_of(site).name == "shop-v1"
