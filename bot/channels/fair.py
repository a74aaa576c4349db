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
# After a turn of somebody who does not wait for answers, others of that kind rest for so many times as long as it took, while
# anybody who does was here in the last QUIET_SECONDS. What is done in spare time always rests.
REST, SPARE_REST = 2.0, 3.0
QUIET_SECONDS = 10.0
# Nothing waits for spare time any longer than this.
MOST_WAITING = 2.0
REMEMBERED = 10_000


class _Ticket(NamedTuple):
    address: str
    session: str
    patient: bool
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
        self._rested = self._patient_until = float("-inf")

    @asynccontextmanager
    async def of(self, address: str, session: str, *, behind: int = 0, spare: bool = False) -> AsyncIterator[None]:
        """Wait for a turn of a session that is reached from an address, and have it.

        `behind`: how many more messages of the session wait; `spare`: a turn for when nobody else wants one.
        """
        loop = asyncio.get_running_loop()
        names, began = (f"address {address}", f"session {session}"), self._clock()
        ticket = _Ticket(*names, not behind, spare, next(self._numbers), began, loop.create_future())
        self._waiting.append(ticket)
        if ticket.patient and not spare:
            self._patient_until = self._clock() + QUIET_SECONDS
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

    def waiting(self) -> int:
        """How many turns wait."""
        return len(self._waiting)

    def _admit(self) -> None:
        while not self._holding:
            now = self._clock()
            rested, late = now >= self._rested, now - MOST_WAITING
            ready = [each for each in self._waiting if rested or (each.since < late if each.spare else each.patient)]
            if not ready:
                return
            ticket = min(ready, key=self._standing)
            self._waiting.remove(ticket)
            if ticket.admitted.cancelled():
                continue
            for name in (ticket.address, ticket.session):
                self._count(name)
            loop = asyncio.get_running_loop()
            self._holding[ticket.number] = loop.call_later(PLACE_SECONDS, self._give_back, ticket.number)
            ticket.admitted.set_result(None)

    def _give_back(self, number: int) -> None:
        held = self._holding.pop(number, None)
        if held is not None:
            held.cancel()
            self._admit()

    def _rest(self, ticket: _Ticket, took: float) -> None:
        """Leave the processor to others for a while, after whom they should not wait for."""
        factor = SPARE_REST if ticket.spare else REST
        if ticket.spare or (not ticket.patient and self._clock() < self._patient_until):
            self._rested = self._clock() + factor * took
            # A little later, since timers are not exact, and nobody else may come to look again.
            asyncio.get_running_loop().call_later(factor * took + 0.002, self._admit)

    def _standing(self, ticket: _Ticket) -> tuple[bool, bool, float, float, int]:
        return ticket.spare, not ticket.patient, self._lately(ticket.address), self._lately(ticket.session), ticket.number

    def _lately(self, name: str) -> float:
        """How many turns it had, the older ones counting less."""
        count, at = self._served.get(name, (0.0, 0.0))
        return count * 0.5 ** ((self._clock() - at) / HALF_LIFE) if count else 0.0

    def _count(self, name: str) -> None:
        self._served[name] = self._lately(name) + 1.0, self._clock()
        self._served.move_to_end(name)
        while len(self._served) > REMEMBERED:
            self._served.popitem(last=False)
