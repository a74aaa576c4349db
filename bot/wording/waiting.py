"""What to do until help comes, by what was told: the sentences of the knowledge that somebody has read in a source."""

from __future__ import annotations

from bot.knowledge.model import Pack, SourceRef
from bot.triage.report import SymptomReport

MAX_ADVICE = 6


def while_waiting(report: SymptomReport, pack: Pack) -> tuple[list[str], tuple[SourceRef, ...]]:
    """The advice for what the patient has, and where it comes from. One way to sit or lie is said, and it comes first."""
    told = [advice for concept in report.counted for advice in pack.concepts[concept].while_waiting]
    checked = [advice for advice in told if any(source.verified for source in advice.sources)]
    best = min((advice.position for advice in checked if advice.position is not None), default=None)
    kept = [advice for advice in checked if advice.position in (None, best)]
    kept.sort(key=lambda advice: advice.position is None)
    said = {advice.text: advice.sources for advice in reversed(kept)}
    texts = list(dict.fromkeys(advice.text for advice in kept))[:MAX_ADVICE]
    return texts, tuple(source for text in texts for source in said[text])
