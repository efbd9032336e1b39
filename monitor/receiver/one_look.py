"""A look at something slow that many ask for at once: one at a time, one in a while, and all who wait share it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

EVERY_S: Final = 1.0  # whoever guesses addresses costs Redis one look a second, and waits for it at each guess
PATIENCE_S: Final = 5.0  # as the store's for a connection; an SMTP client waits five minutes (RFC 5321 section 4.5.3.2)


class OneLook:
    """Belongs to one event loop; `look` is called in a thread. What it answers or raises, all who wait get."""

    def __init__(self, look: Callable[[], bool], *, every_s: float = EVERY_S) -> None:
        self._look = look
        self._every_s = every_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="look")
        self._turn = asyncio.Lock()
        self._waiting: asyncio.Task[bool] | None = None
        self._not_before = 0.0

    async def from_now(self) -> bool:
        """What a look that begins from now on answers. Raises TimeoutError where it takes too long."""
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_task(self._one())
        return await asyncio.wait_for(asyncio.shield(self._waiting), PATIENCE_S)

    def close(self) -> None:
        """No more looks; one that is under way is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _one(self) -> bool:
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(self._not_before - loop.time())
            self._waiting = None  # who asks from here on wants to know what is later than this look
            self._not_before = loop.time() + self._every_s
            return await loop.run_in_executor(self._thread, self._look)
