"""One turn at a time in each conversation.

Rasa's own lock looks once a second whether it is free, so that of two messages sent at once the second would wait for a
second or more. This one hands over at once, in the order of arrival.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockStore


class ConversationLocks(LockStore):
    """The lock store of the agent and of endpoints.yml. Of Rasa's interface only `lock` is called by the agent."""

    def __init__(self, endpoint_config: Any = None) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[asyncio.Lock]:
        """Hold the lock of a conversation. A lock that nobody holds or waits for is forgotten."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            yield lock
