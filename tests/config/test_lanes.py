"""The short way in keeps the promises of the long one."""

import asyncio
import gzip

import httpx
import pytest

from apps.config.asgi import application
from apps.config.lanes import _stop

PROMISED = (
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "X-Frame-Options",
    "Content-Security-Policy",
)


def client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type] # an ASGI application all the same
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def test_answers_of_the_api_promise_browsers_what_pages_promise() -> None:
    async with client() as asking:
        called = await asking.get("/api/widget/v1/nowhere")
        page = await asking.get("/nowhere", headers={"Accept": "application/json"})
    assert (called.status_code, page.status_code) == (404, 404)
    assert called.json()["error"]["code"] == "not_found"
    assert {name: called.headers.get(name) for name in PROMISED} == {
        name: page.headers.get(name) for name in PROMISED
    }


async def test_customers_are_told_in_their_browsers_language() -> None:
    async with client() as asking:
        answer = await asking.get("/api/widget/v1/nowhere", headers={"Accept-Language": "zh-CN"})
    assert any("\u4e00" <= mark <= "\u9fff" for mark in answer.json()["error"]["message"])


async def test_static_files_come_compressed_to_those_who_take_it() -> None:
    async with client() as asking:
        plain = await asking.get("/static/widget/frame.js", headers={"Accept-Encoding": "identity"})
        async with asking.stream("GET", "/static/widget/frame.js") as answer:
            packed = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 2


async def test_static_file_that_did_not_change_is_not_sent_again() -> None:
    async with client() as asking:
        first = await asking.get("/static/widget/frame.js")
        again = await asking.get(
            "/static/widget/frame.js", headers={"If-Modified-Since": first.headers["Last-Modified"]}
        )
    assert again.status_code == 304


@pytest.mark.filterwarnings("error")
async def test_static_file_that_is_not_there_is_a_plain_404() -> None:
    async with client() as asking:
        assert (await asking.get("/static/nothing.js")).status_code == 404


async def test_task_that_swallows_a_cancellation_is_told_again() -> None:
    swallowed = []

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            swallowed.append(True)
        await asyncio.sleep(60)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await _stop(task)
    assert swallowed
    assert task.cancelled()
