"""From a received message to delivered replies: every message answered exactly once, in order for each patient.

A message is kept before it is acknowledged. What it led to (the replies, and where the dialogue stands) is saved in one
step, so that a process that is killed at any moment begins again exactly where it was. A reply that a platform does not
take is tried again, and in the end kept as a dead letter.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.channels.messaging.platform import Refused, Unavailable
from bot.dialogue.logs import last_place
from bot.state.model import Entry, Outcome, Received
from bot.state.state import State
from bot.state.unit import unit_of_work

logger = logging.getLogger(__name__)

# What a message is answered: the bodies of the replies, and what is to be remembered of its conversation beside the dialogue.
Answer = Callable[[Received], Awaitable[Outcome]]
# Hands an entry to the platform. Raises Unavailable (it is tried again) or Refused (it is not).
Deliver = Callable[[Entry], Awaitable[None]]
# Seconds to wait after each failed attempt, about two hours in all; then the entry is a dead letter.
RETRIES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
# A platform that asks for more patience than this is asked again all the same.
LONGEST_WAIT = 3600.0
# How often a running server looks for dead letters that are to be sent again.
LOOK_SECONDS = 15.0


class Lanes:
    """Runs jobs: those of one key one after the other, those of different keys side by side."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Queue[Coroutine[Any, Any, None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, key: str, job: Coroutine[Any, Any, None]) -> None:
        """Run a job after those of its key."""
        if key in self._waiting:
            self._waiting[key].put_nowait(job)
            return
        queue = self._waiting[key] = asyncio.Queue()
        queue.put_nowait(job)
        task = asyncio.get_running_loop().create_task(self._run(key, queue))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, key: str, queue: asyncio.Queue[Coroutine[Any, Any, None]]) -> None:
        try:
            while not queue.empty():
                await queue.get_nowait()
        finally:
            del self._waiting[key]
            while not queue.empty():
                queue.get_nowait().close()

    async def stop(self) -> None:
        """Give up all jobs; what they had to do is still in the state."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Engine:
    """Answers the messages of one channel and delivers the replies."""

    def __init__(
        self,
        state: State,
        channel: str,
        answer: Answer,
        deliver: Deliver | None = None,
        *,
        published: Callable[[list[Entry]], Awaitable[None]] | None = None,
        retries: tuple[float, ...] = RETRIES,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """`deliver` is for channels that push; `published` is told of new entries of those that are read from the log."""
        self._state, self._channel = state, channel
        self._answer, self._deliver, self._published = answer, deliver, published
        self._retries, self._look_seconds = retries, look_seconds
        self._answering, self._delivering = Lanes(), Lanes()
        self._underway: set[tuple[str, int]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go on with what an earlier process left."""
        if self._deliver is not None:
            for entry in await self._state.unsent(self._channel):
                self._put(entry)
            self._looking = asyncio.get_running_loop().create_task(self._keep_looking())
        for message in await self._state.unanswered(self._channel):
            self._answering.put(message.conversation, self._answered(message))

    async def stop(self) -> None:
        """Leave the rest to the next process."""
        if self._looking is not None:
            self._looking.cancel()
        await self._answering.stop()
        await self._delivering.stop()

    async def accept(self, message: Received) -> bool:
        """Keep a message and answer it soon; False for a retry of an earlier one. When this returns, nothing can lose it."""
        new = await self._state.receive(message)
        if new:
            self._answering.put(message.conversation, self._answered(message))
        return new

    async def append(self, conversation: str, bodies: tuple[bytes, ...]) -> None:
        """Say something that answers no message."""
        await self._go_out(await self._state.append(self._channel, conversation, time.time(), bodies))

    async def _answered(self, message: Received) -> None:
        for wait in (*self._retries, None):
            try:
                with unit_of_work() as unit:
                    outcome = await self._answer(message)
                    whole = Outcome(
                        entries=outcome.entries,
                        conversations={**unit.conversations, **outcome.conversations},
                        forgets=unit.forgets or outcome.forgets,
                    )
                    entries = await self._state.finish(message, whole)
                await self._go_out(entries)
                return
            except Exception as error:  # the message stays unanswered in the state, and is tried again
                logger.error("a message was not answered: %s at %s", type(error).__name__, last_place(error))
                if wait is not None:
                    await asyncio.sleep(wait)

    async def _go_out(self, entries: list[Entry]) -> None:
        if self._published is not None and entries:
            await self._published(entries)
        if self._deliver is not None:
            for entry in entries:
                self._put(entry)

    def _put(self, entry: Entry) -> None:
        self._underway.add((entry.conversation, entry.number))
        self._delivering.put(entry.conversation, self._delivered(entry))

    async def _keep_looking(self) -> None:
        """Find the dead letters that another process (`aftercheck channels resend`) made unsent."""
        while True:
            await asyncio.sleep(self._look_seconds)
            try:
                underway = set(self._underway)
                for entry in await self._state.unsent(self._channel):
                    old = time.time() - entry.at > self._look_seconds and entry.attempts == 0
                    if old and (entry.conversation, entry.number) not in underway | self._underway:
                        self._put(entry)
            except Exception as error:  # the store may be away
                logger.error("what is unsent could not be read: %s at %s", type(error).__name__, last_place(error))

    async def _delivered(self, entry: Entry) -> None:
        try:
            await self._delivered_or_dead(entry)
        finally:
            self._underway.discard((entry.conversation, entry.number))

    async def _delivered_or_dead(self, entry: Entry) -> None:
        deliver = self._deliver
        assert deliver is not None
        for attempt in range(entry.attempts, len(self._retries) + 1):
            try:
                await deliver(entry)
            except Refused as error:
                await self._died(entry, str(error))
                return
            except Exception as error:  # a network fails in many ways
                await self._settled(self._state.failed(entry))
                if attempt == len(self._retries):
                    await self._died(entry, str(error) if isinstance(error, Unavailable) else type(error).__name__)
                    return
                asked = error.after if isinstance(error, Unavailable) and error.after is not None else 0.0
                await asyncio.sleep(min(max(asked, self._retries[attempt]), LONGEST_WAIT))
            else:
                await self._settled(self._state.sent(entry))
                return

    async def _died(self, entry: Entry, reason: str) -> None:
        logger.error("a reply on %s was not delivered: %s", self._channel, reason)
        await self._settled(self._state.died(entry, reason))

    async def _settled(self, saving: Awaitable[None]) -> None:
        """Note what became of an entry. If that fails, the next start delivers it again: twice is better than not at all."""
        try:
            await saving
        except Exception as error:  # the store may be away; delivering must go on
            logger.error("a delivery was not noted: %s at %s", type(error).__name__, last_place(error))
