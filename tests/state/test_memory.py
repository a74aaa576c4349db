from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.state import memory as module
from bot.state.backend import StoreError
from bot.state.memory import Memory
from bot.state.model import KEEP_CONVERSATIONS_SECONDS


class Store:
    """A store that can be away, and remembers what it was asked."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False
        self.loads, self.wiped = 0, 0
        self.slow: asyncio.Event | None = None

    async def load(self, conversation: str) -> bytes | None:
        self.loads += 1
        found = self.kept.get(conversation)
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise StoreError("it does not answer")
        return found

    async def save(self, conversation: str, state: bytes | None, at: float) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise StoreError("it does not answer")
        if state is None:
            self.wiped += 1
            self.kept.pop(conversation, None)
        else:
            self.kept[conversation] = state


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> Memory:
    monkeypatch.setattr(module, "WRITE_AGAIN_SECONDS", 0.005)
    return Memory(store.load, store.save)


async def written(memory: Memory) -> None:
    while any(last.owed for last in memory._last.values()):  # noqa: ASYNC110
        await asyncio.sleep(0.002)


async def test_the_store_is_asked_once(store: Store, memory: Memory) -> None:
    store.kept["anna"] = b"one"
    assert [await memory.load(name) for name in ("anna", "bert", "anna", "bert")] == [b"one", None, b"one", None]
    assert store.loads == 2


@given(st.lists(st.tuples(st.sampled_from(["anna", "bert"]), st.sampled_from([b"1", b"2", None]), st.booleans()), max_size=12))
def test_whatever_was_saved_last_counts_and_reaches_the_store(steps: list[tuple[str, bytes | None, bool]]) -> None:
    async def run() -> None:
        store = Store()
        memory = Memory(store.load, store.save)
        with pytest.MonkeyPatch.context() as quick:
            quick.setattr(module, "WRITE_AGAIN_SECONDS", 0.0)
            last: dict[str, bytes | None] = {}
            for name, state, away in steps:
                store.away = away
                await memory.save(name, state, time.time())
                last[name] = state
                assert await memory.load(name) == state
            store.away = False
            await written(memory)
        assert store.kept == {name: state for name, state in last.items() if state is not None}

    asyncio.run(run())


async def test_what_was_deleted_while_the_store_was_away_is_wiped_before_anything_new_is_written(
    store: Store, memory: Memory
) -> None:
    await memory.save("anna", b"old", time.time())
    store.away = True
    await memory.save("anna", None, time.time())
    await memory.save("anna", b"new", time.time())
    store.away = False
    await written(memory)
    assert (store.wiped, store.kept) == (1, {"anna": b"new"})


async def test_who_was_never_seen_is_unknown_while_the_store_is_away(store: Store, memory: Memory) -> None:
    store.away = True
    with pytest.raises(StoreError):
        await memory.load("anna")
    store.away = False
    assert await memory.load("anna") is None


@pytest.mark.parametrize("newer", [b"new", None])
async def test_what_is_saved_while_it_is_loaded_counts(store: Store, memory: Memory, newer: bytes | None) -> None:
    store.kept["anna"], store.slow = b"old", asyncio.Event()
    loading = asyncio.create_task(memory.load("anna"))
    await asyncio.sleep(0)
    await memory.save("anna", newer, time.time())
    store.slow.set()
    await loading
    assert await memory.load("anna") == newer


async def test_what_is_held_counts_until_it_is_saved_and_what_came_after_it_longer(store: Store, memory: Memory) -> None:
    memory.hold({"anna": b"1"})
    memory.hold({"anna": b"2"})
    memory.saved({"anna": b"1"}, time.time(), surely=True)
    assert await memory.load("anna") == b"2"
    memory.saved({"anna": b"2"}, time.time(), surely=True)
    assert await memory.load("anna") == b"2"
    memory.saved({"anna": b"3"}, time.time(), surely=False)
    store.kept["anna"] = b"what the store has"
    assert await memory.load("anna") == b"what the store has"


async def test_what_the_store_has_too_is_forgotten_when_it_is_too_much(
    store: Store, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 250)
    memory.hold({"owed": b"x" * 100})
    for number in range(5):
        await memory.save(f"{number}", b"y" * 100, time.time())
    assert list(memory._last) == ["owed", "4"]
    assert memory._bytes == 200
    monkeypatch.setattr(module, "MAX_CONVERSATIONS", 2)
    await memory.load("5")
    assert list(memory._last) == ["owed", "5"]


async def test_a_day_later_nothing_is_left(store: Store, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    await memory.save("anna", b"state", time.time())
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + KEEP_CONVERSATIONS_SECONDS + 1)
    del store.kept["anna"]
    assert await memory.load("anna") is None
    memory.expire()
    monkeypatch.setattr(module.time, "time", lambda: now + 2 * KEEP_CONVERSATIONS_SECONDS + 2)
    memory.expire()
    assert (dict(memory._last), memory._bytes) == ({}, 0)


async def test_marks_are_known_while_the_store_is_away(store: Store, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def ask(name: str) -> bool:
        asked.append(name)
        return False

    assert not await memory.marked("stopped", ask)
    memory.mark("stopped", True)
    assert await memory.marked("stopped", ask)
    assert asked == ["stopped"]
    monkeypatch.setattr(module, "MAX_MARKS", 1)
    memory.mark("other", True)
    assert list(memory._marks) == ["other"]
