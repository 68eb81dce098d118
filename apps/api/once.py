"""Requests that are sent twice are done once: the second gets the answer of the first (`Idempotency-Key`).

What was begun is brought to its end although the caller goes away, so that it can be answered when they come back.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja import Status

from apps.api.access import token_of
from apps.conversations.live.database import in_database
from apps.integrations import receipts
from apps.integrations.receipts import Answered

Operation = Callable[..., Awaitable[Status]]
DESCRIBED = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "schema": {"type": "string", "minLength": 1, "maxLength": 64},
            "required": False,
            "description": "The same key and request again, within a day: the first answer comes once more",
        }
    ]
}

_under_way: set[asyncio.Task[Any]] = set()


def once(operation: Operation) -> Operation:
    @wraps(operation)
    async def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Status:
        if "Idempotency-Key" not in request.headers:
            return await operation(request, *args, **kwargs)
        doing = asyncio.create_task(do_once(operation, request, *args, **kwargs))
        _under_way.add(doing)
        doing.add_done_callback(_under_way.discard)
        return await asyncio.shield(doing)

    return wrapped


async def do_once(operation: Operation, request: HttpRequest, *args: Any, **kwargs: Any) -> Status:
    """A refusal is not remembered: nothing was done."""
    token, key = token_of(request), request.headers["Idempotency-Key"]
    mark = receipts.fingerprint(method=request.method or "", path=request.path, body=request.body)
    known = await in_database(receipts.begin, token, key=key, request=mark)
    if known is not None:
        return Status(known.status, json.loads(known.body))
    answered = None
    try:
        answer = await operation(request, *args, **kwargs)
        answered = Answered(answer.status_code, json.dumps(answer.value))
    finally:
        await in_database(receipts.finish, token, key=key, answered=answered)
    return answer
