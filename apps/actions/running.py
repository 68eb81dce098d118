"""Runs a confirmed call in a task of its own: it lives on when the customer's browser goes, and waits in threads of its own,
behind which no row and no search waits."""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from asgiref.sync import sync_to_async

from apps.actions import confirming
from apps.actions.models import ActionCall
from apps.conversations.live.database import keep_connections, with_fresh_connection

THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="actions", initializer=keep_connections)

_tasks: set[asyncio.Task[ActionCall]] = set()


async def run(call_id: UUID) -> ActionCall:
    """The call as it is when it is over. Whoever stops waiting for it stops nothing."""
    task = asyncio.create_task(_run(call_id), context=contextvars.Context())
    _tasks.add(task)  # the loop itself holds tasks only weakly
    task.add_done_callback(_tasks.discard)
    return await asyncio.shield(task)


async def _run(call_id: UUID) -> ActionCall:
    def call() -> ActionCall:
        return with_fresh_connection(confirming.run, call_id)

    return await sync_to_async(call, thread_sensitive=False, executor=THREADS)()
