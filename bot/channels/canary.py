"""The health check: a message that any working program answers as an emergency, sent through the whole dialogue."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bot.channels.converse import DialogueFailed, OnNewMessage, dialogue_replies
from bot.state.unit import unit_of_work

CHANNEL, SENDER = "health", "canary"
MESSAGE = "I cannot breathe"
# A health check that is asked for more often than this gets the last answer.
SECONDS = 1.0


class Canary:
    """Sends the message in a conversation that never goes on: an emergency that stands would hide what becomes of the reader.

    It is no message that anybody wrote: nothing of it reaches the store, and it works while the store does not.
    """

    def __init__(self, on_new_message: OnNewMessage, store: Any) -> None:
        self._on_new_message, self._store = on_new_message, store
        self._turn = asyncio.Lock()
        self._healthy, self._checked = False, float("-inf")

    async def healthy(self) -> bool:
        """Whether the dialogue itself answers the message as an emergency (the net behind it does not count)."""
        async with self._turn:
            if time.monotonic() - self._checked >= SECONDS:
                self._healthy = await self._alive()
                self._checked = time.monotonic()
            return self._healthy

    async def _alive(self) -> bool:
        conversation = f"{CHANNEL}:{SENDER}"
        with unit_of_work() as thrown_away:
            thrown_away.conversations[conversation] = None
            try:
                replies = await dialogue_replies(self._on_new_message, CHANNEL, SENDER, MESSAGE)
            except DialogueFailed:
                return False
            finally:
                await self._store.forget(conversation)
        return any((reply.custom or {}).get("level") == "emergency" for reply in replies)
