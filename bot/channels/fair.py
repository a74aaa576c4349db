"""Whose turn it is: a patient who writes now and then does not wait behind those who write without end.

A turn is one message on its way through the dialogue, about 15 ms of the one processor that Rasa uses. Turns that ran side by
side would only slow each other down, so who waits is put in order, by how much their address and their session had lately.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

# Turns at once: while one waits for the store, another may compute.
AT_ONCE = 4
# Turns after which an address or a session counts as busy; half of them are forgotten every HALF_LIFE seconds.
MANY = 12.0
HALF_LIFE = 30.0
# All busy ones together get one turn at a time, while anybody else was here in the last so many seconds.
QUIET_SECONDS = 10.0
REMEMBERED = 10_000


class _Ticket(NamedTuple):
    address: str
    session: str
    number: int
    admitted: asyncio.Future[None]


class Turns:
    """Lets turns in, the least served first. Nothing is turned away here."""

    def __init__(self, at_once: int = AT_ONCE, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once, self._clock = at_once, clock
        self._numbers = itertools.count()
        self._waiting: list[_Ticket] = []
        self._running = self._busy_running = 0
        self._entered: dict[int, bool] = {}
        self._served: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._others_until = float("-inf")

    @asynccontextmanager
    async def of(self, address: str, session: str) -> AsyncIterator[None]:
        """Wait for a turn of a session that is reached from an address, and have it."""
        ticket = _Ticket(f"address {address}", f"session {session}", next(self._numbers), asyncio.Future())
        if not self._busy(ticket):
            self._others_until = self._clock() + QUIET_SECONDS
        self._waiting.append(ticket)
        self._admit()
        try:
            await ticket.admitted
        except asyncio.CancelledError:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            else:
                self._leave(ticket)
            raise
        try:
            yield
        finally:
            self._leave(ticket)

    def waiting(self) -> int:
        """How many turns wait."""
        return len(self._waiting)

    def _admit(self) -> None:
        while self._running < self._at_once:
            busy_may = self._busy_running == 0 or self._clock() > self._others_until
            ready = [ticket for ticket in self._waiting if busy_may or not self._busy(ticket)]
            if not ready:
                return
            ticket = min(ready, key=self._standing)
            self._waiting.remove(ticket)
            self._running += 1
            self._entered[ticket.number] = self._busy(ticket)
            self._busy_running += self._entered[ticket.number]
            for name in (ticket.address, ticket.session):
                self._count(name)
            ticket.admitted.set_result(None)

    def _leave(self, ticket: _Ticket) -> None:
        self._running -= 1
        self._busy_running -= self._entered.pop(ticket.number)
        self._admit()

    def _standing(self, ticket: _Ticket) -> tuple[float, float, int]:
        return self._lately(ticket.address), self._lately(ticket.session), ticket.number

    def _busy(self, ticket: _Ticket) -> bool:
        return max(self._lately(ticket.address), self._lately(ticket.session)) > MANY

    def _lately(self, name: str) -> float:
        """How many turns it had, the older ones counting less."""
        count, at = self._served.get(name, (0.0, 0.0))
        return count * 0.5 ** ((self._clock() - at) / HALF_LIFE) if count else 0.0

    def _count(self, name: str) -> None:
        self._served[name] = self._lately(name) + 1.0, self._clock()
        self._served.move_to_end(name)
        while len(self._served) > REMEMBERED:
            self._served.popitem(last=False)
