"""Simulated patients interviewed by the real agent in this process, and the figures of where they were sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import uuid4

import msgspec

from bot.dialogue.agent import load_agent, prepare
from bot.dialogue.model import ensure_model
from bot.evaluation.patient import Answer, answer
from bot.evaluation.sets import Vignette
from bot.knowledge.levels import Level
from bot.wording.reply import Reply

# Sends a message of a sender and gives the replies.
Send = Callable[[str, str], Awaitable[list[Reply]]]
# An interview that has not ended after this many messages has failed.
MAX_MESSAGES = 25


@dataclass(frozen=True)
class Interview:
    """How a vignette ended: the level (None without an assessment), the questions asked, and what was said in turn."""

    vignette: Vignette
    level: Level | None
    questions: int
    said: tuple[tuple[str, list[Reply]], ...]

    @property
    def expected(self) -> Level:
        """The safe level."""
        return Level(self.vignette.expect.level)

    @property
    def under(self) -> bool:
        """Whether the patient was sent later than is safe, or nowhere."""
        return self.level is None or self.level < self.expected

    @property
    def ended_with(self) -> str:
        """The kind of the last reply: "assessment", "fallback unclear", "info greeting" and so on."""
        part = self.said[-1][1][-1].custom or {}
        return " ".join(str(part[key]) for key in ("type", "id", "topic", "reason") if part.get(key)) or "text"


class VignetteFigures(msgspec.Struct, frozen=True):
    """The figures of score_vignettes.py. Shares are of all vignettes; `under_triaged` and `unanswered` are counts."""

    vignettes: int
    exact: float
    safe: float
    under_triaged: int
    over_triaged: float
    unanswered: int
    emergency_sensitivity: float
    questions_median: float | None
    questions_max: int | None


async def interview(send: Send, vignette: Vignette, answers: Answer = answer) -> Interview:
    """Interview one patient, who answers in this way, until there is an assessment, or until nothing more is asked."""
    sender, said, log, questions = f"vignette-{uuid4().hex}", vignette.opening, [], 0
    for _ in range(MAX_MESSAGES):
        replies = await send(sender, said)
        log.append((said, replies))
        parts = [reply.custom for reply in replies if reply.custom]
        result = next((part for part in parts if part.get("type") == "assessment"), None)
        if result is not None:
            return Interview(vignette, Level(result["level"]), questions, tuple(log))
        asked = [part for part in parts if part.get("type") == "question"]
        if not asked:
            break
        questions += 1
        said = answers(asked[-1], vignette.facts)
    return Interview(vignette, None, questions, tuple(log))


def vignette_figures(interviews: Sequence[Interview]) -> VignetteFigures:
    """The figures of all interviews."""
    reached = [(i.level, i.expected) for i in interviews if i.level is not None]
    red = [i for i in interviews if i.expected is Level.EMERGENCY]
    questions = [i.questions for i in interviews if i.level is not None]
    count = max(1, len(interviews))
    return VignetteFigures(
        vignettes=len(interviews),
        exact=sum(level is expected for level, expected in reached) / count,
        safe=sum(level >= expected for level, expected in reached) / count,
        under_triaged=sum(level < expected for level, expected in reached),
        over_triaged=sum(level > expected for level, expected in reached) / count,
        unanswered=len(interviews) - len(reached),
        emergency_sensitivity=sum(i.level is Level.EMERGENCY for i in red) / max(1, len(red)),
        questions_median=median(questions) if questions else None,
        questions_max=max(questions, default=None),
    )


def real_agent() -> Send:
    """The agent as `aftercheck serve` has it, trained first if it must be. Raises TrainingError."""
    # Rasa must be prepared before its first import, which the channels make.
    prepare()
    return sent_to(load_agent(ensure_model()))


def sent_to(agent: Any) -> Send:
    """The agent behind the door through which all channels pass. Rasa must be prepared."""
    from bot.channels.converse import converse

    async def send(sender: str, message: str) -> list[Reply]:
        return await converse(agent.handle_message, "rest", sender, message)

    return send
