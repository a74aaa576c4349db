from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue import store as module
from bot.dialogue.store import KEEP_TURNS, ForgettingTrackerStore

# Of a domain the store needs the slots alone.
DOMAIN = SimpleNamespace(slots=[AnySlot(name, mappings=[]) for name in ("a", "b")])


class Clock:
    """A clock that a test can move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def start() -> list[Event]:
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


def turn(text: str, *events: Event) -> list[Event]:
    said = [UserUttered(text, {"name": "inform"}), *events, BotUttered(f"about {text}")]
    return [*said, ActionExecuted("action_listen")]


def tracker(*events: Event, sender: str = "anna") -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, list(events), DOMAIN.slots)


def kept(store: ForgettingTrackerStore, sender: str = "anna") -> DialogueStateTracker | None:
    return asyncio.run(store.retrieve(sender))


def saved(*events: Event) -> DialogueStateTracker:
    """A conversation as it comes back from a store."""
    store = ForgettingTrackerStore(DOMAIN)
    asyncio.run(store.save(tracker(*events)))
    found = kept(store)
    assert found is not None
    return found


def texts(found: DialogueStateTracker) -> list[str]:
    return [event.text for event in found.events if isinstance(event, UserUttered)]


def test_what_was_saved_comes_back() -> None:
    events = [*start(), *turn("one", SlotSet("a", {"x": 1}), ActiveLoop("form"))]
    found = saved(*events)
    assert list(found.events) == events
    assert found.get_slot("a") == {"x": 1}
    assert found.active_loop_name == "form"
    assert found.sender_id == "anna"


def test_who_has_said_nothing_has_no_conversation() -> None:
    assert kept(ForgettingTrackerStore(DOMAIN), "nobody") is None


@pytest.mark.parametrize("after", [[], start(), [*start(), *turn("new")]], ids=["at once", "asked again", "said again"])
def test_nothing_from_before_a_restart_is_kept(after: list[Event]) -> None:
    before = [*start(), *turn("old", SlotSet("a", "old"), ActiveLoop("form"))]
    found = saved(*before, *turn("forget", AllSlotsReset()), Restarted(), *after)
    assert "old" not in repr(list(found.events))
    assert found.get_slot("a") is None
    assert found.active_loop_name is None


def test_nothing_from_before_a_new_session_is_kept() -> None:
    found = saved(*start(), *turn("old", SlotSet("a", "old")), *start(), *turn("new", SlotSet("b", "new")))
    assert texts(found) == ["new"]
    assert (found.get_slot("a"), found.get_slot("b")) == (None, "new")


CHANGES = st.one_of(
    st.builds(SlotSet, st.sampled_from(["a", "b"]), st.integers(0, 9)),
    st.builds(ActiveLoop, st.sampled_from(["form", None])),
)


@given(st.lists(st.lists(CHANGES, max_size=3), max_size=12))
def test_however_long_it_was_the_slots_the_form_and_the_last_turn_are_as_they_were(changes: list[list[Event]]) -> None:
    events = [*start(), *(event for i, of in enumerate(changes) for event in turn(f"turn {i}", *of))]
    whole, found = tracker(*events), saved(*events)
    assert found.current_slot_values() == whole.current_slot_values()
    assert found.active_loop_name == whole.active_loop_name
    assert found.latest_action_name == whole.latest_action_name
    assert (found.latest_message is None) == (whole.latest_message is None)
    assert texts(found)[-1:] == texts(whole)[-1:]
    assert len(texts(found)) <= KEEP_TURNS + 1


def test_a_long_conversation_is_no_longer_than_a_short_one() -> None:
    store, length = ForgettingTrackerStore(DOMAIN), []
    conversation = tracker(*start())
    for i in range(50):
        for event in turn(f"turn {i}", SlotSet("a", i)):
            conversation.update(event)
        asyncio.run(store.save(conversation))
        found = kept(store)
        assert found is not None
        conversation = found
        length.append(len(found.events))
    assert length[-1] == length[5]
    assert conversation.get_slot("a") == 49


def test_a_conversation_is_forgotten_after_a_day_of_silence(clock: Clock) -> None:
    store = ForgettingTrackerStore(DOMAIN)
    asyncio.run(store.save(tracker(*start(), sender="anna")))
    clock.now += module.KEEP_CONVERSATIONS_SECONDS - 1
    asyncio.run(store.save(tracker(*start(), sender="bert")))
    assert kept(store, "anna")
    clock.now += 2
    assert kept(store, "anna") is None
    assert list(asyncio.run(store.keys())) == ["bert"]


def test_a_conversation_that_goes_on_is_not_forgotten(clock: Clock) -> None:
    store = ForgettingTrackerStore(DOMAIN)
    for _ in range(5):
        clock.now += module.KEEP_CONVERSATIONS_SECONDS - 1
        asyncio.run(store.save(tracker(*start())))
    assert kept(store)


def test_of_too_many_conversations_the_longest_silent_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CONVERSATIONS", 2)
    store = ForgettingTrackerStore(DOMAIN)
    for sender in ("a", "b", "a", "c"):
        asyncio.run(store.save(tracker(*start(), sender=sender)))
    assert list(asyncio.run(store.keys())) == ["a", "c"]


def test_a_conversation_can_be_forgotten_at_once_and_twice() -> None:
    store = ForgettingTrackerStore(DOMAIN)
    asyncio.run(store.save(tracker(*start())))
    asyncio.run(store.forget("anna"))
    asyncio.run(store.forget("anna"))
    assert kept(store) is None


def test_a_turn_that_is_not_saved_changes_nothing() -> None:
    store = ForgettingTrackerStore(DOMAIN)
    asyncio.run(store.save(tracker(*start(), *turn("one", SlotSet("a", 1)))))
    unfinished = kept(store)
    assert unfinished is not None
    for event in turn("two", SlotSet("a", 2)):
        unfinished.update(event)
    found = kept(store)
    assert found is not None
    assert found.get_slot("a") == 1
    assert texts(found) == ["one"]


def test_rasa_makes_it_from_endpoints_yml() -> None:
    endpoint: Any = EndpointConfig.from_dict({"type": "bot.dialogue.store.ForgettingTrackerStore"})
    store = TrackerStore.create(endpoint, DOMAIN)
    assert isinstance(store, ForgettingTrackerStore)
    assert check_if_tracker_store_async(store)
