"""Two sites whose customers asked in vain; vectors in memory, jobs done when a test says so."""

import uuid
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from apps.conversations.models import Conversation, Handoff, Message, Site
from apps.knowledge.testing import indexes_in_memory
from tests.dashboard.conftest import NO_BROKER, bells  # noqa: F401 - a fixture
from tests.dashboard.seeding import make_site, say, start

# The stand-in embedder is told what is alike by words that are shared.
BAGS = ["Do you sell large gift bags?", "Do you sell small gift bags?", "Do you sell gift bags?"]
BAGS_ZH = ["你们卖礼品袋吗？", "请问你们卖礼品袋吗？", "你们也卖礼品袋吗？"]
SOLAR = ["Does the lamp charge by solar light?", "Does the lantern charge by solar light?"]


@pytest.fixture(autouse=True)
def quick_and_alone(settings: Settings, bells: list[uuid.UUID]) -> Iterator[None]:  # noqa: F811 - the fixture
    settings.REDIS_URL = NO_BROKER
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with indexes_in_memory():
        yield


@pytest.fixture
def site(transactional_db: None) -> Site:
    """Searches run in threads of their own, so rows must be committed."""
    return make_site("Lantern & Loom")


def ask(
    site: Site, text: str, *, locale: str = "en", reason: str = "no_evidence", minutes: int = 5
) -> Message:
    """A conversation of one question and its reply. Returns the reply."""
    conversation = start(site, locale=locale)
    question = say(conversation, "contact", text, minutes=minutes)
    decision = "handoff" if reason == "no_evidence" else "answer"
    return say(
        conversation,
        "assistant",
        "It is like this.",
        minutes=minutes,
        decision=decision,
        reason=reason,
        in_reply_to=question,
    )


def send_to_person(conversation: Conversation) -> Handoff:
    return Handoff.objects.create(conversation=conversation, reason=Handoff.Reason.CONTACT_ASKED)


def ask_all(site: Site) -> None:
    """Seven questions in vain, about gift bags in two languages and about solar light."""
    for text in (*BAGS, *SOLAR):
        ask(site, text)
    for text in BAGS_ZH[:2]:
        ask(site, text, locale="zh-hans")
