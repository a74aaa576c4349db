"""The engine under whatever can happen to it: death at any moment, a store that is away, platforms that do not answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.channels import engine as module
from bot.channels.done import Noted
from bot.channels.engine import Engine
from bot.channels.messaging.platform import Refused, Unavailable
from bot.state.backend import StoreError
from bot.state.model import Entry, Outcome, Received
from bot.state.seal import Sealer
from bot.state.sql import SqlBackend
from bot.state.state import State
from bot.state.unit import open_unit

CHANNEL = "chat"


class Away(Exception):
    """The store does not answer."""


class Frail:
    """A state of which one step goes wrong: `fails` before or after it was done, or never comes back."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.steps = 0
        self.wrong_at, self.done_first, self.hangs = -1, False, False
        self.away = False
        self.hung = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._state, name)

        async def step(*arguments: Any, **named: Any) -> Any:
            self.steps += 1
            if self.away:
                raise Away
            if self.steps != self.wrong_at:
                return await method(*arguments, **named)
            if self.done_first:
                await method(*arguments, **named)
            if self.hangs:
                self.hung.set()
                await asyncio.Event().wait()
            raise Away

        return step


@pytest.fixture
async def state() -> AsyncIterator[State]:
    opened = State(SqlBackend("sqlite://"), Sealer(b"secret"))
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_AGAIN", (0.001, 0.002))


def message(conversation: str, number: int, at: float | None = None) -> Received:
    return Received(
        channel=CHANNEL,
        id=f"{conversation}-{number}",
        conversation=f"{CHANNEL}:{conversation}",
        at=time.time() if at is None else at,
        body=f"{conversation}-{number}".encode(),
    )


class World:
    """The engine's surroundings: a dialogue that counts its turns, a platform and a screen that remember what they got."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.delivered: dict[str, list[bytes]] = defaultdict(list)
        self.shown: dict[str, dict[int, bytes]] = defaultdict(dict)
        self.delivering: Callable[[Entry], Awaitable[None]] | None = None

    async def answer(self, received: Received) -> Outcome:
        """Counts in the dialogue's state, so that a turn that was done twice or lost would show."""
        unit = open_unit()
        assert unit is not None
        turns = int(await self.state.load(received.conversation) or b"0") + 1
        unit.conversations[received.conversation] = b"%d" % turns
        return Outcome(entries=(received.body, b"answer %d" % turns))

    async def deliver(self, entry: Entry) -> None:
        if self.delivering is not None:
            await self.delivering(entry)
        self.delivered[entry.conversation].append(entry.body)

    async def published(self, conversation: str, entries: list[Entry]) -> None:
        self.shown[conversation].update({entry.number: entry.body for entry in entries})

    def engine(self, state: Any = None, *, pushes: bool = True, **named: Any) -> Engine:
        """An engine that pushes, or one whose replies are read from the log."""
        return Engine(
            self.state if state is None else state,
            CHANNEL,
            named.pop("answer", self.answer),
            self.deliver if pushes else None,
            otherwise=lambda received: Outcome(entries=(received.body, b"fallback")),
            published=None if pushes else self.published,
            sent=named.pop("sent", None),
            retries=named.pop("retries", (0.001, 0.002)),
            look_seconds=named.pop("look_seconds", 0.02),
        )


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.002)


async def quiet(engine: Engine, world: World) -> None:
    """Wait until nothing is kept that is still to do."""
    end = time.monotonic() + 10
    while await world.state.unanswered(CHANNEL) or await world.state.unsent(CHANNEL):
        assert time.monotonic() < end, "something is left"
        await asyncio.sleep(0.005)


def expected(conversation: str, count: int) -> list[bytes]:
    return [body for n in range(count) for body in (f"{conversation}-{n}".encode(), b"answer %d" % (n + 1))]


@pytest.fixture
def world(state: State) -> World:
    return World(state)


# ---- as it should be -------------------------------------------------------------------------------------------------


async def test_messages_are_answered_in_order_and_conversations_side_by_side(world: World) -> None:
    slow = asyncio.Event()

    async def answer(received: Received) -> Outcome:
        if received.conversation.endswith("slow"):
            await slow.wait()
        return await world.answer(received)

    engine = world.engine(answer=answer)
    await engine.start()
    for number in range(20):
        for name in ("slow", "fast"):
            assert await engine.accept(message(name, number))
    await until(lambda: world.delivered["chat:fast"] == expected("fast", 20))
    assert engine.busy("chat:slow")
    assert not engine.busy("chat:fast")
    assert world.delivered["chat:slow"] == []
    slow.set()
    await until(lambda: world.delivered["chat:slow"] == expected("slow", 20))
    await engine.stop()


