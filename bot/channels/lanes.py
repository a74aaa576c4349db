"""Jobs in lanes: those of one key one after the other, those of different keys side by side."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from bot.dialogue.logs import kind_and_place

logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class Lanes:
    """A lane for each key that has jobs."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    def put(self, key: str, job: Job) -> None:
        """Run a job after those of its key; never, once the lanes are stopped."""
        if self._stopped:
            return
        if key in self._waiting:
            self._waiting[key].append(job)
            return
        self._waiting[key] = deque([job])
        task = asyncio.get_running_loop().create_task(self._run(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, key: str) -> None:
        try:
            while self._waiting[key] and not self._stopped:
                try:
                    await self._waiting[key].popleft()()
                except Exception as error:  # those behind it must not suffer
                    logger.error("a job failed: %s", kind_and_place(error))
        finally:
            del self._waiting[key]

    async def stop(self, seconds: float = 0.0) -> None:
        """Give up all jobs; what they had to do is still in the state. Those that run have so many seconds to end."""
        self._stopped = True
        tasks = list(self._tasks)
        if tasks and seconds:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
