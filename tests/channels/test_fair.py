from __future__ import annotations

import asyncio

from bot.channels.fair import AT_ONCE, MANY, QUIET_SECONDS, Turns


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Patients:
    """Sessions that have their turns until they are let go."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.having: list[str] = []
        self.had: list[str] = []
        self._over: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def come(self, address: str, session: str) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._turn(address, session))
        self._tasks.add(task)
        return task

    def go(self, session: str) -> None:
        self._over[session].set()

    async def _turn(self, address: str, session: str) -> None:
        over = self._over[session] = asyncio.Event()
        async with self._turns.of(address, session):
            self.having.append(session)
            self.had.append(session)
            await over.wait()
            self.having.remove(session)


async def busy(turns: Turns, address: str, sessions: int = 1) -> None:
    """Let an address have many turns."""
    for number in range(int(MANY) + 2):
        async with turns.of(address, f"{address} {number % sessions}"):
            pass


async def test_only_so_many_have_their_turn_at_once_and_the_rest_follows() -> None:
    patients = Patients(Turns())
    names = [f"s{i}" for i in range(AT_ONCE + 3)]
    for name in names:
        patients.come(name, name)
    await settled()
    assert patients.having == names[:AT_ONCE]
    for name in names:
        patients.go(name)
        await settled()
    assert patients.had == names
    assert patients.having == []


async def test_busy_ones_share_one_turn_while_anybody_else_is_here() -> None:
    clock = Clock()
    turns = Turns(clock=clock)
    await busy(turns, "flood", 30)
    patients = Patients(turns)
    patients.come("quiet", "quiet")
    for i in range(10):
        patients.come("flood", f"new {i}")
    await settled()
    assert patients.having == ["quiet", "new 0"]
    patients.go("quiet")
    await settled()
    assert patients.having == ["new 0"], "somebody quiet may come again"
    patients.come("other", "other")
    await settled()
    assert patients.having == ["new 0", "other"]
    patients.go("other")
    patients.go("new 0")
    clock.now += QUIET_SECONDS + 1
    patients.come("flood", "last")
    await settled()
    assert len(patients.having) == AT_ONCE, "nobody else is here"


async def test_of_one_address_whoever_had_less_comes_first() -> None:
    turns = Turns(at_once=1)
    await busy(turns, "clinic")
    patients = Patients(turns)
    patients.come("clinic", "first")
    await settled()
    for session in ("clinic 0", "clinic 0", "anna"):
        patients.come("clinic", session)
    await settled()
    patients.go("first")
    await settled()
    assert patients.having == ["anna"]


async def test_what_was_long_ago_is_forgotten() -> None:
    clock = Clock()
    turns = Turns(clock=clock)
    await busy(turns, "a")
    patients = Patients(turns)
    patients.come("b", "b")
    clock.now += 60
    for i in range(3):
        patients.come("a", f"a{i}")
    await settled()
    assert patients.having == ["b", "a0", "a1", "a2"]


async def test_whoever_gives_up_leaves_no_gap() -> None:
    patients = Patients(Turns(at_once=1))
    first, second, _ = (patients.come(name, name) for name in "abc")
    await settled()
    second.cancel()
    first.cancel()
    await settled()
    assert patients.having == ["a", "c"]
    patients.go("c")
    await settled()
    async with patients._turns.of("d", "d"):
        pass