async def test_a_retry_changes_nothing_however_often_and_however_close(world: World) -> None:
    engine = world.engine()
    await engine.start()
    accepted = await asyncio.gather(*(engine.accept(message("anna", 0)) for _ in range(50)))
    assert sorted(accepted) == [False] * 49 + [True]
    await quiet(engine, world)
    assert not await engine.accept(message("anna", 0))
    await engine.accept(message("anna", 1))
    await until(lambda: world.delivered["chat:anna"] == expected("anna", 2))
    await engine.stop()


async def test_who_comes_back_after_the_log_was_forgotten_is_answered(world: World) -> None:
    """The numbers of a new log begin at 1 again, and those entries were not sent before."""
    engine = world.engine()
    await engine.start()
    for number in range(3):
        await engine.accept(message("anna", number))
        await quiet(engine, world)
        await world.state._backend.expire(0.0, time.time() + 1.0)
        world.state._memory.forget("chat:anna")
    answers = [body for body in world.delivered["chat:anna"] if body.startswith(b"answer")]
    assert answers == [b"answer 1"] * 3
    await engine.stop()


async def test_it_is_busy_until_the_answer_is_told(world: World) -> None:
    told: list[tuple[bool, int]] = []

    async def published(conversation: str, entries: list[Entry]) -> None:
        told.append((engine.busy(conversation), len(entries)))

    engine = Engine(world.state, CHANNEL, world.answer, otherwise=lambda _: Outcome(), published=published)
    await engine.start()
    for number in range(3):
        await engine.accept(message("anna", number))
    assert engine.busy("chat:anna")
    await until(lambda: len(told) == 3)
    assert told == [(True, 2), (True, 2), (False, 2)]
    await engine.stop()


async def test_nothing_stays_in_memory(world: World) -> None:
    engine = world.engine()
    await engine.start()
    for number in range(200):
        await engine.accept(message(f"patient{number}", 0))
    await quiet(engine, world)
    await until(lambda: not engine._handed)
    assert (engine._taken, engine._busy, engine._handed, engine._uncertain) == (set(), {}, set(), set())
    for lanes in (engine._answering, engine._delivering):
        await until(lambda: not lanes._waiting and not lanes._tasks)  # noqa: B023
    assert len(engine._sent._names) == 400
    await engine.stop()


# ---- death -----------------------------------------------------------------------------------------------------------


async def say(engine: Engine, numbers: list[int]) -> None:
    """A patient whose client sends again what was not acknowledged."""
    for number in numbers:
        while True:
            try:
                await engine.accept(message("anna", number))
                break
            except Away:
                await asyncio.sleep(0.003)


@pytest.mark.parametrize("done_first", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 15))
async def test_killed_at_any_step_the_next_process_goes_on(world: World, step: int, done_first: bool) -> None:
    frail = Frail(world.state)
    frail.wrong_at, frail.done_first, frail.hangs = step, done_first, True
    engine = world.engine(frail, look_seconds=30)
    starting = asyncio.ensure_future(engine.start())
    await asyncio.wait([starting, asyncio.ensure_future(frail.hung.wait())], return_when=asyncio.FIRST_COMPLETED)
    sending = asyncio.ensure_future(say(engine, [0, 1, 2]))
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(frail.hung.wait(), 2)
    assert frail.hung.is_set(), f"only {frail.steps} steps"
    await asyncio.sleep(0.01)
    starting.cancel()
    sending.cancel()
    await engine.stop()

    again = world.engine()
    await again.start()
    await say(again, [0, 1, 2])
    await quiet(again, world)
    await again.stop()
    log = [entry.number for entry in await world.state.entries(CHANNEL, "chat:anna")]
    assert log == [1, 2, 3, 4, 5, 6]
    assert await world.state.load("chat:anna") == b"3"
    # Killed between delivering and noting it, a reply is delivered twice: better than not at all.
    once = list(dict.fromkeys(world.delivered["chat:anna"]))
    assert once == expected("anna", 3)
    assert len(world.delivered["chat:anna"]) <= len(once) + 1


async def test_killed_after_a_platform_took_a_reply_the_next_process_does_not_send_it_again(
    world: World, tmp_path: Path
) -> None:
    """Though the store was not told, which waits for its disk."""
    frail = Frail(world.state)
    engine = world.engine(frail, sent=Noted(tmp_path / "sent"), look_seconds=30)
    await engine.start()

    async def delivering(entry: Entry) -> None:
        frail.wrong_at, frail.hangs = frail.steps + 1, True

    world.delivering = delivering
    await engine.accept(message("anna", 0))
    await frail.hung.wait()
    assert world.delivered["chat:anna"] == [b"anna-0"]
    await engine.stop()
    world.delivering = None
    again = world.engine(sent=Noted(tmp_path / "sent"))
    await again.start()
    await quiet(again, world)
    await again.stop()
    assert world.delivered["chat:anna"] == expected("anna", 1)


