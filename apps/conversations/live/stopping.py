"""Ends tasks of an event loop for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def stop(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Asks until they have ended: `asyncio.wait_for`, on which the broker's client rests, can swallow a wish to cancel."""
    tasks = list(tasks)
    while any(not task.done() for task in tasks):
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=0.5)
