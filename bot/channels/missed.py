"""Emergencies that were answered without the dialogue, which failed: it has to hear of them, since an emergency stands."""

from __future__ import annotations

import time

from bot.state.model import KEEP_CONVERSATIONS_SECONDS

MAX_CONVERSATIONS = 1000


class Missed:
    """The last such message of each conversation, for as long as a conversation is kept."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, float]] = {}

    def add(self, conversation: str, said: str) -> None:
        """Remember a message, and forget what is too old or too much."""
        self._said.pop(conversation, None)
        self._said[conversation] = (said, time.monotonic())
        oldest = time.monotonic() - KEEP_CONVERSATIONS_SECONDS
        for name in [name for name, (_, at) in self._said.items() if at < oldest]:
            del self._said[name]
        if len(self._said) > MAX_CONVERSATIONS:
            del self._said[next(iter(self._said))]

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._said

    def pop(self, conversation: str) -> str | None:
        """The message, which the dialogue hears now."""
        said = self._said.pop(conversation, None)
        return said[0] if said else None
