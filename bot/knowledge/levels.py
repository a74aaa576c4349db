"""The four levels: how soon to contact the clinician (DESIGN: emergency > same_day > few_days > routine)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Level(Enum):
    """How soon to contact the clinician. Comparable: the more urgent level is the greater one."""

    ROUTINE = "routine"
    FEW_DAYS = "few_days"
    SAME_DAY = "same_day"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for routine up to 3 for emergency."""
        return _ORDER[self]

    def __lt__(self, other: Level) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Level) -> bool:
        return self.rank <= other.rank

    def __gt__(self, other: Level) -> bool:
        return self.rank > other.rank

    def __ge__(self, other: Level) -> bool:
        return self.rank >= other.rank


_ORDER = {level: rank for rank, level in enumerate(Level)}


def highest(levels: Iterable[Level], default: Level = Level.ROUTINE) -> Level:
    """The most urgent of `levels`; `default` when there are none."""
    return max(levels, default=default)
