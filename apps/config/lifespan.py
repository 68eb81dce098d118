"""A server's life, as ASGI tells it: what happens before the first request."""

import threading
from typing import Any

from apps.knowledge.warming import warm_up


async def live(receive: Any, send: Any) -> None:
    """Nobody waits until all is loaded: whoever asks meanwhile loads it as well."""
    await receive()
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
