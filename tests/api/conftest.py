from collections.abc import Iterator

import pytest

from apps.conversations.live import counting
from apps.conversations.models import Site
from apps.conversations.replying import answering
from apps.integrations import tokens
from apps.integrations.models import Scope
from dialogue.testing import ScriptedModel
from tests.api.program import Program
from tests.conversations.cast import FACTS, Cast, teach
from tests.conversations.conftest import broker_url, cast, chroma_url, knowledge, no_services  # noqa: F401 - fixtures


class Served:
    """A model server with one scripted model."""

    def __init__(self) -> None:
        self.chat = ScriptedModel(replies=["[1]"])
        self.is_down = False

    def went_down(self) -> None:
        self.is_down = True


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    served = Served()
    monkeypatch.setattr(answering, "model_of", lambda site, **_: served)
    return served


@pytest.fixture(autouse=True)
def nobody_called_before() -> Iterator[None]:
    counting.counted_here.clear()
    yield
    counting.counted_here.clear()


@pytest.fixture
def learned(cast: Cast) -> Cast:  # noqa: F811
    teach(cast.shop, FACTS)
    return cast


def token_for(site: Site, *scopes: str, name: str = "Robot") -> str:
    return tokens.make_token(site, name=name, scopes=scopes or tuple(Scope.values))[1]


@pytest.fixture
def shop_program(learned: Cast) -> Program:
    """May do everything at the shop."""
    return Program(token_for(learned.shop))


@pytest.fixture
def other_program(learned: Cast) -> Program:
    return Program(token_for(learned.other))
