"""What this process knows of where conversations stand, so that a store that fails does not set them back.

One process owns a store, so the last state that it loaded or saved is the state. It is asked before the store is; and what
the store could not take is kept here and written as soon as it can.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import msgspec

from bot.state.backend import StoreError
from bot.state.model import KEEP_CONVERSATIONS_SECONDS

logger = logging.getLogger(__name__)

# Conversations that the store has as well are forgotten here when there are more, or larger ones, than this.
MAX_CONVERSATIONS = 10_000
MAX_BYTES = 8 * 1024 * 1024
MAX_MARKS = 10_000
WRITE_AGAIN_SECONDS = 1.0

Load = Callable[[str], Awaitable[bytes | None]]
Save = Callable[[str, bytes | None, float], Awaitable[None]]


class Last(msgspec.Struct, frozen=True):
    """The last state of a conversation (None: there is none), and since when.

    owed    the store does not have it
    saves   it is this memory that has to write it (and not whoever saves the outcome of a message)
    wiped   before it is written, what the store has must be wiped
    """

    state: bytes | None
    at: float
    owed: bool = False
    saves: bool = False
    wiped: bool = False

    @property
    def size(self) -> int:
        return len(self.state or b"")


class Memory:
    """The last states of conversations, the longest unused first. `load` and `save` are those of the store."""

    def __init__(self, load: Load, save: Save) -> None:
        self._load, self._save = load, save
        self._last: OrderedDict[str, Last] = OrderedDict()
        self._marks: OrderedDict[str, bool] = OrderedDict()
        self._bytes = 0
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        # What is being loaded, until something newer is known of it.
        self._loading: dict[str, object] = {}
        self._writing: asyncio.Task[None] | None = None

    async def load(self, conversation: str) -> bytes | None:
        """The state of a conversation. Raises StoreError where only the store could know, and it does not answer."""
        last = self._last.get(conversation)
        if last is not None and time.time() - last.at <= KEEP_CONVERSATIONS_SECONDS:
            return last.state
        self._loading[conversation] = this = object()
        try:
            state = await self._load(conversation)
        finally:
            unchanged = self._loading.get(conversation) is this
            if unchanged:
                del self._loading[conversation]
        if unchanged:
            self._keep(conversation, Last(state, time.time()))
        changed = self._last.get(conversation)
        return state if changed is None else changed.state

    async def save(self, conversation: str, state: bytes | None, at: float) -> None:
        """Save a state; when the store cannot take it, it counts all the same, and is written later."""
        before = self._last.get(conversation)
        wiped = state is None or (before is not None and before.owed and before.wiped)
        self._keep(conversation, Last(state, at, owed=True, saves=True, wiped=wiped))
        try:
            await self._write(conversation)
        except Exception as error:  # whatever it is, what was answered must count
            why = str(error) if isinstance(error, StoreError) else type(error).__name__
            logger.error("where a conversation stands is kept in memory until the store takes it: %s", why)
            self._write_later()

    def hold(self, conversations: dict[str, bytes | None]) -> None:
        """These count from now on, although the outcome that they belong to could not be saved yet."""
        for conversation, state in conversations.items():
            self._keep(conversation, Last(state, time.time(), owed=True))

    def saved(self, conversations: dict[str, bytes | None], at: float, *, surely: bool) -> None:
        """The outcome that these belong to was saved, or (not `surely`) something of which only the store knows what."""
        for conversation, state in conversations.items():
            last = self._last.get(conversation)
            if last is not None and last.owed and last.state != state:
                continue  # what came after it is owed, too
            if surely:
                self._keep(conversation, Last(state, at))
            else:
                self.forget(conversation)

    def forget(self, conversation: str) -> None:
        """Forget a conversation that the store has forgotten."""
        self._loading.pop(conversation, None)
        last = self._last.pop(conversation, None)
        self._bytes -= last.size if last else 0

    async def marked(self, name: str, ask: Callable[[str], Awaitable[bool]]) -> bool:
        """Whether a mark is set; `ask` asks the store. Raises StoreError."""
        if name not in self._marks:
            asked = await ask(name)
            if name not in self._marks:
                self.mark(name, asked)
        return self._marks[name]

    def mark(self, name: str, on: bool) -> None:
        """The store has, or has not, this mark."""
        self._marks[name] = on
        if len(self._marks) > MAX_MARKS:
            self._marks.popitem(last=False)

    def expire(self) -> None:
        """Forget what is too old."""
        oldest = time.time() - KEEP_CONVERSATIONS_SECONDS
        for conversation in [name for name, last in self._last.items() if last.at < oldest]:
            self.forget(conversation)

    def _keep(self, conversation: str, last: Last) -> None:
        self.forget(conversation)
        self._last[conversation] = last
        self._bytes += last.size
        while len(self._last) > MAX_CONVERSATIONS or self._bytes > MAX_BYTES:
            dispensable = next((name for name, each in self._last.items() if not each.owed and each is not last), None)
            if dispensable is None:
                return
            self.forget(dispensable)

    async def _write(self, conversation: str) -> None:
        """Write what the store is owed of a conversation; after what is being written of it. Raises StoreError."""
        lock = self._locks.setdefault(conversation, asyncio.Lock())
        async with lock:
            owed = self._last.get(conversation)
            if owed is None or not owed.saves:
                return
            if owed.wiped:
                await self._save(conversation, None, owed.at)
            if owed.state is not None:
                await self._save(conversation, owed.state, owed.at)
            if self._last.get(conversation) is owed:
                self._last[conversation] = msgspec.structs.replace(owed, owed=False, saves=False, wiped=False)

    def _write_later(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._keep_writing())

    async def _keep_writing(self) -> None:
        while owed := [name for name, last in self._last.items() if last.saves]:
            await asyncio.sleep(WRITE_AGAIN_SECONDS)
            try:
                for conversation in owed:
                    await self._write(conversation)
            except Exception:  # it was said when it began
                logger.debug("the store still takes nothing")