async def test_killed_before_what_was_said_could_be_saved_the_next_process_saves_it_and_does_not_send_it_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNSAVED_AFTER", 0.02)
    engine = world.engine(sent=Noted(tmp_path / "sent"))
    await engine.start()
    await engine.accept(message("anna", 0))
    await until(lambda: len(world.delivered["chat:anna"]) == 2)

    async def fails(*_: Any) -> list[Entry]:
        raise StoreError("it does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(world.state._backend, "finish", fails)
        await engine.accept(message("anna", 1))
        await until(lambda: len(world.delivered["chat:anna"]) == 4)
        await engine.stop()
    again = world.engine(sent=Noted(tmp_path / "sent"))
    await again.start()
    await quiet(again, world)
    await again.stop()
    assert world.delivered["chat:anna"] == expected("anna", 2)
    assert [entry.number for entry in await world.state.entries(CHANNEL, "chat:anna")] == [1, 2, 3, 4]


async def test_what_a_platform_is_taking_when_the_engine_stops_is_not_sent_again(world: World) -> None:
    begun = asyncio.Event()

    async def delivering(entry: Entry) -> None:
        begun.set()
        await asyncio.sleep(0.1)

    world.delivering = delivering
    engine = world.engine()
    await engine.start()
    await engine.accept(message("anna", 0))
    await begun.wait()
    await engine.stop()
    assert world.delivered["chat:anna"] == [b"anna-0"]
    world.delivering = None
    again = world.engine()
    await again.start()
    await quiet(again, world)
    await again.stop()
    assert world.delivered["chat:anna"] == expected("anna", 1)


async def test_a_stop_does_not_wait_for_the_next_attempt(world: World) -> None:
    async def delivering(entry: Entry) -> None:
        raise Unavailable("busy", after=60.0)

    world.delivering = delivering
    engine = world.engine()
    await engine.start()
    await engine.accept(message("anna", 0))
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    await engine.stop()
    assert time.monotonic() - begun < 0.3


async def test_an_entry_that_was_tried_too_often_before_is_tried_once_more_and_dies(world: World) -> None:
    """Killed between its last attempt and its death, it must not wait for ever."""
    await world.state.receive(message("anna", 0))
    (entry,) = await world.state.finish(message("anna", 0), Outcome(entries=(b"one",)))
    for _ in range(9):
        await world.state.failed(entry)

    async def delivering(entry: Entry) -> None:
        raise Unavailable("busy")

    world.delivering = delivering
    engine = world.engine()
    await engine.start()
    await quiet(engine, world)
    await engine.stop()
    assert [reason for _, reason in await world.state.dead(CHANNEL)] == ["busy"]


@pytest.mark.parametrize("done_first", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(3, 20))
async def test_when_any_step_fails_the_same_process_goes_on_delivering(world: World, step: int, done_first: bool) -> None:
    frail = Frail(world.state)
    frail.wrong_at, frail.done_first = step, done_first
    engine = world.engine(frail)
    await engine.start()
    for number in range(4):
        await say(engine, [number])
        await until(lambda: len(world.delivered["chat:anna"]) >= 2 * number + 2)  # noqa: B023
    await quiet(engine, world)
    await engine.stop()
    assert world.delivered["chat:anna"] == expected("anna", 4)
    assert await world.state.load("chat:anna") == b"4"


@pytest.mark.parametrize("done_first", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(2, 10))
async def test_when_any_step_fails_the_same_process_goes_on_showing(world: World, step: int, done_first: bool) -> None:
    frail = Frail(world.state)
    frail.wrong_at, frail.done_first = step, done_first
    engine = world.engine(frail, pushes=False)
    await engine.start()
    await say(engine, [0, 1, 2, 3])
    await until(lambda: len(world.shown["chat:anna"]) == 8 and not engine.busy("chat:anna"))
    await engine.stop()
    assert [world.shown["chat:anna"][n] for n in range(1, 9)] == expected("anna", 4)
    assert await world.state.load("chat:anna") == b"4"


async def test_a_message_that_was_kept_although_the_store_seemed_to_fail_is_answered(world: World) -> None:
    """Its client may have given up, and a retry of it would be none that is answered."""
    frail = Frail(world.state)
    engine = world.engine(frail, look_seconds=30)
    await engine.start()
    frail.wrong_at, frail.done_first = frail.steps + 1, True
    with pytest.raises(Away):
        await engine.accept(message("anna", 0))
    await until(lambda: world.delivered["chat:anna"] == expected("anna", 1))
    await engine.stop()


async def test_whoever_hangs_up_while_a_message_is_kept_gets_the_answer(world: World) -> None:
    slow = Frail(world.state)
    reached, go_on = asyncio.Event(), asyncio.Event()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(slow, name)

        async def receive(self, received: Received) -> bool:
            kept = await world.state.receive(received)
            reached.set()
            await go_on.wait()
            return kept

    engine = world.engine(Slow(), look_seconds=30)
    await engine.start()
    request = asyncio.ensure_future(engine.accept(message("anna", 0)))
    await reached.wait()
    request.cancel()
    with suppress(asyncio.CancelledError):
        await request
    go_on.set()
    await until(lambda: world.delivered["chat:anna"] == expected("anna", 1))
    await engine.stop()


async def test_the_store_is_away_for_a_while(world: World, caplog: pytest.LogCaptureFixture) -> None:
    frail = Frail(world.state)
    engine = world.engine(frail)
    await engine.start()
    for name in ("anna", "bert"):
        await engine.accept(message(name, 0))
    frail.away = True
    with pytest.raises(Away):
        await engine.accept(message("anna", 1))
    sending = asyncio.ensure_future(say(engine, [1, 2]))
    await asyncio.sleep(0.3)
    assert not sending.done()
    frail.away = False
    await sending
    await until(lambda: world.delivered["chat:anna"] == expected("anna", 3))
    await until(lambda: world.delivered["chat:bert"] == expected("bert", 1))
    await quiet(engine, world)
    await engine.stop()
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert "anna" not in caplog.text


@pytest.mark.parametrize("pushes", [True, False])
async def test_what_was_acknowledged_is_answered_while_the_store_fails_and_saved_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch, pushes: bool
) -> None:
    monkeypatch.setattr(module, "UNSAVED_AFTER", 0.02)
    engine = world.engine(pushes=pushes, look_seconds=0.05)
    await engine.start()
    backend, broken = world.state._backend, asyncio.Event()
    said = [message("anna", number) for number in range(5)] + [message("bert", 0)]
    finish = backend.finish

    async def fails(*_: Any) -> list[Entry]:
        broken.set()
        raise StoreError("it does not answer")

    def heard() -> list[bytes]:
        return world.delivered["chat:anna"] if pushes else [body for _, body in sorted(world.shown["chat:anna"].items())]

    await engine.accept(said[0])
    await until(lambda: len(heard()) == 2)
    monkeypatch.setattr(backend, "finish", fails)
    for each in said[1:]:
        await engine.accept(each)
    await until(lambda: heard() == expected("anna", 5))
    assert [entry.number for entry in engine.unsaved("chat:anna")] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert not engine.busy("chat:anna")
    monkeypatch.setattr(backend, "finish", finish)
    await until(lambda: not engine._owed and not engine._settling)
    log = await world.state.entries(CHANNEL, "chat:anna")
    assert [entry.number for entry in log] == list(range(1, 11))
    assert await world.state.unanswered(CHANNEL) == []
    if pushes:
        await quiet(engine, world)
    else:
        assert [entry.body for entry in log] == expected("anna", 5)
    assert heard() == expected("anna", 5)
    assert engine.unsaved("chat:anna") == []
    assert await world.state.load("chat:anna") == b"5"
    world.state._memory.forget("chat:anna")
    assert await world.state.load("chat:anna") == b"5"
    await engine.accept(message("anna", 5))
    await until(lambda: heard() == expected("anna", 6))
    await engine.stop()


