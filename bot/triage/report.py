"""The patient's account so far, and how a message or an answer adds to it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.model import Course, Pack, Patient, Severity, Side
from bot.understanding.reading import Mention, Reading

FindingStatus = Literal["present", "unsure", "absent", "past"]
Said = Literal["yes", "no", "unsure"]
_SEVERITIES = ("mild", "moderate", "severe")
_COURSES = ("better", "same", "worse")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What the patient said of one concept. `unsure` counts as present for the level. `words` are the patient's own."""

    status: FindingStatus
    words: str = ""
    side: Side | None = None
    severity: Severity | None = None
    course: Course | None = None
    onset_days_ago: float | None = None

    @property
    def counts(self) -> bool:
        """Whether the level must reckon with it."""
        return self.status in ("present", "unsure")


class SymptomReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that the patient has said, in any order. Never changed in place: every function returns a new report.

    findings     by concept id
    conditions   by condition id: what was answered
    unclear      how many messages were not understood
    asked        ids of the questions that were asked, in order
    consent      whether the patient agreed to be asked; None when not asked yet
    closed       ids of the questions that need not be asked again
    unanswered   ids of the questions about warning signs that got no clear answer
    reached      the level that was said last; nothing that is told later lowers it, only "go back" and "start over" do
    declined     the patient wants an answer without questions
    """

    findings: dict[str, Finding] = {}
    conditions: dict[str, Said] = {}
    treatment: str | None = None
    areas: tuple[str, ...] = ()
    days_since_treatment: float | None = None
    onset_days_ago: float | None = None
    side: Side | None = None
    severity: Severity | None = None
    course: Course | None = None
    patient: Patient | None = None
    unclear: int = 0
    asked: tuple[str, ...] = ()
    consent: bool | None = None
    closed: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    reached: Level | None = None
    declined: bool = False

    @property
    def counted(self) -> tuple[str, ...]:
        """Ids of the concepts that the level reckons with, in the order in which they were told."""
        return tuple(concept for concept, finding in self.findings.items() if finding.counts)

    def findings_with(self, *statuses: FindingStatus) -> list[str]:
        """Ids of the concepts with one of these statuses."""
        return [concept for concept, finding in self.findings.items() if finding.status in statuses]

    def to_slot(self) -> dict[str, Any]:
        """Plain data for a dialogue slot."""
        slot: dict[str, Any] = msgspec.to_builtins(self)
        return slot

    @classmethod
    def from_slot(cls, value: Any) -> SymptomReport:
        """The report of a slot; an empty one for None."""
        return msgspec.convert(value, cls) if value else cls()


def with_finding(
    report: SymptomReport, concept: str, finding: Finding, pack: Pack, *, correction: bool = False
) -> SymptomReport:
    """The report with one more finding. A `correction` replaces the side that was given before.

    What is known is kept where the new finding is silent. An emergency that was reported is not taken back by a later
    denial: the patient is already on the way to help, and a misread denial must not call that off.
    """
    old = report.findings.get(concept)
    if old is not None and old.counts and not finding.counts and pack.concepts[concept].level is Level.EMERGENCY:
        return report
    if old is not None and old.counts:
        still = old.status == "present" and finding.status in ("unsure", "past")
        finding = Finding(
            status="present" if still else finding.status,
            words=finding.words or old.words,
            side=(finding.side or old.side) if correction else _both(old.side, finding.side),
            severity=finding.severity or old.severity,
            course=finding.course or old.course,
            onset_days_ago=old.onset_days_ago if finding.onset_days_ago is None else finding.onset_days_ago,
        )
    return msgspec.structs.replace(report, findings={**report.findings, concept: finding})


def _both(old: Side | None, new: Side | None) -> Side | None:
    """One side and then the other make both; a side that is said again stays."""
    if old is None or new is None:
        return new or old
    return old if old == new else "both"


def with_reading(report: SymptomReport, reading: Reading, pack: Pack) -> SymptomReport:
    """The report with everything that a message says."""
    for_other = not reading.having("present") and bool(reading.having("other"))
    for mention in reading.mentions:
        status = finding_status(mention, for_other)
        if status is not None:
            finding = _finding(mention, status, reading)
            report = with_finding(report, mention.concept, finding, pack, correction=reading.correction)
    for condition in reading.conditions:
        report = with_condition(report, condition, "yes")
    keep = _account(report, reading)
    if for_other and report.patient is None:
        keep.setdefault("patient", "other")
    if reading.correction and reading.side:
        keep["side"] = reading.side
        keep["findings"] = {c: _resided(f, reading.side) for c, f in report.findings.items()}
    if reading.areas:
        keep["areas"] = tuple(dict.fromkeys((*report.areas, *reading.areas)))
    return msgspec.structs.replace(report, **keep)


def _account(report: SymptomReport, reading: Reading) -> dict[str, Any]:
    """The details of the account as a whole. A further symptom that is mild does not make the others mild."""
    names = ("treatment", "days_since_treatment", "onset_days_ago", "severity", "course", "patient")
    keep = {name: value for name in names if (value := getattr(reading, name)) is not None}
    if reading.mentions and not reading.correction:
        for name, order in (("severity", _SEVERITIES), ("course", _COURSES)):
            if name in keep and getattr(report, name) is not None:
                keep[name] = max(keep[name], getattr(report, name), key=order.index)
    if report.patient == "minor":
        keep.pop("patient", None)
    return keep


def _resided(finding: Finding, side: Side) -> Finding:
    return msgspec.structs.replace(finding, side=side) if finding.side is not None else finding


def finding_status(mention: Mention, for_other: bool) -> FindingStatus | None:
    """How a mention enters the report; None when it does not (a worry, or somebody else's beside one's own)."""
    if mention.status == "possible":
        return None
    if mention.status == "other":
        return "present" if for_other else None
    return mention.status


def _finding(mention: Mention, status: FindingStatus, reading: Reading) -> Finding:
    return Finding(
        status=status,
        words=mention.text,
        side=mention.side,
        severity=mention.severity,
        course=mention.course,
        onset_days_ago=mention.onset_days_ago if mention.onset_days_ago is not None else reading.onset_days_ago,
    )


def with_condition(report: SymptomReport, condition: str, said: Said) -> SymptomReport:
    """The report with a condition answered. A "yes" stays when it is followed by a doubt."""
    if report.conditions.get(condition) == "yes" and said == "unsure":
        return report
    return msgspec.structs.replace(report, conditions={**report.conditions, condition: said})
