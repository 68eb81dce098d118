"""Which chat model answers a conversation of a site, and whether it is known to be down.

A model counts as up until it fails an answer or a probe; while it is down it is probed every few seconds in the
background, never on the way of an answer.
"""

import asyncio
import contextvars
import hashlib
import logging
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings

from apps.conversations.models import Site
from dialogue import connect, is_ready

logger = logging.getLogger(__name__)

PROBE_EVERY = 3.0
PROBE_SECONDS = 15.0


class Model:
    """One model name at the model server, as one event loop sees it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.chat = connect(base_url=settings.LLM_BASE_URL, api_key=settings.LLM_API_KEY, model=name)
        self.is_down = False
        self._probe: asyncio.Task[None] | None = None
        self.look_again()

    def went_down(self) -> None:
        self.is_down = True
        self.look_again()

    def look_again(self) -> None:
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._watch(), context=contextvars.Context())

    async def _watch(self) -> None:
        while not await self._answers():
            if not self.is_down:
                logger.warning("The model %s does not answer.", self.name)
            self.is_down = True
            await asyncio.sleep(PROBE_EVERY)
        if self.is_down:
            logger.warning("The model %s answers again.", self.name)
        self.is_down = False

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await is_ready(self.chat)
        except TimeoutError:
            return False


_models: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], Model]] = WeakKeyDictionary()


def model_of(site: Site, *, conversation_id: UUID | None = None) -> Model:
    """The base model stands in for a version that is down: a model server that was restarted knows no versions yet."""
    model = _model(name_for(site, conversation_id=conversation_id))
    base = _model(settings.LLM_MODEL)
    return base if model.is_down and not base.is_down else model


def base_model() -> Model:
    """The model as it was bought: for what no version was taught, as translating."""
    return _model(settings.LLM_MODEL)


def judge_model() -> Model:
    """The judge of the support check, served beside the chat models."""
    return _model(settings.JUDGE_MODEL)


def name_for(site: Site, *, conversation_id: UUID | None) -> str:
    """A conversation stays with the version that it began with, as long as the trial's share does not shrink."""
    if site.trial_model and conversation_id is not None:
        place = int.from_bytes(hashlib.sha256(f"{site.trial_model} {conversation_id}".encode()).digest()[:4])
        if place % 100 < site.trial_share:
            return site.trial_model
    return site.live_model or settings.LLM_MODEL


def _model(name: str) -> Model:
    """Kept per event loop, as its connections are."""
    models = _models.setdefault(asyncio.get_running_loop(), {})
    key = (settings.LLM_BASE_URL, name)
    if key not in models:
        models[key] = Model(name)
    return models[key]
