"""What one message says: mentions of concepts with their status, and the details of time, place and degree."""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.knowledge.model import Course, Patient, Severity, Side

Status = Literal["present", "absent", "past", "other", "possible"]
EvidenceKind = Literal["lexicon", "composition", "model"]
YesNo = Literal["yes", "no", "unsure"]
# What the words round a mention say of it, whatever the trained reader says (bot.understanding.scope).
Denial = Literal["denied", "told", "partly", "open"]


class Evidence(msgspec.Struct, frozen=True):
    """Why a mention is there: the kind of evidence, its score from 0 to 1 and the words that it rests on."""

    kind: EvidenceKind
    score: float
    text: str


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A concept in a text. `start` and `end` are offsets of `text` in the message.

    status   present: has it now; absent: denied; past: gone, or only before the treatment; other: somebody else has it;
             possible: a worry, a hypothetical or a general question
    denial   what a rule of scope makes of the same words; only what both call denied is surely not there
    """

    concept: str
    status: Status
    text: str
    start: int
    end: int
    denial: Denial = "open"
    side: Side | None = None
    severity: Severity | None = None
    course: Course | None = None
    onset_days_ago: float | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def cleared(self) -> bool:
        """Whether the trained reader and the rule of scope agree that it is not there."""
        return self.status == "absent" and self.denial == "denied"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that one message says. Everything that is not said is None or empty; days are counted back from today.

    faint       mentions for which there is too little evidence, unless they were asked for
    answer      a yes, a no or a doubt with which the message begins
    more        it says something that nothing else here accounts for
    to_all      a denial of everything that was asked for, and not only of what it names
    contrast    something is set against what came before, excepted or taken back ("no, but ...")
    retracts    an earlier no is taken back, whatever it was
    wonders     it asks what may happen in general
    adds        the other side has it as well, or it is on a further side
    gone        it says that what was told before has gone
    correction  it takes something back that was told
    language    the ISO code of the message's language when that is surely not English
    """

    text: str
    mentions: tuple[Mention, ...] = ()
    faint: tuple[Mention, ...] = ()
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
    more: bool = False
    to_all: bool = False
    contrast: bool = False
    retracts: bool = False
    wonders: bool = False
    adds: bool = False
    gone: bool = False
    correction: bool = False
    language: str | None = None

    def having(self, *statuses: Status) -> tuple[Mention, ...]:
        """The mentions with one of these statuses."""
        return tuple(m for m in self.mentions if m.status in statuses)
