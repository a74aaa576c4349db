"""How many messages are taken from one sender, and how many requests from one address."""

from __future__ import annotations

import time
from collections import OrderedDict

# A person types no faster than this; a flood is stopped politely.
MESSAGES_PER_MINUTE = 30


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
