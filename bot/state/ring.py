"""Which key seals what, and when a key is destroyed.

Each conversation has a key; what stood in the store before it was forgotten cannot be opened any more, in no copy of the
store, once that key is destroyed. The store is the truth of what is still needed: a key is destroyed when nothing in the
store refers to it, so that a process that is killed between forgetting and destroying leaves the rest to the next one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from bot.state.backend import Backend
from bot.state.keys import EARLIER, ID_BYTES, Key, Keys
from bot.state.seal import Cipher, UnreadableError

logger = logging.getLogger(__name__)

# What a sealed body begins with: this, and the id of its key.
_MARK = b"\x02"
HEAD_BYTES = len(_MARK) + ID_BYTES
# How long the disk may take to write a key.
WAIT_SECONDS = 2.0
# A key that was made or used this short a time ago may belong to a change that the store is about to commit.
GRACE_SECONDS = 20.0
SWEEP_EVERY_SECONDS = 3600.0


class Seal:
    """Seals with the key of one conversation."""

    def __init__(self, key: Key, cipher: Cipher) -> None:
        self.key, self._cipher = key, cipher

    def seal(self, plain: bytes, conversation: str) -> bytes:
        """The sealed form of something that belongs to a conversation."""
        return _MARK + self.key.id + self._cipher.seal(plain, conversation)


class Ring:
    """The keys of one store. A `name` stands for what is forgotten together."""

    def __init__(self, keys: Keys, backend: Backend) -> None:
        self.keys, self._backend = keys, backend
        # Keys with which nothing more is sealed, since what they sealed is being forgotten.
        self._past: set[Key] = set()
        # Those of them, by name, that still open messages which came before the end of that.
        self._later: dict[bytes, list[Key]] = {}
        self._receiving: Counter[bytes] = Counter()
        # Places of records that could not be overwritten yet.
        self._left: list[int] = []
        self._due = time.monotonic()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keys")

    async def current(self, name: bytes) -> Seal:
        """What seals for a name from now on; its key is on the disk. Raises OSError and asyncio.TimeoutError."""
        self.keys.check()
        known = self.keys.of(name)
        if known and known[-1] not in self._past:
            key = known[-1]
        else:
            key, record = self.keys.fresh(name)
            await self._blocking(self.keys.write, key, record)
            self.keys.add(key)
        key.used = time.time()
        return Seal(key, self.keys.cipher(key.id))

    def open(self, sealed: bytes, conversation: str) -> bytes:
        """What was sealed for a conversation. Raises UnreadableError."""
        if sealed.startswith(_MARK):
            try:
                return self.keys.cipher(sealed[len(_MARK) : HEAD_BYTES]).open(sealed[HEAD_BYTES:], conversation)
            except UnreadableError:  # of those that were sealed earlier, too, one in 256 begins like this
                pass
        return self.keys.cipher(EARLIER).open(sealed, conversation)

    @contextmanager
    def receiving(self, seal: Seal) -> Iterator[None]:
        """While a message is on its way into the store its key is not destroyed."""
        self._receiving[seal.key.id] += 1
        try:
            yield
        finally:
            self._receiving[seal.key.id] -= 1
            self._receiving += Counter()
            if seal.key in self._past:  # it may not have been kept, and then nothing ends with it
                self.doubt()

    def leave(self, *names: bytes) -> list[Key]:
        """Seal nothing more with the present keys of these names: what they sealed is about to be forgotten."""
        keys = [key for name in names for key in self.keys.of(name)]
        self._past.update(keys)
        return keys

    async def destroy(self, keys: list[Key], channel: str | None = None) -> None:
        """What these keys sealed is forgotten. One that a waiting message of the channel needs goes when that is answered."""
        if not keys:
            return
        try:
            left = [] if channel is None else await self._backend.unanswered(channel)
            waiting = self._used({message.body[:HEAD_BYTES] for message in left})
        except Exception as error:  # what was asked for is done; this is made good by the next sweep
            logger.error("keys are not destroyed yet: %s", type(error).__name__)
            self.doubt()
            return
        needed = [key for key in keys if key.id in waiting or self._receiving[key.id]]
        for key in needed:
            self._later.setdefault(key.name, []).append(key)
        await self._destroy(key for key in keys if key not in needed)

    def doubt(self) -> None:
        """It is not known whether the store forgot something: look soon."""
        self._due = min(self._due, time.monotonic() + GRACE_SECONDS)

    async def settle(self, name: bytes, channel: str) -> None:
        """A message of a name has its outcome."""
        if name in self._later:
            await self.destroy(self._later.pop(name), channel)
        elif len(self.keys.of(name)) > 1:  # an earlier process left one for this message
            self.doubt()

    def due_in(self) -> float:
        """Seconds until the next sweep."""
        return max(0.0, self._due - time.monotonic())

    async def sweep(self) -> None:
        """Destroy the keys to which nothing in the store refers, when it is time for that."""
        if not self.keys.locked or self.due_in():
            return
        self._due = time.monotonic() + SWEEP_EVERY_SECONDS
        began = time.time()
        try:
            heads = await self._backend.heads(HEAD_BYTES)
        except BaseException:
            self.doubt()
            raise
        used = self._used(heads)
        unused = [key for key in self.keys if key.id not in used and not self._receiving[key.id]]
        old = [key for key in unused if abs(began - max(key.made, key.used)) > GRACE_SECONDS]
        if len(old) < len(unused):
            self.doubt()
        await self._destroy(old)
        self._later = {name: left for name, keys in self._later.items() if (left := [key for key in keys if key in self.keys])}

    def close(self) -> None:
        """Let go of the file of keys."""
        self._thread.shutdown()
        self.keys.close()

    def _used(self, heads: set[bytes]) -> set[bytes]:
        """The ids of the keys that are referred to."""
        ids = {head[len(_MARK) :] if head.startswith(_MARK) else EARLIER for head in heads}
        known = {key.id for key in self.keys}
        return ids if ids <= known else ids | {EARLIER}

    async def _destroy(self, keys: Iterable[Key]) -> None:
        gone = list(keys)
        self._past.difference_update(gone)
        places, self._left = self.keys.drop(gone) + self._left, []
        if not places:
            return
        try:
            await self._blocking(self.keys.overwrite, places)
        except (OSError, asyncio.TimeoutError) as error:
            logger.error("keys are not destroyed yet: %s", type(error).__name__)
            self._left += places
            self.doubt()
        else:
            self.keys.free(places)

    async def _blocking(self, work: Callable[..., Any], *arguments: Any) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.run_in_executor(self._thread, work, *arguments), WAIT_SECONDS)