# ---- a dialogue that fails -------------------------------------------------------------------------------------------


async def test_a_message_that_fails_by_itself_gets_the_fallback_and_holds_nobody_up(world: World) -> None:
    attempts: list[bytes] = []

    async def answer(received: Received) -> Outcome:
        outcome = await world.answer(received)
        if received.body == b"anna-1":
            attempts.append(received.body)
            raise ValueError(received.body)
        return outcome

    engine = world.engine(answer=answer)
    await engine.start()
    await say(engine, [0, 1, 2])
    await until(lambda: len(world.delivered["chat:anna"]) == 6)
    await engine.stop()
    assert world.delivered["chat:anna"][2:4] == [b"anna-1", b"fallback"]
    assert world.delivered["chat:anna"][4:] == [b"anna-2", b"answer 2"]  # what it half did is as if it had never been
    assert len(attempts) == module.ATTEMPTS + 1


async def test_a_screen_that_fails_loses_no_answer(world: World) -> None:
    async def published(conversation: str, entries: list[Entry]) -> None:
        raise RuntimeError

    engine = world.engine(pushes=False)
    engine._published = published
    await engine.start()
    await say(engine, [0, 1])
    await until(lambda: not engine.busy("chat:anna"))
    await engine.stop()
    assert [entry.body for entry in await world.state.entries(CHANNEL, "chat:anna")] == expected("anna", 2)


