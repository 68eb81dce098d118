"""Writes the assistant's replies: from a claimed row through `dialogue.answer` to a settled row.

The task that writes is detached from the request that caused it: it lives on when the customer's browser goes, and
when the process is asked to end it lets its reply go, so that another one may take it. A process that dies says
nothing; its heartbeat stops, and the sweeper or whoever next serves the conversation starts the reply again.
"""

import asyncio
import contextvars
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from apps.conversations.live import events
from apps.conversations.live.database import SEARCHERS, in_database, in_database_now
from apps.conversations.models import Site
from apps.conversations.replying import replies
from apps.conversations.replying.acting import hand_for
from apps.conversations.replying.readiness import model_of
from apps.conversations.replying.replies import HEARTBEAT_SECONDS, Claim, Orders, Shown
from apps.conversations.replying.strictness import check_of, note_judge
from apps.knowledge.chunk_store import Reader
from apps.knowledge.searching import search as search_knowledge
from dialogue import (
    Answer,
    AnswerLimits,
    Citation,
    Cited,
    Event,
    Finished,
    Hand,
    Search,
    Sentence,
    Turn,
    answer,
)
from retrieval import SearchResult

logger = logging.getLogger(__name__)

# How long a settled answer waits for a database that is away: with the last step it is a little over a minute.
SETTLE_WAITS = (0.2, 0.5, 1, 2, 4, 8, 15, 30)
MODEL_DOWN = "quoted_model_down"

_tasks: set[asyncio.Task[None]] = set()
_writing: dict[UUID, "Writing"] = {}
_warming: "asyncio.Task[SearchResult] | None" = None


def start_reply(reply_id: UUID) -> None:
    """Begins the reply in a task of its own, with nothing of the request in its context."""
    task = asyncio.create_task(run_reply(reply_id), context=contextvars.Context())
    _tasks.add(task)  # the loop itself holds tasks only weakly
    task.add_done_callback(_tasks.discard)


def halt(reply_id: UUID) -> None:
    """Somebody pressed stop. In another process the next heartbeat brings the news."""
    if reply_id in _writing:
        _writing[reply_id].orders.set()


def warm_up(site: Site) -> None:
    """Loads the embedder and looks at the model while the process's first customer is still typing."""
    global _warming
    if _warming is None:
        model_of(site)
        searching = asyncio.to_thread(search_of(site), "?", limit=1)
        _warming = asyncio.create_task(searching, context=contextvars.Context())
        _warming.add_done_callback(_note_failure)


def _note_failure(warming: "asyncio.Task[SearchResult]") -> None:
    if not warming.cancelled() and warming.exception() is not None:
        logger.warning("The first search failed: %s", warming.exception())


async def heal(conversation_id: UUID) -> None:
    """Starts what nobody is writing any more; called wherever the conversation is looked at.

    Of a conversation's replies only one is under way: while it is written here, none is lost.
    """
    if any(one.claim.conversation_id == conversation_id for one in _writing.values()):
        return
    for reply_id in await in_database(replies.lost_in, conversation_id):
        start_reply(reply_id)


async def run_reply(reply_id: UUID) -> None:
    """Writes this reply, unless somebody else does, and then those of its conversation that wait behind it."""
    following: UUID | None = reply_id
    while following is not None:
        claim = await in_database(replies.claim, following)
        if claim is None:
            return
        await _write(claim)
        following = await in_database(replies.next_in, claim.conversation_id)


async def _write(claim: Claim) -> None:
    try:
        await Writing(claim).run()
    except asyncio.CancelledError:
        in_database_now(replies.let_go, claim)  # the process ends: another one may go on at once
        raise
    except Exception:
        logger.exception("Reply %s was not finished in attempt %s", claim.reply_id, claim.attempt)
        await in_database(replies.let_go, claim)


