from __future__ import annotations

import asyncio
import logging

from bot.dialogue.failures import failures

LOG = logging.getLogger("rasa.core.processor")


def swallow() -> None:
    try:
        raise KeyError("a patient's words")
    except KeyError:
        LOG.exception("Encountered an exception while running an action")


def test_what_rasa_swallows_is_heard_of() -> None:
    with failures() as failed:
        swallow()
        swallow()
    assert failed == ["KeyError", "KeyError"]


def test_what_is_no_exception_is_no_failure() -> None:
    with failures() as failed:
        LOG.error("Circuit breaker tripped")
    assert failed == []


def test_outside_a_turn_nobody_listens() -> None:
    with failures() as failed:
        pass
    swallow()
    assert failed == []


def test_turns_at_once_hear_of_their_own_failures_only() -> None:
    async def turn(fails: bool) -> list[str]:
        async def run() -> None:
            await asyncio.sleep(0)
            if fails:
                swallow()

        with failures() as failed:
            await asyncio.wait_for(run(), 5)
        return failed

    async def both() -> list[list[str]]:
        return list(await asyncio.gather(turn(True), turn(False)))

    assert asyncio.run(both()) == [["KeyError"], []]
