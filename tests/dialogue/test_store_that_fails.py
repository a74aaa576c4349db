"""A conversation under way goes on while the store fails, and no level falls."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.channels.canary import Canary
from bot.channels.converse import converse, emergency_by_itself
from bot.state.backend import StoreError
from bot.state.folder import Folder
from bot.state.places import backend_of
from bot.state.seal import Sealer
from bot.state.state import State
from bot.state.unit import unit_of_work
from tests.dialogue.test_store_in_state import agent_in
from tests.safety import assert_safe, kinds, levels, shapes
from tests.state.conftest import started  # noqa: F401  # a fixture
from tests.state.servers import Running

EMERGENCY = "I cannot breathe"
# An emergency only together.
TOGETHER = ("my upper eyelid is drooping", "I see double")
LIMIT = 5.0

Failing = Callable[[], AbstractContextManager[None]]


def opened(url: str) -> State:
    """A state whose keys outlive it where its store does, beside a file."""
    backend, folder = backend_of(url, Path())
    state = State(backend, Sealer(b"a secret"), Folder(folder) if url.startswith("sqlite:") else None)
    asyncio.run(state.start())
    return state


@contextmanager
def full(state: State) -> Iterator[None]:
    database: Any = state._backend
    with database._database._raw() as raw:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}")
    for size in (100_000, 4_000, 500, 100):  # also what is free within the file
        with pytest.raises(StoreError, match="full"):
            asyncio.run(fill(state, size))
    yield
    with database._database._raw() as raw:
        raw.execute("PRAGMA max_page_count = 1000000")


async def fill(state: State, size: int) -> None:
    for number in range(1000):
        await state._backend.save(f"filling {size} {number}", b"x" * size, time.time())


@contextmanager
def locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture(params=["full", "locked", "hanging", "unsound"])
def failing(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    started: Callable[[str], Running],  # noqa: F811
) -> Iterator[tuple[State, Failing]]:
    """A state, and what makes its store fail."""
    if request.param == "hanging":
        server = started("postgresql")
        server.empty()
        state = opened(server.url)
        yield state, server.hanging
    else:
        file = tmp_path / "store.sqlite3"
        state = opened(f"sqlite:///{file}")
        harms: dict[str, Failing] = {
            "full": lambda: full(state),
            "locked": lambda: locked(file),
            "unsound": lambda: gone(state, file),
        }
        yield state, harms[request.param]
    asyncio.run(state.close())


@contextmanager
def gone(state: State, file: Path) -> Iterator[None]:
    file.rename(file.with_name("moved"))
    assert asyncio.run(state.check())
    yield
    file.with_name("moved").rename(file)
    assert asyncio.run(state.check()) is None


def say(agent: Any, text: str, sender: str = "anna") -> list[dict[str, Any]]:
    began = time.monotonic()
    replies = shapes(asyncio.run(converse(agent.handle_message, "rest", sender, text)))
    assert time.monotonic() - began < LIMIT
    assert_safe(replies)
    return replies


def test_a_conversation_goes_on_as_if_nothing_were_wrong(agent: Any, failing: tuple[State, Failing]) -> None:
    said = ("my upper eyelid is drooping", "12 days ago", "forehead", "no")
    asyncio.run(agent.tracker_store.forget("rest:whole"))
    expected = [say(agent, text, "whole") for text in said]
    state, fails = failing
    talking = agent_in(state)
    replies = [say(talking, text, "whole") for text in said[:2]]
    with fails():
        replies += [say(talking, text, "whole") for text in said[2:]]
    assert replies == expected
    asyncio.run(written(state))
    state._memory._last.clear()  # what a new process would know
    assert "summary" in str(say(talking, "that is all, no more questions", "whole"))


async def written(state: State) -> None:
    """The store has everything again."""
    end = time.monotonic() + 10
    while owed := [last for last in state._memory._last.values() if last.owed]:
        assert time.monotonic() < end, owed
        state._memory._write_later()
        await asyncio.sleep(0.1)


def test_an_emergency_that_comes_together_is_one(agent: Any, failing: tuple[State, Failing]) -> None:
    state, fails = failing
    talking = agent_in(state)
    assert "emergency" not in levels(say(talking, TOGETHER[0]))
    assert emergency_by_itself(TOGETHER[1]) is None
    with fails():
        assert "emergency" in levels(say(talking, TOGETHER[1]))
        assert say(talking, "ok, it is fine now")[0]["text"].startswith("Call 911")
    asyncio.run(written(state))
    state._memory._last.clear()
    assert say(talking, "ok, it is fine now")[0]["text"].startswith("Call 911")


def test_of_who_was_never_seen_an_emergency_is_answered_and_nothing_passes_for_new(agent: Any, tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path}/store.sqlite3"
    before = opened(place)
    say(agent_in(before), EMERGENCY)
    asyncio.run(before.close())

    state = opened(place)
    talking = agent_in(state)
    backend: Any = state._backend

    async def away(_: str) -> None:
        raise StoreError("it does not answer")

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(backend, "load", away)
        replies = say(talking, "my mouth is a little dry")
        assert replies[0]["custom"] == {"type": "fallback", "reason": "away"}
        assert kinds(say(talking, "my eyelid droops and I see double"))[-1] in ("fallback", "assessment")
        assert levels(say(talking, EMERGENCY)) == ["emergency"]
        assert levels(say(talking, "I cannot swallow", "new")) == ["emergency"]
        assert say(talking, "is that bad?", "new")[0]["text"].startswith("Call 911")
        with pytest.raises(StoreError), unit_of_work():  # a message that is kept waits
            say(talking, "hello", "another")
    assert say(talking, "it is better now")[0]["text"].startswith("Call 911")
    assert say(talking, "is that bad?", "new")[0]["text"].startswith("Call 911"), "what was answered without the dialogue"
    asyncio.run(state.close())


# ---- an account that cannot be opened --------------------------------------------------------------------------------


@pytest.fixture
def unreadable(tmp_path: Path) -> Iterator[State]:
    """A state in which anna's account cannot be opened."""
    place = f"sqlite:///{tmp_path}/store.sqlite3"
    before = opened(place)
    say(agent_in(before), EMERGENCY)
    asyncio.run(before._backend.save(before._key("rest:anna"), b"rubbish", time.time()))
    asyncio.run(before.close())
    state = opened(place)
    yield state
    asyncio.run(state.close())


