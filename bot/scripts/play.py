"""Plays scripts: sends what the patient says and checks what comes. Knows nothing of the agent behind `Talk`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.scripts.check import failure, unexpected_breakdown
from bot.scripts.model import Case, Failure, Heard, Rest, Result, User
from bot.wording.speaker import Speaker

# Sends one message in a conversation of its own and returns the turn.
Talk = Callable[[str], Awaitable[Heard]]
MAX_ANSWERS = 12
# More conversations at once would only make each wait longer for its turn.
AT_ONCE = 8


async def play_all(
    cases: list[Case], open_talk: Callable[[str], Talk], speaker: Speaker, done: Callable[[Result], None]
) -> list[Result]:
    """Play all cases, several at once, each in a conversation of its own. `done` is called as each ends."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(index: int, case: Case) -> Result:
        async with free:
            result = await play(case, open_talk(f"script-{index}"), speaker)
        done(result)
        return result

    return list(await asyncio.gather(*(one(index, case) for index, case in enumerate(cases))))


async def play(case: Case, talk: Talk, speaker: Speaker) -> Result:
    """Play one case, up to the first turn in which something does not hold."""
    started = time.monotonic()
    turns: list[Heard] = []
    failures: list[Failure] = []
    for step in case.steps:
        if isinstance(step, User | Rest):
            if failures or (failures := await _say(step, talk, turns)):
                break
        elif wrong := failure(step, turns[-1], speaker):
            failures.append(wrong)
    return Result(case, tuple(turns), tuple(failures), time.monotonic() - started)


async def _say(step: User | Rest, talk: Talk, turns: list[Heard]) -> list[Failure]:
    """Let the patient speak; `turns` grows. Returns what went wrong in that."""
    if isinstance(step, User):
        turns.append(await talk(step.text))
    else:
        for _ in range(MAX_ANSWERS):
            asked = turns[-1].question
            if asked is None:
                break
            turns.append(await talk(step.answers.get(asked, step.answers["default"])))
        if turns[-1].assessment is None:
            came = f"none after {MAX_ANSWERS} answers" if turns[-1].question else "neither a question nor an assessment"
            return [Failure("answer_rest", "an assessment", came, step.place)]
    if unexpected_breakdown(turns[-1]):
        return [Failure("reply", "no breakdown", "the safe fallback for a failed action or a stopped reply", step.place)]
    return []
