"""Keeps conversations no longer and no more of them than needed.

Three promises that Rasa's own stores do not make: what was deleted ("delete what I said") is gone; a conversation is
forgotten after a day of silence; and a long conversation stays as fast as a short one, because turns that nothing
depends on any more are dropped.

`aftercheck serve` gives it a State (bot/state), and then conversations outlive the process, and a failure of the store
(bot/state/memory.py). Everything else (`aftercheck test`, `rasa test`, `rasa run`) has them in memory alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

import msgspec
import numpy as np
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, Restarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.remembered import AWAY, LOST, remember, this_turn
from bot.state.backend import StoreError
from bot.state.model import KEEP_CONVERSATIONS_SECONDS
from bot.state.seal import UnreadableError
from bot.state.state import State
from bot.state.unit import open_unit

# Turns kept in full; the slots and the active form of older ones stay. No rule looks further back.
KEEP_TURNS = 1
REPORT = "report"
MAX_CONVERSATIONS = 20_000


class ForgettingTrackerStore(TrackerStore, SerializedTrackerAsText):
    """The tracker store of endpoints.yml and of `aftercheck serve`."""

    def __init__(self, domain: Any, event_broker: Any = None, *, state: State | None = None, **named: Any) -> None:
        super().__init__(domain, event_broker, **named)
        self._kept: _Kept = _InMemory() if state is None else _InState(state)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a conversation: what follows its last beginning, in short."""
        await self.stream_events(tracker)
        events = list(tracker.events)
        forgets = any(isinstance(event, Restarted) for event in events)
        turn = this_turn()
        if turn.missing is not None and not forgets:
            return  # it began without what is kept, and must not take its place
        turn.missing = None
        remember(tracker.get_slot(REPORT))
        await self._kept.save(tracker.sender_id, _shortened(_since_beginning(events)), forgets=forgets)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation of a sender; None when there is none, or it has been forgotten.

        None, too, when it cannot be opened: then nothing of the turn is saved unless the patient begins anew in it. Raises
        StoreError where nobody can tell. In both cases the turn knows what is missing (bot.dialogue.remembered).
        """
        try:
            events = await self._kept.load(sender_id)
        except UnreadableError:
            this_turn().missing = LOST
            return None
        except (StoreError, OSError):
            this_turn().missing = AWAY
            raise
        this_turn().missing = None
        if events is None:
            return None
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        remember(tracker.get_slot(REPORT))
        return tracker

    async def keys(self) -> Iterable[str]:
        """The senders whose conversations are in memory. Those of a State can be found by their sender alone."""
        return self._kept.keys()

    async def forget(self, sender_id: str) -> None:
        """Forget a conversation at once."""
        await self._kept.forget(sender_id)


class _Kept(Protocol):
    """The shortened events of each conversation. `forgets`: what was kept of it before must leave no trace."""

    async def save(self, sender: str, events: list[Event], *, forgets: bool) -> None: ...

    async def load(self, sender: str) -> list[Event] | None: ...

    async def forget(self, sender: str) -> None: ...

    def keys(self) -> list[str]: ...


class _InMemory:
    """Events and when they were last used, the longest unused first."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[list[Event], float]] = {}

    async def save(self, sender: str, events: list[Event], *, forgets: bool) -> None:
        self._kept.pop(sender, None)
        self._kept[sender] = (events, time.monotonic())
        self._forget_old()

    async def load(self, sender: str) -> list[Event] | None:
        self._forget_old()
        return self._kept.get(sender, (None, 0.0))[0]

    async def forget(self, sender: str) -> None:
        self._kept.pop(sender, None)

    def keys(self) -> list[str]:
        return list(self._kept)

    def _forget_old(self) -> None:
        oldest_allowed = time.monotonic() - KEEP_CONVERSATIONS_SECONDS
        while self._kept:
            sender, (_, used) = next(iter(self._kept.items()))
            if used >= oldest_allowed and len(self._kept) <= MAX_CONVERSATIONS:
                return
            del self._kept[sender]


class _Conversation(msgspec.Struct, frozen=True):
    """A conversation as a State keeps it."""

    used: float
    events: list[dict[str, Any]]


class _InState:
    """Events as JSON in the State; within a unit of work, in the unit until that is saved."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def save(self, sender: str, events: list[Event], *, forgets: bool) -> None:
        now = time.time()
        whole = _Conversation(now, [event.as_dict() for event in events])
        state = msgspec.json.encode(whole, enc_hook=_plain)
        unit = open_unit()
        if unit is not None:
            unit.conversations[sender] = state
            unit.forgets |= forgets
            return
        if forgets:
            await self._state.save(sender, None, now)
        await self._state.save(sender, state, now)

    async def load(self, sender: str) -> list[Event] | None:
        unit = open_unit()
        if unit is not None and sender in unit.conversations:
            state = unit.conversations[sender]
        else:
            state = await self._state.load(sender)
        if state is None:
            return None
        try:
            whole = msgspec.json.decode(state, type=_Conversation)
        except msgspec.MsgspecError:
            raise UnreadableError("where a conversation stands cannot be read") from None
        if time.time() - whole.used > KEEP_CONVERSATIONS_SECONDS:
            return None
        return [_class(parameters["event"])._from_parameters(parameters) for parameters in whole.events]

    async def forget(self, sender: str) -> None:
        unit = open_unit()
        if unit is not None:
            unit.conversations[sender] = None
        else:
            await self._state.save(sender, None, time.time())

    def keys(self) -> list[str]:
        return []


def _plain(value: Any) -> Any:
    """Numbers and texts of NumPy, which Rasa's classifiers leave in the events, as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value).__name__)


@lru_cache(maxsize=64)
def _class(name: str) -> Any:
    """The class of an event. `Event.from_parameters` looks through all classes for each event: 0.5 ms a turn."""
    return Event.resolve_by_type(name)


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
