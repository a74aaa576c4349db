"""What the dialogue knows of a patient in a turn, for whoever answers where the dialogue cannot, and checks what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from bot.triage.report import SymptomReport

_reports: ContextVar[list[SymptomReport]] = ContextVar("reports")


class Remembered:
    """The account as the dialogue's store last gave it out or took it in; an empty one when it did neither."""

    def __init__(self, reports: list[SymptomReport]) -> None:
        self._reports = reports

    @property
    def report(self) -> SymptomReport:
        """The account, after the turn if that was saved."""
        return self._reports[-1] if self._reports else SymptomReport()


@contextmanager
def remembered() -> Iterator[Remembered]:
    """Listens to the store in this context and in the tasks that it starts."""
    reports: list[SymptomReport] = []
    token = _reports.set(reports)
    try:
        yield Remembered(reports)
    finally:
        _reports.reset(token)


def remember(slot: Any) -> None:
    """Called by the store with the slot `report` of a conversation that it gives out or takes in."""
    _reports.get([]).append(SymptomReport.from_slot(slot))
