"""A store that hangs hangs nobody: whatever it is asked is done in threads of its own, and given up in time.

What is given up may still be done later, unless it had not begun. After a call that took long to fail, the store is left
alone for a moment, and then one call at a time finds out whether it answers again; all others fail at once. So a turn that
asks it several times waits for it once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.state.backend import StoreError, cause

# The longest that a caller waits.
SECONDS = 1.8
# What the libraries are told to wait for a server or for a lock; shorter, so that no thread is lost to a store that hangs.
PATIENCE = 1.2
# A failure that took this long says that the store does not answer, and not that it cannot do what it was asked.
SLOW = 0.5
# How long it is left alone then.
AGAIN = 1.0
SILENT = "it does not answer"

# For how long another server may seem to have the store: one that was killed is gone at once, unless the store is busy.
CLAIM_SECONDS = 3.0

_T = TypeVar("_T")


def claimed(take: Callable[[], None]) -> None:
    """Take a store for this server, again and again while another one seems to have it. Raises StoreError."""
    end = time.monotonic() + CLAIM_SECONDS
    while True:
        try:
            take()
            return
        except StoreError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Guard:
    """Runs the calls of one store in at most `threads` threads.

    sound   False from a failed check until the next good one; nothing is written meanwhile
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._down, self._trying, self._again = False, False, 0.0
        self._wrong: str | None = None

    @property
    def sound(self) -> bool:
        """Whether the last check found nothing wrong."""
        return self._wrong is None

    async def run(self, work: Callable[[], _T], *, writes: bool) -> _T:
        """What `work` returns. Raises StoreError: it failed, took too long, or may not be done now."""
        if writes and self._wrong is not None:
            raise StoreError(self._wrong)
        return await self._run(work)

    async def check(self, work: Callable[[], None], known: str | None = None) -> str | None:
        """Whether `work`, which looks after the store, finds it sound: None, or what is wrong, in one line.

        `known`: what is known to be wrong already.
        """
        try:
            if known is None:
                await self._run(work)
            self._wrong = known
        except StoreError as error:
            self._wrong = str(error)
        return self._wrong

    async def _run(self, work: Callable[[], _T]) -> _T:
        trial, began = self._down, time.monotonic()
        if trial and (self._trying or began < self._again):
            raise StoreError(SILENT)
        self._trying |= trial
        try:
            done = await self._in_time(work)
        except StoreError:
            if trial or time.monotonic() - began > SLOW:
                self._down, self._again = True, time.monotonic() + AGAIN
            raise
        finally:
            self._trying &= not trial
        self._down = False
        return done

    async def _in_time(self, work: Callable[[], _T]) -> _T:
        doing = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            await asyncio.wait({doing}, timeout=SECONDS)
            if not doing.done():
                raise StoreError(SILENT)
            return doing.result()
        except StoreError:
            raise
        except Exception as error:  # a library fails in many ways, and none of them is the caller's business
            raise StoreError(cause(error)) from error
        finally:
            doing.cancel()

    async def close(self, last: Callable[[], None]) -> None:
        """Do the last thing, for which there is as much time, and let go of the threads."""
        try:
            await self._in_time(last)
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)
