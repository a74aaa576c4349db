from __future__ import annotations

from itertools import pairwise

from bot.knowledge.levels import Level, highest

ORDER = [Level.ROUTINE, Level.FEW_DAYS, Level.SAME_DAY, Level.EMERGENCY]


def test_the_more_urgent_level_is_the_greater_one() -> None:
    assert sorted([Level.SAME_DAY, Level.ROUTINE, Level.EMERGENCY, Level.FEW_DAYS]) == ORDER
    for lower, higher in pairwise(ORDER):
        assert lower < higher
        assert lower <= higher
        assert higher > lower
        assert higher >= lower


def test_the_highest_level_wins() -> None:
    assert highest(ORDER) is Level.EMERGENCY
    assert highest([]) is Level.ROUTINE
    assert highest([], default=Level.FEW_DAYS) is Level.FEW_DAYS
