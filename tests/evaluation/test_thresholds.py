"""The sweep of thresholds, on made-up evidence."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

import pytest

from bot.evaluation.sets import FOLDER, Label, Message
from bot.knowledge.levels import Level

LEVELS = {"dyspnoea": "emergency", "diplopia": "same_day", "nausea": "few_days", "headache": "routine"}


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("thresholds", FOLDER / "thresholds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


thresholds = load()


def trial(*rows: tuple[str | None, list[tuple[str, float, bool]]]) -> Any:
    """Messages that are about one concept (or none), with the evidence (concept, score, phrase) in each."""
    gold = [Message(str(n), "...", (Label(concept, "present"),) if concept else ()) for n, (concept, _) in enumerate(rows)]
    return thresholds.Trial(gold, [[thresholds.Candidate(*seen) for seen in evidence] for _, evidence in rows], LEVELS)


START = thresholds.Setting(dict.fromkeys(Level, 0.5), 0.1)


@pytest.mark.parametrize(
    ("evidence", "read"),
    [
        (("headache", 0.5, False), {("headache", "present")}),
        (("headache", 0.49, False), set()),
        (("headache", 0.1, True), {("headache", "present")}),
        (("headache", 0.09, True), set()),
    ],
)
def test_evidence_counts_from_its_threshold_on(evidence: tuple[str, float, bool], read: set[tuple[str, str]]) -> None:
    assert trial((None, [evidence])).read(START) == [frozenset(read)]


def test_the_recall_of_emergencies_comes_before_f1() -> None:
    faint = ("dyspnoea", [("dyspnoea", 0.21, False)])
    noise = [(None, [("dyspnoea", 0.22, False)])] * 5
    setting = thresholds.best(trial(faint, *noise), START, 0.98)
    assert setting.by_level[Level.EMERGENCY] <= 0.21


def test_below_an_emergency_f1_decides() -> None:
    said = [("headache", [("headache", 0.32, False)])] * 3
    noise = [(None, [("headache", 0.12, False)])] * 3
    made_up = trial(*said, *noise)
    setting = thresholds.best(made_up, START, 0.98)
    assert 0.12 < setting.by_level[Level.ROUTINE] <= 0.32
    assert made_up.figures(setting).f1 == 1.0


def test_a_phrase_never_makes_a_concept_harder_to_find() -> None:
    noise = [(None, [("headache", 0.6, True)])] * 3
    setting = thresholds.best(trial(("dyspnoea", [("dyspnoea", 0.2, False)]), *noise), START, 0.98)
    assert setting.sensible
    assert setting.with_phrase <= setting.by_level[Level.EMERGENCY] <= 0.2


def test_the_sweep_marks_the_threshold_in_use() -> None:
    table = thresholds.sweep(trial(("headache", [("headache", 0.3, False)])), START, Level.ROUTINE)
    rows = {row[0]: row for row in table.rows}
    assert rows["0.50*"][3] == "0.000"
    assert rows["0.30"][3] == "1.000"
