"""Conversations that outlive the process: the store of `aftercheck serve`, with a State behind it."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.core.events import AllSlotsReset, Event, Restarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.canary import Canary
from bot.channels.converse import converse
from bot.dialogue import store as module
from bot.dialogue.agent import load_agent
from bot.dialogue.model import ensure_model
from bot.dialogue.remembered import LOST, remembered
from bot.dialogue.store import ForgettingTrackerStore
from bot.state.folder import Folder
from bot.state.model import KEEP_CONVERSATIONS_SECONDS, Outcome, Received
from bot.state.places import backend_of
from bot.state.seal import Sealer
from bot.state.state import State
from bot.state.unit import unit_of_work
from tests.dialogue.test_store import CHANGES, DOMAIN, kept, saved, start, texts, tracker, turn


def opened(place: str, folder: Path | None = None) -> State:
    made = State(backend_of(place, Path())[0], Sealer(b"a secret"), folder and Folder(folder))
    asyncio.run(made.start())
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def state(file: Path) -> Iterator[State]:
    made = opened(f"sqlite:///{file}", file.parent)
    yield made
    asyncio.run(made.close())


def store_in(state: State) -> ForgettingTrackerStore:
    """A store as a new process has it."""
    return ForgettingTrackerStore(DOMAIN, state=state)


def save(state: State, *events: Event, sender: str = "anna") -> None:
    asyncio.run(store_in(state).save(tracker(*events, sender=sender)))


def found_in(state: State, sender: str = "anna") -> DialogueStateTracker:
    found = kept(store_in(state), sender)
    assert found is not None
    return found


def received(id_: str = "1") -> Received:
    return Received(channel="chat", id=id_, conversation="chat:anna", at=time.time(), body=b"")


IN_MEMORY = opened("memory:")


@given(st.lists(st.lists(CHANGES, max_size=3), max_size=8))
def test_a_new_process_finds_what_the_old_one_had(changes: list[list[Event]]) -> None:
    events = [*start(), *(event for i, of in enumerate(changes) for event in turn(f"turn {i}", *of))]
    save(IN_MEMORY, *events)
    found, before = found_in(IN_MEMORY), saved(*events)
    assert list(found.events) == list(before.events)
    assert [event.timestamp for event in found.events] == [event.timestamp for event in before.events]
    assert found.current_slot_values() == before.current_slot_values()
    assert (found.active_loop_name, found.latest_action_name) == (before.active_loop_name, before.latest_action_name)
    assert (found.latest_message is None) == (before.latest_message is None)


def test_who_has_said_nothing_has_no_conversation(state: State) -> None:
    assert kept(store_in(state), "nobody") is None


def test_numbers_of_the_classifiers_are_kept_as_plain_ones(state: State) -> None:
    said = UserUttered("hm", {"name": np.str_("inform"), "confidence": np.float32(0.5)})
    save(state, *start(), said, SlotSet("a", {"days": np.int64(3)}))
    found = found_in(state)
    assert found.latest_message.intent == {"name": "inform", "confidence": 0.5}
    assert found.get_slot("a") == {"days": 3}


def test_what_cannot_be_kept_is_an_error_and_the_old_state_stays(state: State) -> None:
    save(state, *start(), *turn("one", SlotSet("a", 1)))
    with pytest.raises(NotImplementedError, match="object"):
        save(state, *start(), *turn("two", SlotSet("a", object())))
    assert found_in(state).get_slot("a") == 1


def test_it_is_forgotten_after_a_day_of_silence_also_before_anybody_cleans_up(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(state, *start(), *turn("one"))
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + KEEP_CONVERSATIONS_SECONDS - 60)
    assert texts(found_in(state)) == ["one"]
    monkeypatch.setattr(module.time, "time", lambda: now + KEEP_CONVERSATIONS_SECONDS + 60)
    assert kept(store_in(state)) is None


def test_a_conversation_can_be_forgotten_at_once_and_twice(state: State) -> None:
    save(state, *start())
    save(state, *start(), sender="bert")
    for _ in range(2):
        asyncio.run(store_in(state).forget("anna"))
    assert kept(store_in(state)) is None
    assert found_in(state, "bert")


def test_what_cannot_be_read_never_passes_for_an_empty_conversation(state: State) -> None:
    save(state, *start(), *turn("one", SlotSet("a", 1)))
    state._ring.leave(state._dialogue("anna"))
    asyncio.run(state._ring.destroy(state._ring.keys.of(state._dialogue("anna"))))
    state._memory.forget("anna")
    with remembered() as known:
        assert kept(store_in(state)) is None
    assert known.missing == LOST


# -- the unit of work --------------------------------------------------------------------------------------------------


async def turn_in_unit(state: State, *events: Event, commit: bool) -> None:
    store = store_in(state)
    message = received(str(events))
    await state.receive(message)
    with unit_of_work() as unit:
        await store.save(tracker(*events))
        inside = await store.retrieve("anna")
        assert inside is not None
        assert texts(inside) == ["two"]
        if commit:
            await state.finish(message, Outcome(entries=(b"reply",), conversations=unit.conversations, forgets=unit.forgets))


@pytest.mark.parametrize("commit", [True, False])
def test_a_turn_counts_when_its_outcome_is_saved_and_not_before(state: State, commit: bool) -> None:
    save(state, *start(), *turn("one", SlotSet("a", 1)))
    asyncio.run(turn_in_unit(state, *start(), *turn("two", SlotSet("a", 2)), commit=commit))
    assert found_in(state).get_slot("a") == (2 if commit else 1)
    assert len(asyncio.run(state.entries("chat", "chat:anna"))) == commit


def test_when_the_outcome_cannot_be_saved_the_same_process_goes_on_from_before(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(state, *start(), *turn("one", SlotSet("a", 1)))

    async def away(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(state._backend, "finish", away)
    store = store_in(state)

    async def talk() -> DialogueStateTracker | None:
        with unit_of_work() as unit:
            await store.save(tracker(*start(), *turn("two", SlotSet("a", 2))))
            outcome = Outcome(conversations=unit.conversations)
            with pytest.raises(OSError, match="full"):
                await state.finish(received(), outcome)
        return await store.retrieve("anna")

    found = asyncio.run(talk())
    assert found is not None
    assert found.get_slot("a") == 1


def test_units_of_different_tasks_do_not_mix(state: State) -> None:
    async def one(sender: str) -> list[str]:
        with unit_of_work() as unit:
            await asyncio.create_task(store_in(state).save(tracker(*start(), sender=sender)))
            await asyncio.sleep(0)
            return list(unit.conversations)

    async def both() -> list[list[str]]:
        return await asyncio.gather(one("anna"), one("bert"))

    assert asyncio.run(both()) == [["anna"], ["bert"]]


# -- what was deleted --------------------------------------------------------------------------------------------------


def on_disk(file: Path) -> bytes:
    return b"".join(each.read_bytes() for each in file.parent.iterdir())


def sealed_in(state: State) -> bytes:
    sealed = asyncio.run(state._backend.load(state._key("anna")))
    assert sealed
    return sealed


@pytest.mark.parametrize("in_unit", [True, False])
def test_nothing_of_what_was_deleted_is_left_on_the_disk_not_even_sealed(state: State, file: Path, in_unit: bool) -> None:
    before = [*start(), *turn("old", SlotSet("a", "old " * 3000))]
    save(state, *before)
    earlier = received("earlier")
    asyncio.run(state.receive(earlier))
    (entry,) = asyncio.run(state.finish(earlier, Outcome(entries=(b"her reply " * 500,))))
    old = sealed_in(state)
    pieces = [old[i : i + 64] for i in range(0, len(old) - 64, 500)]
    assert all(piece in on_disk(file) for piece in pieces)
    deleted = [*before, *turn("two", AllSlotsReset()), Restarted(), *turn("two")]
    if in_unit:
        asyncio.run(turn_in_unit(state, *deleted, commit=True))
        assert [e.number for e in asyncio.run(state.entries("chat", "chat:anna"))] == [entry.number + 1]
    else:
        save(state, *deleted)
    content = on_disk(file)
    assert [piece for piece in pieces if piece in content] == []
    assert texts(found_in(state)) == ["two"]
    assert found_in(state).get_slot("a") is None


def test_forgetting_leaves_nothing_on_the_disk(state: State, file: Path) -> None:
    save(state, *start(), *turn("old", SlotSet("a", "old")))
    old = sealed_in(state)
    assert old[:64] in on_disk(file)
    asyncio.run(store_in(state).forget("anna"))
    assert [i for i in range(0, len(old) - 32, 32) if old[i : i + 32] in on_disk(file)] == []


# -- the real agent ----------------------------------------------------------------------------------------------------


SAID = ("My left eyelid has been drooping since yesterday", "12 days ago", "forehead", "no", "no", "not sure", "thanks")


def agent_in(state: State) -> Any:
    """The agent as a new process has it."""
    with warnings.catch_warnings(record=True):  # Rasa's libraries warn of each other's age while they are loaded.
        warnings.simplefilter("ignore")
        return load_agent(ensure_model(), state)


def say(agent: Any, text: str, sender: str = "anna") -> list[tuple[str, Any]]:
    replies = asyncio.run(converse(agent.handle_message, "rest", sender, text))
    return [(reply.text, reply.custom) for reply in replies]


def test_a_conversation_goes_on_in_new_processes_as_if_there_had_been_one(agent: Any, file: Path) -> None:
    asyncio.run(agent.tracker_store.forget("rest:anna"))
    expected = [say(agent, text) for text in SAID]
    for text, replies in zip(SAID, expected, strict=True):
        state = opened(f"sqlite:///{file}", file.parent)
        assert say(agent_in(state), text) == replies, text
        asyncio.run(state.close())
    assert len({str(replies) for replies in expected}) > 4


def test_after_half_a_day_of_silence_a_new_process_begins_with_an_empty_report(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = agent_in(state)
    say(first, SAID[0])
    now = time.time()
    with monkeypatch.context() as later:
        later.setattr(time, "time", lambda: now + first.domain.session_config.session_expiration_time * 60 + 60)
        say(agent_in(state), "hello")
    slots = asyncio.run(state.load("rest:anna"))
    assert slots is not None
    assert b"eyelid" not in slots


def test_deleting_and_starting_over_reach_the_disk(state: State, file: Path) -> None:
    for wish in ("delete what I said", "start over"):
        talking = agent_in(state)
        say(talking, SAID[0])
        state_before = asyncio.run(state.load("rest:anna"))
        assert state_before is not None
        assert b"eyelid" in state_before
        sealed = asyncio.run(state._backend.load(state._key("rest:anna")))
        assert sealed
        say(talking, wish)
        state_after = asyncio.run(state.load("rest:anna"))
        assert state_after is not None
        assert b"eyelid" not in state_after
        assert [i for i in range(0, len(sealed) - 64, 64) if sealed[i : i + 64] in on_disk(file)] == []


def test_the_canary_leaves_nothing_in_the_store(state: State) -> None:
    agent = agent_in(state)
    assert asyncio.run(Canary(agent.handle_message, agent.tracker_store).healthy())
    from bot.state.sql import conversations, messages

    backend: Any = state._backend
    with backend._database.engine.connect() as connection:
        assert connection.execute(conversations.select()).all() == []
        assert connection.execute(messages.select()).all() == []
