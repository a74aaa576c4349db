"""Keeps conversations in memory, no longer and no more of them than needed.

Three promises that Rasa's own stores do not make: what was deleted ("delete what I said") is gone; a conversation is
forgotten after a day of silence; and a long conversation stays as fast as a short one, because turns that nothing
depends on any more are dropped.
"""

from __future__ import annotations

import time
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, Restarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

FORGET_AFTER_SECONDS = 24 * 3600.0
# Turns kept in full; the slots and the active form of older ones stay.
KEEP_TURNS = 3
MAX_CONVERSATIONS = 20_000


class ForgettingTrackerStore(InMemoryTrackerStore):  # type: ignore[misc]  # rasa has no types
    """The tracker store of endpoints.yml and of `aftercheck serve`."""

    def __init__(self, domain: Any, event_broker: Any = None, **named: Any) -> None:
        super().__init__(domain, event_broker, **named)
        self._used: dict[str, float] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a conversation: what follows the last restart, in short."""
        events = _since_restart(list(tracker.events))
        if len(events) != len(tracker.events):
            self.store.pop(tracker.sender_id, None)
        kept = DialogueStateTracker.from_events(
            tracker.sender_id, _shortened(events, tracker), tracker.slots.values(), sender_source=tracker.sender_source
        )
        await super().save(kept)
        self._used.pop(tracker.sender_id, None)
        self._used[tracker.sender_id] = time.monotonic()
        self._forget()

    def _forget(self) -> None:
        oldest_allowed = time.monotonic() - FORGET_AFTER_SECONDS
        while self._used:
            sender, used = next(iter(self._used.items()))
            if used >= oldest_allowed and len(self._used) <= MAX_CONVERSATIONS:
                return
            self.store.pop(sender, None)
            del self._used[sender]


def _since_restart(events: list[Event]) -> list[Event]:
    restarts = [index for index, event in enumerate(events) if isinstance(event, Restarted)]
    return events[restarts[-1] + 1 :] if restarts else events


def _shortened(events: list[Event], tracker: DialogueStateTracker) -> list[Event]:
    """The last turns in full, with the slots and the active form that the older ones left."""
    listens = [i for i, e in enumerate(events) if isinstance(e, ActionExecuted) and e.action_name == ACTION_LISTEN_NAME]
    if len(listens) <= KEEP_TURNS + 1:
        return events
    cut = listens[-KEEP_TURNS - 1]
    older, recent = events[:cut], events[cut:]
    slots: dict[str, SlotSet] = {}
    loop: ActiveLoop | None = None
    for event in older:
        if isinstance(event, SlotSet):
            slots[event.key] = event
        elif isinstance(event, ActiveLoop):
            loop = event
    head = [event for event in older[:2] if not isinstance(event, SlotSet | ActiveLoop)]
    return [*head, *slots.values(), *([loop] if loop else []), *recent]
