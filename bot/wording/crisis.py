"""The second shape of an emergency's answer: that to a cry for help. It begins with whom to call, for each kind of cry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.triage.crisis import Cry
from bot.wording.texts import CrisisTexts

# More calls than this nobody makes at once.
MAX_ACTIONS = 2
Fill = Callable[[str], str]


def action(told: Sequence[Cry], texts: CrisisTexts, fill: Fill, before: str = "") -> str:
    """What to do at once, a line for each of the most pressing cries; `before` them what a sign of an emergency needs."""
    lines = [fill(getattr(texts.actions, cry.kind)) for cry in told[:MAX_ACTIONS]]
    said = lines[0].startswith(before.partition(".")[0])
    return "\n".join(lines if said else [before, *lines])


def reason(told: Sequence[Cry], texts: CrisisTexts) -> str:
    """Why, and what to do until help comes as far as a checked source says it."""
    why = " ".join(cry.rule.because for cry in told)
    steps = [step.text for cry in told for step in cry.condition.steps if any(ref.verified for ref in step.sources)]
    if not steps:
        return why
    return "\n".join([f"{why}\n\n{texts.steps_heading}", *(f"- {step}" for step in dict.fromkeys(steps))])
