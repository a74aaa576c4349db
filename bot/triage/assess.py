"""How soon to contact the clinician: the level of a report, with the rules that fired and their sources.

The highest level that applies wins. Conditions have no negation (see `knowledge.model.When`), so more symptoms, more
severity and more doubt can only make more rules fire: the level is monotone by construction.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bot.knowledge.levels import Level, highest
from bot.knowledge.model import Pack, Rule, SourceRef, When
from bot.triage.report import Finding, SymptomReport, with_reading
from bot.understanding.reading import Reading

_SEVERITY = {None: 0, "mild": 1, "moderate": 2, "severe": 3}
_COURSE = {None: 0, "better": 1, "same": 2, "worse": 3}


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a level applies: the rule, the concepts that it is about, what the patient is told and where it comes from.

    The rule of a concept's own level has the id `<concept>.own` and says nothing more (`because` is empty).
    """

    rule: str
    level: Level
    concepts: tuple[str, ...]
    because: str
    sources: tuple[SourceRef, ...]


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """The result: the level, the concepts that were counted and every reason, the most urgent first."""

    level: Level
    concepts: tuple[str, ...]
    reasons: tuple[Reason, ...]


def assess(report: SymptomReport, pack: Pack) -> Assessment:
    """The level of a report: the highest of its reasons, and never below what was said to the patient before.

    A report in which nothing counts is `few_days` at least, unless all that was told has gone and was `routine`.
    """
    reasons = sorted(_reasons(report, pack), key=lambda reason: -reason.level.rank)
    floor = highest((report.reached or Level.ROUTINE, _gone(report, pack)))
    return Assessment(
        level=highest((floor, *(reason.level for reason in reasons))),
        concepts=report.counted,
        reasons=tuple(reasons),
    )


def assess_message(reading: Reading, pack: Pack) -> tuple[SymptomReport, Assessment]:
    """What one message says and its level, as if nothing had been said before it and nothing came after."""
    report = with_reading(SymptomReport(), reading, pack)
    return report, assess(report, pack)


def _gone(report: SymptomReport, pack: Pack) -> Level:
    """The least level of what has gone, or of nothing at all: an emergency that is over is still heard today."""
    past = [pack.concepts[concept].level for concept, finding in report.findings.items() if finding.status == "past"]
    if Level.EMERGENCY in past:
        return Level.SAME_DAY
    if report.counted or (past and highest(past) is Level.ROUTINE):
        return Level.ROUTINE
    return Level.FEW_DAYS


def _reasons(report: SymptomReport, pack: Pack) -> Iterator[Reason]:
    for concept_id in report.counted:
        concept = pack.concepts[concept_id]
        yield Reason(rule=f"{concept_id}.own", level=concept.level, concepts=(concept_id,), because="", sources=concept.sources)
        for rule in concept.raises:
            if holds(rule.when, report, pack, about=concept_id):
                yield _reason(rule, report, (concept_id,))
    for rule in pack.rules:
        if holds(rule.when, report, pack):
            yield _reason(rule, report, ())


def _reason(rule: Rule, report: SymptomReport, about: tuple[str, ...]) -> Reason:
    named = tuple(dict.fromkeys((*about, *(c for c in concepts_of(rule.when) if c in report.counted))))
    return Reason(rule=rule.id, level=rule.level, concepts=named, because=rule.because, sources=rule.sources)


def concepts_of(when: When) -> Iterator[str]:
    """The concepts that a condition names."""
    yield from when.of
    if when.concept:
        yield when.concept
    for part in (*when.all_of, *when.any_of):
        yield from concepts_of(part)


def holds(when: When, report: SymptomReport, pack: Pack, about: str | None = None) -> bool:
    """Whether a condition is met. `about` is the concept whose rule it is; details are then those of that concept."""
    concept = when.concept or about
    finding = report.findings.get(concept) if concept else None
    tests = {
        "all_of": lambda: all(holds(part, report, pack, about) for part in when.all_of),
        "any_of": lambda: any(holds(part, report, pack, about) for part in when.any_of),
        "at_least": lambda: _count(when, report, pack) >= (when.at_least or 0),
        "concept": lambda: finding is not None and finding.counts,
        "side": lambda: _side(finding, report) in (when.side, "both"),
        "severity": lambda: _severity(finding, report) >= _SEVERITY[when.severity],
        "course": lambda: _course(finding, report) >= _COURSE[when.course],
        "condition": lambda: report.conditions.get(when.condition or "") in ("yes", "unsure", "taken_back"),
        "lasting_days_over": lambda: _lasting(finding, report) > (when.lasting_days_over or 0),
        "treated_days_over": lambda: (report.days_since_treatment or 0) > (when.treated_days_over or 0),
        "treated_days_under": lambda: (
            report.days_since_treatment is not None and report.days_since_treatment < (when.treated_days_under or 0)
        ),
        "patient": lambda: report.patient == when.patient,
        "symptom_level": lambda: when.symptom_level is not None and _reaches(report, pack, when.symptom_level),
        "unclear": lambda: report.unclear > 0,
        "declined": lambda: report.declined or bool(report.unanswered),
    }
    given = [name for name in tests if getattr(when, name) not in (None, (), False)]
    return bool(given) and all(tests[name]() for name in given)


def _count(when: When, report: SymptomReport, pack: Pack) -> int:
    hits = [concept for concept in when.of if concept in report.counted]
    return len({pack.concepts[concept].body_area for concept in hits}) if when.from_different_areas else len(hits)


def _side(finding: Finding | None, report: SymptomReport) -> str | None:
    said = {report.side, finding.side if finding else None} - {None}
    return said.pop() if len(said) == 1 else "both" if said else None


def _severity(finding: Finding | None, report: SymptomReport) -> int:
    own = [finding] if finding else [f for f in report.findings.values() if f.counts]
    return max((_SEVERITY[report.severity], *(_SEVERITY[f.severity] for f in own)))


def _course(finding: Finding | None, report: SymptomReport) -> int:
    own = [finding] if finding else [f for f in report.findings.values() if f.counts]
    return max((_COURSE[report.course], *(_COURSE[f.course] for f in own)))


def _lasting(finding: Finding | None, report: SymptomReport) -> float:
    own = finding.onset_days_ago if finding else None
    return own if own is not None else (report.onset_days_ago or 0)


def _reaches(report: SymptomReport, pack: Pack, level: Level) -> bool:
    symptoms = (pack.concepts[concept] for concept in report.counted)
    return any(concept.kind == "symptom" and concept.level >= level for concept in symptoms)
