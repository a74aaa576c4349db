"""How many messages are taken from one sender, and how many requests from one address."""

from __future__ import annotations

import time
from collections import OrderedDict

# A person types no faster than this; a flood is stopped politely.
MESSAGES_PER_MINUTE = 30
# How many messages are remembered, so that their retries are not counted again.
REMEMBERED = 10_000


class RateLimit:
    """At most `limit` events in a minute for each key; keys that were silent for long are forgotten."""

    def __init__(self, limit: int = MESSAGES_PER_MINUTE, keys: int = 10_000) -> None:
        self._limit, self._keys = limit, keys
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def allows(self, key: str, now: float | None = None) -> bool:
        """Count one event and say whether it is within the limit."""
        now = time.monotonic() if now is None else now
        recent = [moment for moment in self._seen.pop(key, []) if now - moment < 60.0]
        allowed = len(recent) < self._limit
        self._seen[key] = [*recent, now] if allowed else recent
        while len(self._seen) > self._keys:
            self._seen.popitem(last=False)
        return allowed


class Flood:
    """What to do with the next message of a conversation: `pass`, `warn` the patient once, or `drop` it.

    A platform's retry counts as nothing and gets the same again.
    """

    def __init__(self, limit: int = MESSAGES_PER_MINUTE) -> None:
        self._messages, self._warnings = RateLimit(limit), RateLimit(1)
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    def of(self, conversation: str, message: str) -> str:
        """Count one message."""
        key = (conversation, message)
        if key not in self._known:
            passes = self._messages.allows(conversation)
            self._known[key] = "pass" if passes else "warn" if self._warnings.allows(conversation) else "drop"
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]
