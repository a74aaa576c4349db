"""A script as frozen objects, and what came when it was played."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.wording.reply import Reply


@dataclass(frozen=True)
class Place:
    """Where a step stands."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class User:
    """The patient says something."""

    text: str
    place: Place


@dataclass(frozen=True)
class Rest:
    """The patient answers whatever is asked, until an assessment comes. `answers` are by kind of question, or `default`."""

    answers: dict[str, str]
    place: Place


@dataclass(frozen=True)
class Check:
    """Something that must hold for the replies of the last turn. `kind` is a key of `check.CHECKS`."""

    kind: str
    expected: Any
    place: Place


Step = User | Rest | Check


@dataclass(frozen=True)
class Case:
    """One scripted conversation."""

    name: str
    steps: tuple[Step, ...]
    place: Place


@dataclass(frozen=True)
class Heard:
    """One turn: what the patient said, all replies to it, and the slots of the dialogue after it."""

    said: str
    replies: tuple[Reply, ...]
    slots: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The replies as one text."""
        return "\n\n".join(reply.text for reply in self.replies)

    def parts(self, kind: str) -> list[dict[str, Any]]:
        """The machine-readable parts of one type: assessment, question, answer, info or fallback."""
        return [reply.custom for reply in self.replies if reply.custom and reply.custom.get("type") == kind]

    @property
    def assessment(self) -> dict[str, Any] | None:
        """The assessment of this turn, if there is one."""
        return next(iter(self.parts("assessment")), None)

    @property
    def question(self) -> str | None:
        """The kind of question that is asked at the end of this turn."""
        asked = self.parts("question")
        return str(asked[-1]["id"]) if asked else None

    @property
    def texts(self) -> list[str]:
        """Ids of the info and fallback texts of this turn."""
        infos = [part["id"] for part in self.parts("info")]
        return infos + [part["reason"] for part in self.parts("fallback")]

    @property
    def topics(self) -> list[str]:
        """Ids of the topics that were answered; `unknown` where the knowledge has none."""
        return [part["topic"] or "unknown" for part in self.parts("answer")]

    @property
    def rules(self) -> list[str]:
        """Ids of the rules that raised the level, without the concepts' own levels."""
        reasons = self.assessment["reasons"] if self.assessment else []
        return [reason["rule"] for reason in reasons if not reason["rule"].endswith(".own")]


@dataclass(frozen=True)
class Failure:
    """An expectation that did not hold. `came` is what came instead."""

    kind: str
    expected: Any
    came: str
    place: Place


@dataclass(frozen=True)
class Result:
    """A script that was played: its turns, and what did not hold. Playing stops at the first turn with a failure."""

    case: Case
    turns: tuple[Heard, ...]
    failures: tuple[Failure, ...]
    seconds: float
