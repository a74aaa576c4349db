from __future__ import annotations

import asyncio

from bot.channels.fair import BUSY, MOST_WAITING, PLACE_SECONDS, QUIET_SECONDS, REST, SPARE_REST, Turns


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

    def come(self, address: str, session: str, behind: int = 0, *, spare: bool = False) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._turn(address, session, behind, spare))
        self._tasks.add(task)
        return task

    async def go(self, session: str) -> None:
        self._over[session].set()
        await settled()

    async def _turn(self, address: str, session: str, behind: int, spare: bool) -> None:
        over = self._over[session] = asyncio.Event()
        async with self._turns.of(address, session, behind=behind, spare=spare):
            self.having.append(session)
            self.had.append(session)
            await over.wait()
            self.having.remove(session)


async def had(turns: Turns, address: str, session: str, count: int) -> None:
    for _ in range(count):
        async with turns.of(address, session):
            pass


async def test_one_has_the_place_and_the_rest_follows() -> None:
    patients = Patients(Turns())
    for name in "abcd":
        patients.come(name, name)
    await settled()
    for name in "abcd":
        assert patients.having == [name]
        await patients.go(name)
    assert patients.had == list("abcd")


async def test_a_turn_that_hangs_keeps_nobody_waiting() -> None:
    patients = Patients(Turns())
    for name in "abc":
        patients.come(name, name)
    await asyncio.sleep(PLACE_SECONDS * 2.5)
    assert patients.having == ["a", "b", "c"]
    for name in "abc":
        await patients.go(name)
    patients.come("d", "d")
    patients.come("e", "e")
    await settled()
    assert patients.having == ["d"], "a place that was given away is not given back"


async def test_whoever_waits_for_the_answer_comes_first_then_whoever_had_less() -> None:
    turns = Turns()
    await had(turns, "clinic", "talker", 5)
    patients = Patients(turns)
    patients.come("x", "first")
    await settled()
    patients.come("flood", "flooding", behind=3)
    patients.come("clinic", "talker")
    patients.come("clinic", "quiet")
    patients.come("home", "anna")
    for name in ("first", "anna", "quiet", "talker", "flooding"):
        await settled()
        assert patients.having == [name]
        await patients.go(name)


async def test_while_a_patient_is_here_those_who_flood_leave_room() -> None:
    clock = Clock()
    patients = Patients(Turns(clock))

    async def flooded(name: str) -> None:
        clock.now += 0.02  # a turn takes as long
        await patients.go(name)

    patients.come("flood", "f1", behind=3)
    patients.come("flood", "f2", behind=3)
    await settled()
    await flooded("f1")
    assert patients.having == ["f2"], "nobody else is here"
    patients.come("home", "anna")
    patients.come("flood", "f3", behind=3)
    await flooded("f2")
    assert patients.having == ["anna"]
    patients.come("flood", "f4", behind=3)
    clock.now += 0.5
    await patients.go("anna")
    assert patients.having == ["f3"]
    await flooded("f3")
    assert patients.having == []
    clock.now += 0.02 * REST
    await asyncio.sleep(0.02 * REST + 0.02)
    assert patients.having == ["f4"]
    clock.now += QUIET_SECONDS
    patients.come("flood", "f5", behind=3)
    await flooded("f4")
    assert patients.having == ["f5"]


async def test_a_busy_address_leaves_room_for_others_and_none_for_itself() -> None:
    clock = Clock()
    turns = Turns(clock)
    await had(turns, "busy", "many", 2 * int(BUSY))
    clock.now += QUIET_SECONDS + 1
    patients = Patients(turns)
    for name in ("b1", "b2", "b3"):
        patients.come("busy", name)
    await settled()
    clock.now += 0.02
    await patients.go("b1")
    assert patients.having == ["b2"], "nobody is elsewhere"
    patients.come("home", "anna")
    clock.now += 0.02
    await patients.go("b2")
    assert patients.having == ["anna"]
    await patients.go("anna")
    assert patients.having == [], "they rest"
    await asyncio.sleep(0.02 * REST + 0.02)
    clock.now += 0.02 * REST
    patients._turns._admit()
    await settled()
    assert patients.having == ["b3"]


async def test_nobody_waits_for_ever() -> None:
    clock = Clock()
    turns = Turns(clock)
    await had(turns, "busy", "many", 30)
    patients = Patients(turns)
    patients.come("new", "first")
    await settled()
    patients.come("busy", "many")
    for number in range(3):
        patients.come(f"new {number}", f"new {number}")
    await settled()
    clock.now += MOST_WAITING + 0.1
    await patients.go("first")
    assert patients.having == ["many"]


async def test_what_is_done_in_spare_time_waits_for_everybody() -> None:
    clock = Clock()
    patients = Patients(Turns(clock))
    patients.come("x", "first")
    patients.come("x", "spare", spare=True)
    patients.come("x", "last")
    await settled()
    await patients.go("first")
    assert patients.having == ["last"]
    await patients.go("last")
    assert patients.having == ["spare"]
    clock.now += 0.01
    await patients.go("spare")
    patients.come("x", "again", spare=True)
    await settled()
    assert patients.having == []
    patients.come("x", "anna")
    await settled()
    assert patients.having == ["anna"]
    clock.now += SPARE_REST
    await patients.go("anna")
    assert patients.having == ["again"]


async def test_what_was_long_ago_is_forgotten() -> None:
    clock = Clock()
    turns = Turns(clock)
    await had(turns, "a", "a", 50)
    clock.now += 600
    await had(turns, "b", "b", 1)
    patients = Patients(turns)
    patients.come("x", "first")
    await settled()
    patients.come("b", "b")
    patients.come("a", "a")
    await patients.go("first")
    assert patients.having == ["a"]


async def test_whoever_gives_up_leaves_no_gap() -> None:
    for spare in (False, True):
        patients = Patients(Turns())
        first, second, _ = (patients.come(name, name, spare=spare) for name in "abc")
        await settled()
        second.cancel()
        first.cancel()
        await asyncio.sleep(0.05)
        assert patients.had == ["a", "c"]
