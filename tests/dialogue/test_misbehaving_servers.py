"""The answer over real HTTP, while the model server misbehaves: always a sentence with its source, always in time."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import pytest
import uvicorn

from dialogue import AnswerLimits, Finished, Sentence, Turn, answer, connect, is_ready
from dialogue.testing.stand_in import StandIn
from tests.dialogue.test_answering import RETURNS, finds, passage

SHORT = AnswerLimits(first_token=0.6, between_tokens=0.6, total=1.6)
SEARCH = finds(passage(RETURNS, title="Returns"))
QUESTION = "How long does a refund take?"
ANSWER = "Refunds reach your card within 5 business days."


@contextmanager
def served(app: StandIn) -> Iterator[str]:
    """The stand-in on a free port, in a thread of this process."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    )  # type: ignore[arg-type]
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.force_exit = server.should_exit = True
        thread.join(timeout=10)


async def ask(url: str, *, limits: AnswerLimits = SHORT, question: str = QUESTION):
    model = connect(base_url=url, api_key="", model="home")
    events = [
        event async for event in answer(Turn(question=question), search=SEARCH, model=model, limits=limits)
    ]
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(event, Finished) for event in events) == 1
    return events[-1].answer


async def test_a_well_behaved_server_is_quoted_with_its_usage():
    with served(StandIn(mode="script", script=[f"{ANSWER} [4]"])) as url:
        done = await ask(url)
    assert (done.reason, done.source, done.text) == ("supported", "model", f"{ANSWER} [1]")
    assert done.usage["output_tokens"] > 0


@pytest.mark.parametrize(
    ("mode", "failure"),
    [
        ("silent", "silent"),
        ("slow", "silent"),
        ("stall", "slow"),
        ("drop", "unreachable"),
        ("error", "refused"),
        ("busy", "refused"),
        ("garbled", "garbled"),
        ("json", "garbled"),
        ("empty", "silent"),
        ("think_open", "silent"),
    ],
)
async def test_a_server_that_fails_leads_to_a_quotation(mode, failure):
    with served(StandIn(mode=mode)) as url:
        done = await ask(url)
    assert (done.decision, done.reason, done.notice) == ("answer", "quoted_model_down", "model_unavailable")
    assert ANSWER in done.text
    assert done.citations[0].title == "Returns"
    assert done.trace["failure"] == failure


@pytest.mark.parametrize("mode", ["loop", "endless"])
async def test_words_without_end_are_cut_and_the_passage_quoted(mode):
    with served(StandIn(mode=mode)) as url:
        done = await ask(url)
    assert ANSWER in done.text
    assert "contact our service" not in done.text


@pytest.mark.parametrize(
    "said",
    [
        "I have transferred you to a colleague, please wait. [1]",
        "已为您转接人工客服，请稍候。[1]",
        "退款将在5个工作日内退回您的银行卡，一定会到账。[4]",
        "Le remboursement arrive sous cinq jours ouvrables. [4]",
        '{"answer": "Refunds take 14 days", "citations": [1, 2]}',
        '```json\n{"decision": "handoff"}\n```',
        "Refunds take 14 days. [9]",
        "[12] [99]",
        "<think>The source says five days.</think>",
        "<think>secret thought</think>Your refund was sent today. [4]",
        "I am only a language model and have no access to that. [1]",
        "<script>alert(1)</script> Click [here](https://evil.example). [1]",
    ],
)
async def test_what_no_passage_says_is_never_shown(said):
    with served(StandIn(mode="script", script=[said])) as url:
        done = await ask(url)
    assert (done.decision, done.text) == ("answer", f"{ANSWER} [1]")
    assert [cited.title for cited in done.citations] == ["Returns"]
    assert not done.offers_person


@pytest.mark.parametrize("mode", ["think", "think_open", "think_closed"])
async def test_thoughts_reach_neither_the_customer_nor_the_trace(mode):
    with served(StandIn(mode=mode)) as url:
        done = await ask(url)
    assert "secret thought" not in str(done)
    assert ANSWER in done.text


async def test_a_server_that_is_not_there_leads_to_a_quotation():
    done = await ask("http://127.0.0.1:9/v1")
    assert done.reason == "quoted_model_down"
    assert ANSWER in done.text


async def test_leaving_an_answer_closes_the_request_upstream():
    app = StandIn(mode="script", script=[f"{ANSWER} [4]\n" + RETURNS * 20], pause=0.1)
    with served(app) as url:
        model = connect(base_url=url, api_key="", model="home")
        events = answer(Turn(question=QUESTION), search=SEARCH, model=model)
        async for event in events:
            if isinstance(event, Sentence):
                break
        await events.aclose()
        deadline = time.monotonic() + 5
        while not app.left and time.monotonic() < deadline:  # noqa: ASYNC110 - it is set in the server's own thread
            await asyncio.sleep(0.02)
    assert app.left == 1


async def test_ready_means_that_a_token_came_back():
    app = StandIn(mode="ok")
    with served(app) as url:
        model = connect(base_url=url, api_key="", model="home")
        assert await is_ready(model)
        async with httpx.AsyncClient() as client:
            await client.post(f"{url.removesuffix('/v1')}/mode", json={"mode": "silent"})
        assert not await is_ready(model, within=0.3)
    assert not await is_ready(connect(base_url="http://127.0.0.1:9/v1", api_key="", model="home"))
