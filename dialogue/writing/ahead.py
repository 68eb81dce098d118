"""A model that has begun to write: its sentences wait until somebody wants them.

So it can write while the sentences before it are still being read; what nobody wants after all is stopped. Knows nothing
of why.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing


class Ahead:
    """Begins at once, as a task of its own: `close()` it, or take its `sentences()` to their end or leave them."""

    def __init__(self, writing: AsyncGenerator[str]) -> None:
        self._waiting: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._pump(writing))

    async def sentences(self) -> AsyncGenerator[str]:
        """Those that wait, then the others as they come. Raises ModelFailed where the writing did."""
        try:
            while (one := await self._waiting.get()) is not None:
                if isinstance(one, Exception):
                    raise one
                yield one
        finally:
            await self.close()

    async def close(self) -> None:
        """Stops the model's request, if it is not over. May be called again."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _pump(self, writing: AsyncGenerator[str]) -> None:
        end: Exception | None = None
        try:
            async with aclosing(writing) as sentences:
                async for sentence in sentences:
                    self._waiting.put_nowait(sentence)
        except Exception as error:  # whoever takes the sentences gets it in its place among them
            end = error
        self._waiting.put_nowait(end)