@pytest.mark.parametrize("pushes", [True, False])
async def test_what_was_forgotten_meanwhile_is_neither_kept_nor_told(world: World, pushes: bool) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def answer(received: Received) -> Outcome:
        outcome = await world.answer(received)
        begun.set()
        await go_on.wait()
        return outcome

    engine = world.engine(answer=answer, pushes=pushes)
    await engine.start()
    await engine.accept(message("anna", 0))
    await begun.wait()
    await world.state.forget(CHANNEL, "chat:anna")
    go_on.set()
    await until(lambda: not engine.busy("chat:anna"))
    await asyncio.sleep(0.05)
    await engine.stop()
    assert await world.state.entries(CHANNEL, "chat:anna") == []
    assert await world.state.load("chat:anna") is None
    assert not world.delivered["chat:anna"]
    assert not world.shown["chat:anna"]


# ---- a platform that fails -------------------------------------------------------------------------------------------


async def test_a_reply_is_tried_again_and_those_behind_it_wait(world: World) -> None:
    failures = iter([Unavailable("busy"), OSError(), Unavailable("busy", after=0.01)])

    async def delivering(entry: Entry) -> None:
        error = next(failures, None)
        if error is not None:
            raise error

    world.delivering = delivering
    engine = world.engine(retries=(0.001, 0.001, 0.001, 0.001))
    await engine.start()
    await say(engine, [0, 1])
    await until(lambda: world.delivered["chat:anna"] == expected("anna", 2))
    await engine.stop()


@pytest.mark.parametrize(("error", "attempts"), [(Refused("no such user"), 1), (Unavailable("busy"), 3), (OSError("x"), 3)])
async def test_a_reply_that_is_never_taken_is_a_dead_letter_and_the_next_one_goes_out(
    world: World, error: Exception, attempts: int
) -> None:
    tried = 0

    async def delivering(entry: Entry) -> None:
        nonlocal tried
        if entry.number == 1:
            tried += 1
            raise error

    world.delivering = delivering
    engine = world.engine()
    await engine.start()
    await engine.accept(message("anna", 0))
    await until(lambda: world.delivered["chat:anna"] == [b"answer 1"])
    await quiet(engine, world)
    assert tried == attempts
    (dead,) = await world.state.dead(CHANNEL)
    assert dead[0].body == b"anna-0"
    world.delivering = None
    await world.state.revive(CHANNEL)  # as another process does
    await until(lambda: world.delivered["chat:anna"] == [b"answer 1", b"anna-0"])
    await engine.stop()


@pytest.mark.parametrize("taken", [True, False])
async def test_a_reply_to_a_message_that_waited_30_hours_is_delivered_or_dead_and_never_gone(world: World, taken: bool) -> None:
    ready = asyncio.Event()

    async def delivering(entry: Entry) -> None:
        await ready.wait()
        if not taken:
            raise Refused("the window has closed")

    world.delivering = delivering
    await world.state.receive(message("anna", 0, time.time() - 30 * 3600))
    engine = world.engine()
    await engine.start()
    await until(lambda: len(engine._handed) == 2)
    await world.state.expire()
    ready.set()
    await quiet(engine, world)
    await world.state.expire()
    await engine.stop()
    assert world.delivered["chat:anna"] == (expected("anna", 1) if taken else [])
    assert [entry.body for entry, _ in await world.state.dead(CHANNEL)] == ([] if taken else expected("anna", 1))


async def test_a_stopped_engine_delivers_nothing_more(world: World) -> None:
    begun, released = asyncio.Event(), asyncio.Event()

    async def delivering(entry: Entry) -> None:
        begun.set()
        await released.wait()

    world.delivering = delivering
    engine = world.engine()
    await engine.start()
    await engine.accept(message("anna", 0))
    await begun.wait()
    await asyncio.wait_for(engine.stop(), 1)
    released.set()
    await engine.accept(message("anna", 1))
    await asyncio.sleep(0.05)
    assert not world.delivered["chat:anna"]
    assert [left.id for left in await world.state.unanswered(CHANNEL)] == ["anna-1"]
    again = world.engine()
    await again.start()
    await until(lambda: world.delivered["chat:anna"] == expected("anna", 2))
    await again.stop()