@pytest.mark.parametrize(
    "text", ["hello", "my mouth is a little dry", "it is better now", "no", "what is botox?", "go back", ""]
)
def test_who_cannot_be_known_gets_the_clinic_and_how_to_begin_anew(unreadable: State, text: str) -> None:
    talking = agent_in(unreadable)
    for _ in range(2):
        [reply] = say(talking, text)
        assert reply["custom"] == {"type": "fallback", "reason": "lost"}
        assert "start over" in reply["text"]


def test_who_cannot_be_known_is_heard(unreadable: State) -> None:
    talking = agent_in(unreadable)
    assert levels(say(talking, "I cannot swallow")) == ["emergency"]
    replies = say(talking, "I see double")
    assert levels(replies) == ["same_day"]
    assert replies[-1]["custom"]["reason"] == "lost"
    assert asyncio.run(unreadable._backend.load(unreadable._key("rest:anna"))) == b"rubbish"


@pytest.mark.parametrize("wish", ["start over", "delete what I said"])
def test_who_cannot_be_known_can_begin_anew(unreadable: State, wish: str) -> None:
    talking = agent_in(unreadable)
    [reply] = say(talking, wish)
    assert reply["custom"]["id"] in ("start_over", "deleted")
    assert say(talking, "my mouth is a little dry")[0]["custom"]["type"] == "question"
    assert asyncio.run(unreadable._backend.load(unreadable._key("rest:anna"))) != b"rubbish"


# ---- the canary ------------------------------------------------------------------------------------------------------


def test_the_canary_leaves_nothing_and_needs_no_store(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite3"
    state = opened(f"sqlite:///{file}")
    agent = agent_in(state)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    canary = Canary(agent.handle_message, agent.tracker_store)
    assert asyncio.run(canary.healthy())
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    assert not state._memory._last
    with ExitStack() as broken:
        patch = broken.enter_context(pytest.MonkeyPatch.context())
        for name in ("load", "save"):
            patch.setattr(state._backend, name, None)
        patch.setattr("bot.channels.canary.SECONDS", 0.0)
        assert asyncio.run(canary.healthy())
    asyncio.run(state.close())
