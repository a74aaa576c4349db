from __future__ import annotations

import asyncio

from bot.dialogue.remembered import remember, remembered
from bot.knowledge.levels import Level
from bot.triage.report import SymptomReport

STANDS = SymptomReport(reached=Level.EMERGENCY)


def test_what_the_store_gave_out_or_took_in_last_is_known() -> None:
    with remembered() as known:
        assert known.report == SymptomReport()
        remember(None)
        remember(STANDS.to_slot())
        assert known.report == STANDS


def test_outside_a_turn_nothing_is_remembered() -> None:
    remember(STANDS.to_slot())
    with remembered() as known:
        assert known.report == SymptomReport()


def test_turns_at_once_know_their_own_alone() -> None:
    async def turn(stands: bool) -> SymptomReport:
        with remembered() as known:
            await asyncio.sleep(0)
            # Rasa answers in a task of its own.
            await asyncio.create_task(told(stands))
            return known.report

    async def told(stands: bool) -> None:
        remember(STANDS.to_slot() if stands else None)

    async def both() -> list[SymptomReport]:
        return await asyncio.gather(turn(True), turn(False))

    assert asyncio.run(both()) == [STANDS, SymptomReport()]
