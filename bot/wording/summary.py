"""The assessment as a page to keep: lines to print for the clinic, and the days for a picture of them."""

from __future__ import annotations

from typing import Any

from bot.knowledge.model import Concept, Pack, Window
from bot.triage.assess import Assessment
from bot.triage.report import Change, SymptomReport
from bot.wording.texts import Texts

HOURS_PER_DAY = 24


def timeline(report: SymptomReport, assessment: Assessment, pack: Pack) -> dict[str, Any]:
    """Days since the treatment and since the onset (None where not told), and when the first sign usually shows.

    The window, in days after the treatment, is given only where a checked source states it.
    """
    shown = _usual(assessment, pack)
    onset = report.onset_days_ago
    if onset is None:
        onsets = [
            f.onset_days_ago for c in assessment.concepts if (f := report.findings.get(c)) and f.onset_days_ago is not None
        ]
        onset = max(onsets, default=None)
    return {
        "days_since_treatment": report.days_since_treatment,
        "onset_days_ago": _onset(report, assessment),
        "window": {"from": _days(shown.min_hours), "to": _days(shown.max_hours)} if shown else None,
        "window_text": shown.text if shown else None,
    }


def summary(report: SymptomReport, assessment: Assessment, pack: Pack, texts: Texts, action: str) -> list[dict[str, str]]:
    """What was told and what follows, a line each with its label; what was not told has no line."""
    words = texts.summary
    labels = [pack.concepts[concept].label for concept in assessment.concepts]
    denied = [pack.concepts[concept].label for concept in report.findings_with("absent")]
    back = [pack.concepts[concept].label for concept, finding in report.findings.items() if finding.taken_back]
    gone = [pack.concepts[concept].label for concept in report.findings_with("past")]
    areas = [area.label for area in pack.areas if area.id in report.areas]
    quotes = [report.findings[c].words for c in assessment.concepts if c in report.findings and report.findings[c].words]
    lines = [
        (words.level, getattr(texts.levels, assessment.level.value).title),
        (words.action, action),
        (words.told, texts.listed(labels)),
        (words.words, " / ".join(f"“{quote}”" for quote in dict.fromkeys(quotes))),
        (words.side, texts.answers.get(report.side or "", "")),
        (words.severity, texts.answers.get(report.severity or "", "")),
        (words.course, texts.answers.get(report.course or "", "")),
        (words.treated, _ago(report.days_since_treatment, texts)),
        (words.began, _ago(_onset(report, assessment), texts)),
        (words.areas, texts.listed(areas)),
        (words.gone, texts.listed(gone)),
        (words.denied, texts.listed(denied)),
        (words.taken_back, texts.listed(back)),
    ]
    return [{"label": label, "value": value} for label, value in lines if value]


def change_text(change: Change, texts: Texts) -> str:
    """The sentence that confirms a change of what was told before."""
    if change.what == "gone":
        return texts.changed.gone
    if change.value == "both":
        return texts.changed.both_sides
    value = _ago(change.value, texts) if isinstance(change.value, float) else texts.answers[str(change.value)].lower()
    said: str = getattr(texts.changed, change.what)
    return said.format(value=value)


def _onset(report: SymptomReport, assessment: Assessment) -> float | None:
    """Days since the onset: of the account as a whole, else of the sign that began first."""
    if report.onset_days_ago is not None:
        return report.onset_days_ago
    findings = [report.findings[concept] for concept in assessment.concepts if concept in report.findings]
    return max((f.onset_days_ago for f in findings if f.onset_days_ago is not None), default=None)


def _usual(assessment: Assessment, pack: Pack) -> Window | None:
    """When the most urgent sign with a checked window usually shows."""
    concepts: list[Concept] = sorted((pack.concepts[c] for c in assessment.concepts), key=lambda concept: -concept.level.rank)
    for concept in concepts:
        window = concept.onset
        if window and window.max_hours is not None and any(source.verified for source in window.sources):
            return window
    return None


def _days(hours: float | None) -> float:
    return round((hours or 0.0) / HOURS_PER_DAY, 1)


def _ago(days: float | None, texts: Texts) -> str:
    if days is None:
        return ""
    if days < 1:
        return texts.summary.today
    return texts.summary.day_ago if round(days) == 1 else texts.summary.days_ago.format(days=round(days))
