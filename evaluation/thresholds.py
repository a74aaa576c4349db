"""How sure the trained reader must be: tries thresholds on our own sentences that training keeps out.

    .venv/bin/python -m evaluation.thresholds

For each level of danger, and for concepts with a lay phrase in the text, it prints what each threshold would do while the
others stay as they are in bot/understanding/read.py; then the best setting by the rule of `rank`, as Python to paste there.
The development set is not touched, so that it stays a fair test.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bot.understanding.read as understanding
from bot.evaluation.figures import Figures, Read, figures, score
from bot.evaluation.progress import shown
from bot.evaluation.sets import Label, Message, load_levels
from bot.evaluation.tables import Table, as_text
from bot.knowledge.levels import Level
from bot.understanding.reading import Mention

ROOT = Path(__file__).resolve().parents[1]
# Fainter evidence than this is never tried.
FLOOR = 0.05
GRID = tuple(percent / 100 for percent in range(5, 95, 5))
# An emergency that is met with an emergency: this share comes first, whatever it costs.
EMERGENCY_RECALL = 0.98
# Printed beside it, to show what it costs.
EASIER = (0.90, 0.95)
CHUNK = 32
ROUNDS = 4


@dataclass(frozen=True)
class Candidate:
    """A concept that might be present: how sure the trained reader is, and whether words of the knowledge say it too."""

    concept: str
    score: float
    phrase: bool


@dataclass(frozen=True)
class Setting:
    """Thresholds by level, and the one for a concept with a lay phrase in the text."""

    by_level: dict[Level, float]
    with_phrase: float

    @property
    def sensible(self) -> bool:
        """Whether a phrase never makes a concept harder to find."""
        return self.with_phrase <= min(self.by_level.values())

    def having(self, level: Level | None, threshold: float) -> Setting:
        """The same with another threshold for a level, or (None) for concepts with a phrase."""
        if level is None:
            return replace(self, with_phrase=threshold)
        return replace(self, by_level={**self.by_level, level: threshold})


@dataclass(frozen=True)
class Trial:
    """The sentences, what the reader sees in each, and the level of each concept."""

    gold: Sequence[Message]
    seen: Sequence[Sequence[Candidate]]
    levels: dict[str, str]

    def read(self, setting: Setting) -> list[Read]:
        """What the reader says with this setting."""
        return [frozenset(self._present(candidates, setting)) for candidates in self.seen]

    def _present(self, candidates: Iterable[Candidate], setting: Setting) -> Iterator[tuple[str, str]]:
        for candidate in candidates:
            level = Level(self.levels[candidate.concept])
            if candidate.score >= (setting.with_phrase if candidate.phrase else setting.by_level[level]):
                yield candidate.concept, "present"

    def figures(self, setting: Setting) -> Figures:
        """The figures with this setting."""
        return figures(self.gold, self.read(setting), self.levels)


def rank(measured: Figures, emergency_recall: float) -> tuple[float, float, float]:
    """The rule: first the emergency recall that is wanted, then F1, then few false alarms."""
    return min(measured.emergency_recall, emergency_recall), measured.f1, -measured.false_alarm_rate_on_none


def best(trial: Trial, start: Setting, emergency_recall: float) -> Setting:
    """The best setting: one threshold after the other is moved to its best place, until nothing gets better."""
    chosen, reached = start, rank(trial.figures(start), emergency_recall)
    for _ in range(ROUNDS):
        before = chosen
        for level in (Level.EMERGENCY, Level.SAME_DAY, Level.FEW_DAYS, Level.ROUTINE, None):
            for setting in (chosen.having(level, threshold) for threshold in GRID):
                if setting.sensible and (ranked := rank(trial.figures(setting), emergency_recall)) > reached:
                    chosen, reached = setting, ranked
        if chosen == before:
            break
    return chosen


def sweep(trial: Trial, start: Setting, level: Level | None) -> Table:
    """What each threshold of a level does; `*` marks the one in use."""
    current = start.with_phrase if level is None else start.by_level[level]
    concepts = {concept for concept, own in trial.levels.items() if level is None or own == level.value}
    rows = []
    for threshold in sorted({*GRID, current}):
        setting = start.having(level, threshold)
        read, measured = trial.read(setting), trial.figures(setting)
        own = score(
            (_only(message.labels, concepts), _only(found, concepts)) for message, found in zip(trial.gold, read, strict=True)
        )
        shares = (own.precision, own.recall, own.f1, *_main(measured))
        rows.append((f"{threshold:.2f}{'*' if threshold == current else ''}", *(f"{share:.3f}" for share in shares)))
    title = (
        "With a lay phrase in the text (P, R, F1 of all concepts)"
        if level is None
        else f"{level.value} (P, R, F1 of its concepts)"
    )
    return Table(title, ("threshold", "P", "R", "F1", *_MAIN), tuple(rows))


_MAIN = ("P, all", "R, all", "F1, all", "emergency recall", "false alarms")


def _main(measured: Figures) -> tuple[float, ...]:
    return measured.precision, measured.recall, measured.f1, measured.emergency_recall, measured.false_alarm_rate_on_none


def _only(pairs: Read, concepts: set[str]) -> frozenset[str]:
    return frozenset(concept for concept, status in pairs if status == "present" and concept in concepts)


def kept_out() -> list[Message]:
    """The sentences that training keeps out, as labelled messages."""
    sys.path.insert(0, str(ROOT))
    from training.sentences import held_out, read_sentences

    kept = [sentence for sentence in read_sentences(ROOT / "data" / "understanding" / "sentences") if held_out(sentence)]
    return [_message(f"kept-{number}", sentence) for number, sentence in enumerate(kept, 1)]


def _message(name: str, sentence: Any) -> Message:
    return Message(name, sentence.text, tuple(Label(concept, status) for concept, status in sorted(sentence.labels)))


def candidates(gold: Sequence[Message]) -> list[list[Candidate]]:
    """Everything that the reader sees in each message, however faintly: for that, this process lowers its thresholds."""
    understanding.THRESHOLDS = dict.fromkeys(Level, FLOOR)
    understanding.WITH_PHRASE = FLOOR
    reader, seen = understanding.reader(), []
    for start in shown(range(0, len(gold), CHUNK), f"Reading {len(gold)} sentences, in groups of {CHUNK}"):
        for reading in map(reader.read, [message.text for message in gold[start : start + CHUNK]]):
            seen.append([_candidate(mention) for mention in reading.mentions if mention.status == "present"])
    return seen


def _candidate(mention: Mention) -> Candidate:
    """What stands without the trained reader counts as certain: no threshold changes it."""
    score = next((evidence.score for evidence in mention.evidence if evidence.kind == "model"), 1.0)
    return Candidate(mention.concept, score, any(evidence.kind != "model" for evidence in mention.evidence))


def main() -> None:
    """Print the sweeps and the best setting."""
    now = Setting(dict(understanding.THRESHOLDS), understanding.WITH_PHRASE)
    gold = kept_out()
    trial = Trial(gold, candidates(gold), load_levels())
    for level in (Level.EMERGENCY, Level.SAME_DAY, Level.FEW_DAYS, Level.ROUTINE, None):
        print(as_text(sweep(trial, now, level)), end="\n\n", flush=True)
    settings = {"now": now} | {f"{target:.2f}": best(trial, now, target) for target in (*EASIER, EMERGENCY_RECALL)}
    rows = tuple((name, *(f"{share:.3f}" for share in _main(trial.figures(setting)))) for name, setting in settings.items())
    print(as_text(Table("The best F1 that leaves this emergency recall, or comes nearest to it", ("", *_MAIN), rows)))
    chosen = settings[f"{EMERGENCY_RECALL:.2f}"]
    by_level = ", ".join(f"Level.{level.name}: {threshold:.2f}" for level, threshold in chosen.by_level.items())
    print(f"\nTHRESHOLDS = {{{by_level}}}\nWITH_PHRASE = {chosen.with_phrase:.2f}")


if __name__ == "__main__":
    main()
