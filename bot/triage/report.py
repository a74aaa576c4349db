"""The patient's account so far, and how a message or an answer adds to it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.model import Course, Pack, Patient, Severity, Side
from bot.understanding.reading import Mention, Reading

FindingStatus = Literal["present", "unsure", "absent", "past"]
Said = Literal["yes", "no", "unsure", "taken_back"]
_SEVERITIES = ("mild", "moderate", "severe")
_OTHER_SIDE: dict[Side | None, Side] = {"left": "right", "right": "left"}
_COURSES = ("better", "same", "worse")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What the patient said of one concept. `unsure` counts as present for the level. `words` are the patient's own.

    `taken_back`: it was told, and the patient has said since that it is not there. It counts all the same (`with_finding`).
    """

    status: FindingStatus
    words: str = ""
    side: Side | None = None
    severity: Severity | None = None
    course: Course | None = None
    onset_days_ago: float | None = None
    taken_back: bool = False

    @property
    def counts(self) -> bool:
        """Whether the level must reckon with it."""
        return self.status in ("present", "unsure")


class Change(msgspec.Struct, frozen=True):
    """Something that was told differently before: `what` is a field of the report, or "gone" for findings that have ended."""

    what: Literal["side", "days_since_treatment", "onset_days_ago", "course", "gone"]
    value: Side | float | Course | None = None


class SymptomReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that the patient has said, in any order. Never changed in place: every function returns a new report.

    findings     by concept id
    conditions   by condition id: what was answered; `taken_back` is a yes that the patient took back, and counts as one
    unclear      how many messages were not understood
    asked        ids of the questions that were asked, in order
    consent      whether the patient agreed to be asked; None when not asked yet
    closed       ids of the questions that need not be asked again
    affirmed     ids of the lists that were answered with a yes that named no sign
    unanswered   ids of the questions about warning signs that got no clear answer
    reached      the level that was said last; nothing that is told later lowers it, only "go back" and "start over" do
    declined     the patient wants an answer without questions
    country      id of the country that the patient is in, where that was said
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
    affirmed: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    reached: Level | None = None
    declined: bool = False
    country: str | None = None

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

    What is known is kept where the new finding is silent. No denial takes back an emergency, or any sign once an answer
    was said: the patient may already be on the way to help, and a misread denial must not call that off. That it was taken
    back is remembered, so that the reason that is given stays true.
    """
    old = report.findings.get(concept)
    answered = report.reached is not None or pack.concepts[concept].level is Level.EMERGENCY
    if old is not None and old.counts and not finding.counts and answered:
        return _with(report, concept, msgspec.structs.replace(old, taken_back=True))
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
    return _with(report, concept, finding)


def _with(report: SymptomReport, concept: str, finding: Finding) -> SymptomReport:
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
    report = _told_again(report, reading, for_other)
    for condition in reading.conditions:
        report = with_condition(report, condition, "yes")
    keep = _account(report, reading)
    if for_other and report.patient is None:
        keep.setdefault("patient", "other")
    side = reading.side or (_OTHER_SIDE.get(_side_of(report)) if reading.adds else None)
    if reading.correction and side:
        keep["side"] = side
        keep["findings"] = {c: _resided(f, side) for c, f in report.findings.items()}
    elif _both_now(report, reading, pack):
        keep["findings"] = {c: _on_both(f, reading.side) for c, f in report.findings.items()}
        keep["side"] = "both" if report.side not in (None, reading.side) else report.side
    if reading.gone and not reading.mentions:
        return _ended(msgspec.structs.replace(report, **keep), pack)
    if reading.areas:
        keep["areas"] = tuple(dict.fromkeys((*report.areas, *reading.areas)))
    return msgspec.structs.replace(report, **keep)


def _told_again(report: SymptomReport, reading: Reading, for_other: bool) -> SymptomReport:
    """The report in which nothing is taken back that the same message tells ("hard to breathe, not hard to swallow")."""
    told = {mention.concept for mention in reading.mentions if finding_status(mention, for_other) == "present"}
    for concept in told & {concept for concept, finding in report.findings.items() if finding.taken_back}:
        report = _with(report, concept, msgspec.structs.replace(report.findings[concept], taken_back=False))
    return report


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


def _side_of(report: SymptomReport) -> Side | None:
    """The one side that was told; None where there is none, or several."""
    sides = {report.side, *(finding.side for finding in report.findings.values() if finding.counts)} - {None}
    return sides.pop() if len(sides) == 1 else None


def _resided(finding: Finding, side: Side) -> Finding:
    return msgspec.structs.replace(finding, side=side) if finding.side is not None else finding


def _both_now(report: SymptomReport, reading: Reading, pack: Pack) -> bool:
    """Whether a message that tells no sign says that the other side has it as well, or that it is on both."""
    told = reading.having("present", "past", "other") or reading.answer == "no"
    sided = any(pack.concepts[concept].sides for concept in report.counted)
    return not told and (reading.adds or (reading.side == "both" and sided))


def _on_both(finding: Finding, side: Side | None) -> Finding:
    """The finding when the other side has it as well; `side` is the one that was named, if any."""
    if finding.side is None or side == finding.side:
        return finding
    return msgspec.structs.replace(finding, side="both")


def _ended(report: SymptomReport, pack: Pack) -> SymptomReport:
    """The report when all that counts in it has gone; an emergency stays, as in `with_finding`."""
    gone = [c for c in report.counted if pack.concepts[c].level is not Level.EMERGENCY]
    ended = {concept: msgspec.structs.replace(report.findings[concept], status="past") for concept in gone}
    return msgspec.structs.replace(report, findings={**report.findings, **ended})


def reopened(report: SymptomReport) -> SymptomReport:
    """The report without the denials, which the patient has taken back: what was asked for is asked again."""
    findings = {concept: finding for concept, finding in report.findings.items() if finding.status != "absent"}
    conditions = {condition: said for condition, said in report.conditions.items() if said != "no"}
    return msgspec.structs.replace(report, findings=findings, conditions=conditions, closed=(), asked=())


def changes(before: SymptomReport, after: SymptomReport) -> tuple[Change, ...]:
    """What was told before and is told differently now, so that it can be confirmed."""
    made: list[Change] = []
    for name in ("days_since_treatment", "onset_days_ago", "course"):
        old, new = getattr(before, name), getattr(after, name)
        if old is not None and new is not None and old != new:
            made.append(Change(name, new))
    for concept, finding in after.findings.items():
        old = before.findings.get(concept)
        if old is None or not old.counts:
            continue
        if finding.side != old.side and old.side is not None:
            made.append(Change("side", finding.side))
        if finding.status == "past":
            made.append(Change("gone"))
    return tuple(dict.fromkeys(made))


def finding_status(mention: Mention, for_other: bool) -> FindingStatus | None:
    """How a mention enters the report; None when it does not: a worry, somebody else's beside one's own, and an absence
    that is not proven, which leaves its sign to be asked for."""
    if mention.status == "possible" or (mention.status == "absent" and not mention.cleared):
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
    """The report with a condition answered. A "yes" stays when it is followed by a doubt; once an answer was said, always."""
    old = report.conditions.get(condition)
    if old == "yes" and said == "unsure":
        return report
    if report.reached is not None and old in ("yes", "unsure", "taken_back") and said == "no":
        said = "taken_back"
    return msgspec.structs.replace(report, conditions={**report.conditions, condition: said})