class Writing:
    """One attempt at one reply."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.orders = asyncio.Event()  # set when this attempt must end early
        self.is_lost = False
        self.sentences: list[Sentence] = []
        self.citations: tuple[Citation, ...] = ()

    @property
    def shown(self) -> Shown:
        return Shown("".join(sentence.text for sentence in self.sentences), self.citations)

    async def run(self) -> None:
        async with self._registered():
            answer = await self._until_ordered()
            if answer is not None:
                await _insisting(lambda: replies.settle(self.claim, answer))
            elif not self.is_lost:
                await _insisting(lambda: replies.settle_stopped(self.claim, self.shown))

    @asynccontextmanager
    async def _registered(self) -> AsyncIterator[None]:
        _writing[self.claim.reply_id] = self
        heart = asyncio.create_task(self._keep_alive())
        try:
            yield
        finally:
            heart.cancel()
            if _writing.get(self.claim.reply_id) is self:
                del _writing[self.claim.reply_id]

    async def _until_ordered(self) -> Answer | None:
        """The answer, or None when it was ordered to end before there was one."""
        answering = asyncio.create_task(self._answer())
        ordered = asyncio.create_task(self.orders.wait())
        try:
            await asyncio.wait({answering, ordered}, return_when=asyncio.FIRST_COMPLETED)
            return answering.result() if answering.done() else None
        finally:
            ordered.cancel()
            answering.cancel()
            await asyncio.gather(answering, ordered, return_exceptions=True)

    async def _answer(self) -> Answer:
        result: Answer | None = None
        claim = self.claim
        answering = answer_for(
            claim.site,
            turn=claim.turn,
            conversation_id=claim.conversation_id,
            reader=claim.reader,
            hand=await in_database(hand_for, claim.conversation_id, claim.reply_id),
        )
        async with aclosing(answering) as told:
            async for event in told:
                match event:
                    case Sentence():
                        await self._show(event)
                    case Cited():
                        await self._cite(event)
                    case Finished():
                        result = event.answer
        assert result is not None, "an answer always ends with Finished"  # noqa: S101
        return result

    async def _show(self, sentence: Sentence) -> None:
        index = len(self.sentences)
        self.sentences.append(sentence)
        await self._emit("token", index=index, text=sentence.text, citations=list(sentence.citations))

    async def _cite(self, cited: Cited) -> None:
        self.citations = cited.citations
        await self._emit("citations", citations=[cited_as_json(one) for one in cited.citations])

    async def _emit(self, type: str, **data: object) -> None:
        claim = self.claim
        content = {"message_id": str(claim.reply_id), **data}
        await events.emit(claim.conversation_id, type, content, seq=claim.seq, speaker=claim.speaker)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                orders = await in_database(replies.beat, self.claim, shown=self.shown.text)
            except (OperationalError, InterfaceError) as error:
                logger.warning("No heartbeat for %s: %s", self.claim.reply_id, error)
            else:
                self._obey(orders)

    def _obey(self, orders: Orders) -> None:
        self.is_lost = self.is_lost or orders.lost
        if orders.lost or orders.stop:
            self.orders.set()


async def _insisting(write: Callable[[], bool]) -> None:
    """An answer that is ready is not thrown away because the database is away for a minute."""
    for wait in SETTLE_WAITS:
        try:
            await in_database(write)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The answer waits for the database: %s", error)
            await asyncio.sleep(wait)
        else:
            return
    await in_database(write)


async def answer_for(
    site: Site,
    *,
    turn: Turn,
    conversation_id: UUID | None = None,
    reader: Reader = Reader.CUSTOMER,
    hand: Hand | None = None,
) -> AsyncGenerator[Event, None]:
    """The site's own search and model. A model that fails is left alone until a probe finds it up again.

    `hand`: only for an answer that goes to the customer; a draft does nothing.
    """
    model = model_of(site, conversation_id=conversation_id)
    chat = None if model.is_down else model.chat
    search = search_of(site, reader=reader)
    limits = AnswerLimits(quote_from=settings.QUOTE_FROM / 100)
    told = answer(turn, search=search, model=chat, hand=hand, limits=limits, checking=check_of(site))
    async with aclosing(told) as events:
        async for event in events:
            if isinstance(event, Finished):
                note_judge(event.answer)
                if event.answer.reason == MODEL_DOWN and chat is not None:
                    model.went_down()
            yield event


def search_of(site: Site, *, reader: Reader = Reader.CUSTOMER) -> Search:
    def search(question: str, *, limit: int = 8) -> SearchResult:
        searching = SEARCHERS.submit(
            search_knowledge,
            site.knowledge_base_id,
            question,
            limit=limit,
            reader=reader,
            today=site.today,
        )
        return searching.result()

    return search


def cited_as_json(citation: Citation) -> dict[str, object]:
    return {
        "number": citation.number,
        "title": citation.title,
        "text": citation.text,
        "url": citation.url,
        "heading_path": list(citation.heading_path),
    }
