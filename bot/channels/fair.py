"""Whose turn it is: a patient who waits for the answer does not wait behind those who write without end.

A turn is one message on its way through the dialogue, about 15 ms of the one processor that Rasa uses. Turns side by side would
only slow each other down, so there is one place, and who waits for it is put in order: first those who wait for the answer
before they write more, then by how much their address and their session had lately. Whoever holds the place for long waits
for something else, and so gives it away.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

# After so many seconds the next one is let in beside a turn that is not over.
PLACE_SECONDS = 0.1
# Half of the turns that somebody had are forgotten every so many seconds.
HALF_LIFE = 30.0
# An address that had more turns than this lately is busy: its turns count like those of somebody who does not wait for answers.
BUSY = 60.0
# After a turn of that kind others of it rest for so many times as long as it took, while anybody else was here in the last
# QUIET_SECONDS. What is done in spare time always rests.
REST, SPARE_REST = 2.0, 1.0
QUIET_SECONDS = 10.0
# Whoever waits longer than this is let in out of turn, but such a one only every so often.
MOST_WAITING, OUT_OF_TURN = 1.0, 0.1
REMEMBERED = 10_000
_PATIENTS = 8


class _Ticket(NamedTuple):
    address: str
    session: str
    behind: int
    spare: bool
    number: int
    since: float
    admitted: asyncio.Future[None]


class Turns:
    """Lets turns in, the least served first. Nothing is turned away here."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._waiting: list[_Ticket] = []
        # Who holds the place, and when it is taken from them.
        self._holding: dict[int, asyncio.TimerHandle] = {}
        self._served: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._rested = self._out_of_turn = float("-inf")
        # Who was here last of those who wait for answers, and when.
        self._patients: OrderedDict[tuple[str, str], float] = OrderedDict()

    @asynccontextmanager
    async def of(self, address: str, session: str, *, behind: int = 0, spare: bool = False) -> AsyncIterator[None]:
        """Wait for a turn of a session that is reached from an address, and have it.

        `behind`: how many more messages of the session wait; `spare`: a turn for when nobody else wants one.
        """
        loop = asyncio.get_running_loop()
        names, began = (f"address {address}", f"session {session}"), self._clock()
        ticket = _Ticket(*names, behind, spare, next(self._numbers), began, loop.create_future())
        self._waiting.append(ticket)
        if self._patient(ticket):
            self._patients[names] = began
            self._patients.move_to_end(names)
            while len(self._patients) > _PATIENTS:
                self._patients.popitem(last=False)
        self._admit()
        try:
            await ticket.admitted
            began = self._clock()
            yield
        finally:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            else:
                self._rest(ticket, self._clock() - began)
            self._give_back(ticket.number)

    def _admit(self) -> None:
        while not self._holding and (ticket := self._next()) is not None:
            self._waiting.remove(ticket)
            if ticket.admitted.cancelled():
                continue
            for name in (ticket.address, ticket.session):
                self._count(name)
            loop = asyncio.get_running_loop()
            self._holding[ticket.number] = loop.call_later(PLACE_SECONDS, self._give_back, ticket.number)
            ticket.admitted.set_result(None)

    def _next(self) -> _Ticket | None:
        """Who is let in now; None when nobody is, or everybody who waits rests."""
        now = self._clock()
        if self._waiting and now - self._waiting[0].since > MOST_WAITING and now - self._out_of_turn > OUT_OF_TURN:
            self._out_of_turn = now
            return self._waiting[0]
        ready = [each for each in self._waiting if now >= self._rested or self._patient(each)]
        return min(ready, key=self._standing, default=None)

    def _give_back(self, number: int) -> None:
        held = self._holding.pop(number, None)
        if held is not None:
            held.cancel()
            self._admit()

    def _rest(self, ticket: _Ticket, took: float) -> None:
        """Leave the processor to others for a while, after whom they should not wait for."""
        if ticket.spare or (not self._patient(ticket) and self._others_are_here(ticket)):
            rest = (SPARE_REST if ticket.spare else REST) * took
            self._rested = self._clock() + rest
            # A little later, since timers are not exact, and nobody else may come to look again.
            asyncio.get_running_loop().call_later(rest + 0.002, self._admit)

    def _patient(self, ticket: _Ticket) -> bool:
        """Whether this is somebody who waits for the answer, at an address that is not busy."""
        return not ticket.spare and not ticket.behind and self._lately(ticket.address) <= BUSY

    def _others_are_here(self, ticket: _Ticket) -> bool:
        """Whether there was somebody patient lately but this one; of a busy address, somebody elsewhere."""
        since = self._clock() - QUIET_SECONDS
        return any(
            at > since and (session != ticket.session if ticket.behind else address != ticket.address)
            for (address, session), at in self._patients.items()
        )

    def _standing(self, ticket: _Ticket) -> tuple[bool, bool, float, float, int]:
        lately = self._lately(ticket.address), self._lately(ticket.session)
        return ticket.spare, not self._patient(ticket), *lately, ticket.number

    def _lately(self, name: str) -> float:
        """How many turns it had, the older ones counting less."""
        count, at = self._served.get(name, (0.0, 0.0))
        return count * 0.5 ** ((self._clock() - at) / HALF_LIFE) if count else 0.0

    def _count(self, name: str) -> None:
        self._served[name] = self._lately(name) + 1.0, self._clock()
        self._served.move_to_end(name)
        while len(self._served) > REMEMBERED:
            self._served.popitem(last=False)
