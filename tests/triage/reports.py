"""Reports made for tests: any report (Hypothesis), and the smallest one that meets a condition of a rule."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from hypothesis import strategies as st

from bot.knowledge.load import cached_pack
from bot.knowledge.model import Course, Patient, Severity, Side, When
from bot.triage.report import Finding, FindingStatus, Said, SymptomReport
from bot.understanding.normalise import normalise
from bot.understanding.reading import Mention, Reading
from bot.understanding.scope import load_scope

PACK = cached_pack()
SCOPE = load_scope("en")
CONCEPTS = tuple(PACK.concepts)
CONDITIONS = tuple(PACK.conditions)

_degrees: dict[str, Any] = {
    "side": st.sampled_from([None, *get_args(Side)]),
    "severity": st.sampled_from([None, *get_args(Severity)]),
    "course": st.sampled_from([None, *get_args(Course)]),
    "onset_days_ago": st.sampled_from([None, 0.0, 1.0, 4.0, 8.0, 100.0]),
}
findings = st.builds(
    Finding,
    status=st.sampled_from(get_args(FindingStatus)),
    words=st.sampled_from(["", "my own words", "it droops “a lot” {phone}"]),
    taken_back=st.booleans(),
    **_degrees,
)
reports = st.builds(
    SymptomReport,
    findings=st.dictionaries(st.sampled_from(CONCEPTS), findings, max_size=5),
    conditions=st.dictionaries(st.sampled_from(CONDITIONS), st.sampled_from(get_args(Said)), max_size=3),
    days_since_treatment=st.sampled_from([None, 0.5, 1.0, 3.0, 14.0, 60.0]),
    patient=st.sampled_from([None, *get_args(Patient)]),
    unclear=st.integers(0, 2),
    declined=st.booleans(),
    unanswered=st.sampled_from([(), ("red_flags",)]),
    **_degrees,
)


def report_of(*present: str, **details: Any) -> SymptomReport:
    """A report of these concepts."""
    return SymptomReport(findings={concept: Finding(status="present") for concept in present}, **details)


def meeting(when: When, about: str | None = None) -> SymptomReport:
    """A small report that meets a condition; `about` is the concept whose rule it belongs to."""
    return _meet(report_of(*([about] if about else [])), when, about)


def _meet(report: SymptomReport, when: When, about: str | None) -> SymptomReport:
    for part in when.all_of:
        report = _meet(report, part, about)
    for part in when.any_of[:1]:
        report = _meet(report, part, about)
    concept = when.concept or about
    named = [*when.of[: when.at_least], *([when.concept] if when.concept else [])]
    if when.symptom_level and not any(PACK.concepts[c].level >= when.symptom_level for c in report.counted):
        named.append(next(c.id for c in PACK.concepts.values() if c.kind == "symptom" and c.level is when.symptom_level))
    added = {c: Finding(status="present") for c in named if c not in report.findings}
    changes: dict[str, Any] = {"findings": {**report.findings, **added}}
    for field in ("side", "severity", "course", "patient"):
        if getattr(when, field) is not None:
            changes[field] = getattr(when, field)
    if when.condition:
        changes["conditions"] = {**report.conditions, when.condition: "yes"}
    if when.lasting_days_over is not None and concept is not None:
        changes["onset_days_ago"] = when.lasting_days_over + 1
    if when.treated_days_over is not None:
        changes["days_since_treatment"] = when.treated_days_over + 1
    if when.treated_days_under is not None:
        changes["days_since_treatment"] = when.treated_days_under / 2
    if when.unclear:
        changes["unclear"] = 1
    if when.declined:
        changes["declined"] = True
    return msgspec.structs.replace(report, **changes)


def mention(concept: str, status: str = "present", **details: Any) -> Mention:
    """A mention, with the id of its concept as its words; one that is absent is denied by its words, too."""
    details.setdefault("denial", "denied" if status == "absent" else "open")
    made: Mention = msgspec.convert(
        {"concept": concept, "status": status, "text": concept, "start": 0, "end": len(concept), **details}, Mention
    )
    return made


def reading(text: str, *mentions: Mention, **details: Any) -> Reading:
    """What the reader makes of a text, with these mentions; the details are read from the text as the reader does."""
    from bot.understanding import details as read

    treated, onset = read.read_times(text)
    found: dict[str, Any] = {
        "days_since_treatment": treated,
        "onset_days_ago": onset,
        "side": read.read_side(text),
        "severity": read.read_severity(text),
        "course": read.read_course(text),
        "patient": read.read_patient(text),
        "answer": read.read_yes_no(text),
        "correction": read.read_correction(text),
        "to_all": SCOPE.read(normalise(text)).to_all,
        "wonders": SCOPE.read(normalise(text)).wonders,
        "contrast": SCOPE.read(normalise(text)).contrast,
    }
    return Reading(text=text, mentions=mentions, **{**found, **details})
