"""For the clinician who reviews: which rules fired for a report, which did not, and what was missing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.model import Pack, Rule, SourceRef, When
from bot.triage.assess import Assessment, holds
from bot.triage.report import SymptomReport


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and whether it fired. `missing` says what would have been needed; it is empty when it fired."""

    rule: str
    level: Level
    fired: bool
    missing: str
    sources: tuple[SourceRef, ...]


def explain(report: SymptomReport, pack: Pack) -> tuple[Explained, ...]:
    """Every rule that could concern a report: those of the concepts told and those for all; fired ones first."""
    explained = [*_own_levels(report, pack)]
    for concept in report.counted:
        explained += [_explained(rule, report, pack, concept) for rule in pack.concepts[concept].raises]
    explained += [_explained(rule, report, pack, None) for rule in pack.rules]
    return tuple(sorted(explained, key=lambda e: (not e.fired, -e.level.rank)))


def _own_levels(report: SymptomReport, pack: Pack) -> Iterator[Explained]:
    for concept_id in report.counted:
        concept = pack.concepts[concept_id]
        yield Explained(rule=f"{concept_id}.own", level=concept.level, fired=True, missing="", sources=concept.sources)


def _explained(rule: Rule, report: SymptomReport, pack: Pack, about: str | None) -> Explained:
    fired = holds(rule.when, report, pack, about)
    missing = "" if fired else _missing(rule.when, report, pack, about)
    return Explained(rule=rule.id, level=rule.level, fired=fired, missing=missing, sources=rule.sources)


def _missing(when: When, report: SymptomReport, pack: Pack, about: str | None) -> str:
    """The parts of a condition that are not met, in words."""
    unmet = [part for part in when.all_of if not holds(part, report, pack, about)]
    parts = [_missing(part, report, pack, about) for part in unmet]
    if when.any_of and not any(holds(part, report, pack, about) for part in when.any_of):
        parts.append("one of: " + "; ".join(_missing(part, report, pack, about) for part in when.any_of))
    if when.of:
        where = " from different body areas" if when.from_different_areas else ""
        parts.append(f"{when.at_least} of {', '.join(when.of)}{where}")
    own = {
        name: getattr(when, name)
        for name in ("concept", "side", "severity", "course", "condition", "patient")
        if getattr(when, name) is not None
    }
    parts += [f"{name} {value}" for name, value in own.items()]
    numbers = ("lasting_days_over", "treated_days_over", "treated_days_under")
    parts += [f"{name} {getattr(when, name):g}" for name in numbers if getattr(when, name) is not None]
    if when.symptom_level is not None:
        parts.append(f"a symptom of level {when.symptom_level.value} or more")
    parts += [name for name in ("unclear", "declined") if getattr(when, name)]
    return ", ".join(parts)


def as_text(report: SymptomReport, assessment: Assessment, pack: Pack) -> str:
    """The explanation of a report's assessment as lines for a terminal."""
    told = ", ".join(f"{c} ({report.findings[c].status})" for c in assessment.concepts) or "nothing that is known"
    lines = [f"level: {assessment.level.value}", f"counted: {told}", ""]
    for each in explain(report, pack):
        verdict = "fired    " if each.fired else "not fired"
        sources = "; ".join(
            f"{s.source}{' ' + s.section if s.section else ''}{'' if s.verified else ' [unverified]'}" for s in each.sources
        )
        lines.append(f"{verdict}  {each.level.value:10} {each.rule}  ({sources})")
        if each.missing:
            lines.append(f"           needs {each.missing}")
    return "\n".join(lines)
