"""The health check: a message that any working program answers as an emergency, sent through the whole dialogue."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

from bot.channels.converse import DialogueFailed, OnNewMessage, dialogue_replies

CHANNEL = "health"
MESSAGE = "I cannot breathe"
# A health check that is asked for more often than this gets the last answer.
SECONDS = 1.0


class Canary:
    """Sends the message in a conversation of its own each time, and forgets that conversation.

    A conversation that went on would be an emergency for ever, whatever became of the reader.
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
        sender = secrets.token_hex(8)
        try:
            replies = await dialogue_replies(self._on_new_message, CHANNEL, sender, MESSAGE)
        except DialogueFailed:
            return False
        finally:
            await self._store.forget(f"{CHANNEL}:{sender}")
        return any((reply.custom or {}).get("level") == "emergency" for reply in replies)
