"""Keeps conversations in memory, no longer and no more of them than needed.

Three promises that Rasa's own stores do not make: what was deleted ("delete what I said") is gone; a conversation is
forgotten after a day of silence; and a long conversation stays as fast as a short one, because turns that nothing
depends on any more are dropped.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, Restarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

FORGET_AFTER_SECONDS = 24 * 3600.0
# Turns kept in full; the slots and the active form of older ones stay. No rule looks further back.
KEEP_TURNS = 1
MAX_CONVERSATIONS = 20_000


class ForgettingTrackerStore(TrackerStore, SerializedTrackerAsText):
    """The tracker store of endpoints.yml and of `aftercheck serve`."""

    def __init__(self, domain: Any, event_broker: Any = None, **named: Any) -> None:
        super().__init__(domain, event_broker, **named)
        # The events of each conversation and when it was last used, the longest unused first.
        self._kept: dict[str, tuple[list[Event], float]] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a conversation: what follows its last beginning, in short."""
        await self.stream_events(tracker)
        self._kept.pop(tracker.sender_id, None)
        self._kept[tracker.sender_id] = (_shortened(_since_beginning(list(tracker.events))), time.monotonic())
        self._forget_old()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation of a sender; None when there is none, or it has been forgotten."""
        self._forget_old()
        events, _ = self._kept.get(sender_id, (None, 0.0))
        if events is None:
            return None
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def keys(self) -> Iterable[str]:
        """The senders whose conversations are kept."""
        return list(self._kept)

    def forget(self, sender_id: str) -> None:
        """Forget a conversation at once."""
        self._kept.pop(sender_id, None)

    def _forget_old(self) -> None:
        oldest_allowed = time.monotonic() - FORGET_AFTER_SECONDS
        while self._kept:
            sender, (_, used) = next(iter(self._kept.items()))
            if used >= oldest_allowed and len(self._kept) <= MAX_CONVERSATIONS:
                return
            del self._kept[sender]


def _since_beginning(events: list[Event]) -> list[Event]:
    """The events after the last restart and from the last start of a session on."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, Restarted):
            return events[index + 1 :]
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_SESSION_START_NAME:
            return events[index:]
    return events


def _shortened(events: list[Event]) -> list[Event]:
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
