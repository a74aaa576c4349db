"""The figures of understanding are those of the scorer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scorers import as_json, load, printed

from bot.evaluation.figures import Figures, Read, figures, wilson
from bot.evaluation.sets import Label, Message, load_levels

SCORER = load("score_understanding")
LEVELS = load_levels()
CONCEPTS = ("headache", "eyelid_ptosis", "dysphagia", "dyspnoea", "injection_site_itch")
STATUSES = ("present", "absent", "past", "other", "possible")

labels = st.builds(Label, st.sampled_from(CONCEPTS), st.sampled_from(STATUSES))
pairs = st.frozensets(st.tuples(st.sampled_from(CONCEPTS), st.sampled_from(STATUSES)), max_size=4)
tags = st.lists(st.sampled_from(("typo", "slang", "red_flag")), max_size=2).map(tuple)
messages = st.builds(Message, st.just("m"), st.just("text"), st.lists(labels, max_size=4).map(tuple), tags)
runs = st.lists(st.tuples(messages, pairs), min_size=1, max_size=20)


def scored(folder: Path, run: Sequence[tuple[Message, Read]]) -> tuple[dict[str, Any], str]:
    """What the scorer makes of a run: its JSON and its printed tags."""
    rows = [{"id": m.id, "text": m.text, "mentions": [_shape(x) for x in m.mentions], "tags": m.tags} for m, _ in run]
    file = folder / "set.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    out = "\n".join(json.dumps({"mentions": [{"concept": c, "status": s} for c, s in read]}) for _, read in run)
    process = SimpleNamespace(run=lambda *_, **__: SimpleNamespace(returncode=0, stdout=out, stderr=""))
    with patch.object(SCORER, "subprocess", process):
        return as_json(SCORER, str(file)), printed(SCORER, str(file))


def _shape(label: Label) -> dict[str, str]:
    return {"concept": label.concept, "status": label.status}


@given(run=runs)
def test_agrees_with_the_scorer(run: list[tuple[Message, Read]], tmp_path_factory: pytest.TempPathFactory) -> None:
    ours = figures([message for message, _ in run], [read for _, read in run], LEVELS)
    theirs, text = scored(tmp_path_factory.mktemp("set"), run)
    del theirs["messages_per_second_with_startup"]
    assert {name: getattr(ours, name) for name in theirs} == pytest.approx(theirs)
    tag_lines = [f"  tag {tag:16} P {s.precision:.3f} R {s.recall:.3f} F1 {s.f1:.3f}" for tag, s in ours.by_tag.items()]
    assert tag_lines == [line for line in text.splitlines() if line.startswith("  tag ")]


@given(run=runs)
def test_concepts_and_statuses_add_up_to_the_whole(run: list[tuple[Message, Read]]) -> None:
    gold, read = [message for message, _ in run], [found for _, found in run]
    ours = figures(gold, read, LEVELS)
    present = ours.by_status["present"]
    assert (present.score.precision, present.score.recall) == (ours.precision, ours.recall)
    for count in ("right", "extra", "missed"):
        assert sum(getattr(c.score, count) for c in ours.by_concept.values()) == getattr(present.score, count)
    for status, scored_status in ours.by_status.items():
        assert sum(scored_status.read_as.values()) == sum((c, s) in m.labels for m in gold for c in CONCEPTS for s in [status])


def measured(truth: Read, read: Read) -> Figures:
    message = Message("m", "text", tuple(Label(concept, status) for concept, status in sorted(truth)))  # type: ignore[arg-type]  # made-up statuses are valid
    return figures([message], [read], LEVELS)


@pytest.mark.parametrize(
    ("read", "missed_for", "taken_from"),
    [
        (frozenset(), {"nothing": 1}, {}),
        (frozenset({("eyelid_ptosis", "present")}), {"eyelid_ptosis": 1}, {"headache": 1}),
        (frozenset({("headache", "absent"), ("eyelid_ptosis", "present")}), {":absent": 1}, {"headache": 1}),
        (frozenset({("headache", "present"), ("eyelid_ptosis", "present")}), {}, {"nothing": 1}),
    ],
)
def test_says_what_a_concept_is_confused_with(read: Read, missed_for: dict[str, int], taken_from: dict[str, int]) -> None:
    by_concept = measured(frozenset({("headache", "present")}), read).by_concept
    assert by_concept["headache"].missed_for == missed_for
    assert (by_concept["eyelid_ptosis"].taken_from if "eyelid_ptosis" in by_concept else {}) == taken_from


def test_an_emergency_counts_as_met_by_any_emergency() -> None:
    truth = frozenset({("dyspnoea", "present")})
    assert measured(truth, frozenset({("dysphagia", "present")})).emergency_recall == 1.0
    assert measured(truth, frozenset({("headache", "present")})).emergency_recall == 0.0


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 10, 0, 0.2775),
        (10, 10, 0.7225, 1),
        (5, 10, 0.2366, 0.7634),
        (1, 1, 0.2065, 1),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_the_interval_of_a_share(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)
