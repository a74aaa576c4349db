"""What one message says: mentions of concepts with their status, and the details of time, place and degree."""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.knowledge.model import Course, Patient, Severity, Side

Status = Literal["present", "absent", "past", "other", "possible"]
EvidenceKind = Literal["lexicon", "composition", "model"]
YesNo = Literal["yes", "no", "unsure"]


class Evidence(msgspec.Struct, frozen=True):
    """Why a mention is there: the kind of evidence, its score from 0 to 1 and the words that it rests on."""

    kind: EvidenceKind
    score: float
    text: str


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A concept in a text. `start` and `end` are offsets of `text` in the message.

    status   present: has it now; absent: denied; past: gone, or only before the treatment; other: somebody else has it;
             possible: a worry, a hypothetical or a general question
    """

    concept: str
    status: Status
    text: str
    start: int
    end: int
    side: Side | None = None
    severity: Severity | None = None
    course: Course | None = None
    onset_days_ago: float | None = None
    evidence: tuple[Evidence, ...] = ()


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that one message says. Everything that is not said is None or empty; days are counted back from today.

    `answer` is a yes, a no or a doubt with which the message begins; `correction` says that it takes something back.
    """

    text: str
    mentions: tuple[Mention, ...] = ()
    days_since_treatment: float | None = None
    onset_days_ago: float | None = None
    areas: tuple[str, ...] = ()
    treatment: str | None = None
    side: Side | None = None
    severity: Severity | None = None
    course: Course | None = None
    patient: Patient | None = None
    conditions: tuple[str, ...] = ()
    answer: YesNo | None = None
    correction: bool = False

    def having(self, *statuses: Status) -> tuple[Mention, ...]:
        """The mentions with one of these statuses."""
        return tuple(m for m in self.mentions if m.status in statuses)
