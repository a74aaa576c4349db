"""What the dialogue knows of a patient in a turn, for whoever answers where the dialogue cannot, and checks what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from bot.triage.report import SymptomReport

# There is an account, and it cannot be opened. There may be one, and the store does not answer.
LOST, AWAY = "lost", "away"


class Remembered:
    """The account as the dialogue's store last gave it out or took it in.

    report   the account, after the turn if that was saved; an empty one when the store did neither
    missing  why the account is not known, although there is one or may be one; None when it is known, or begun anew
    """

    def __init__(self) -> None:
        self.report = SymptomReport()
        self.missing: str | None = None


_turn: ContextVar[Remembered | None] = ContextVar("remembered", default=None)


@contextmanager
def remembered() -> Iterator[Remembered]:
    """Listens to the store in this context and in the tasks that it starts."""
    known = Remembered()
    token = _turn.set(known)
    try:
        yield known
    finally:
        _turn.reset(token)


def this_turn() -> Remembered:
    """What is known in the turn that runs here; where none does, something that nobody asks."""
    return _turn.get() or Remembered()


def remember(slot: Any) -> None:
    """Called by the store with the slot `report` of a conversation that it gives out or takes in."""
    this_turn().report = SymptomReport.from_slot(slot)
