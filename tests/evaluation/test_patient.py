"""The simulated patient answers as the one of score_vignettes.py does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scorers import load

from bot.evaluation.patient import answer
from bot.evaluation.sets import Facts

SCORER = load("score_vignettes")
KINDS = (
    *("consent", "treatment", "areas", "days_since_treatment", "onset", "severity", "course", "sides"),
    *("red_flags", "escalator", "context", "symptoms", "anything_else"),
)
CONCEPTS = ("diplopia", "dysphagia", "headache", "unlicensed_product")
CONDITIONS = ("covers_pupil", "spreading")

some_concepts = st.lists(st.sampled_from(CONCEPTS), max_size=3, unique=True)
options = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.sampled_from(("Yes", "No", "Double vision", "None of these")),
            "concept": st.none() | st.sampled_from(CONCEPTS),
            "none": st.booleans(),
        },
        optional={"payload": st.sampled_from(("", "double vision", "none of these"))},
    ),
    max_size=4,
)
questions = st.fixed_dictionaries(
    {"id": st.sampled_from(KINDS)},
    optional={"options": options, "concepts": some_concepts, "condition": st.none() | st.sampled_from(CONDITIONS)},
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "treatment": st.sampled_from(("botox", "dysport")),
        "areas": st.lists(st.sampled_from(("forehead", "neck")), max_size=2),
        "days_since_treatment": st.integers(0, 60),
        "onset_days_ago": st.integers(0, 30),
        "severity": st.sampled_from(("mild", "moderate", "severe", "unknown")),
        "course": st.sampled_from(("better", "same", "worse", "unknown")),
        "sides": st.sampled_from(("left", "right", "both", "none", "unknown")),
        "present": some_concepts,
        "absent": some_concepts,
        "context": some_concepts,
        "conditions": st.lists(st.sampled_from(CONDITIONS), max_size=2),
    },
)


@given(question=questions, facts=facts)
def test_agrees_with_the_scorer(question: dict[str, Any], facts: dict[str, Any]) -> None:
    facts = {**facts, "sides": None} if facts.get("sides") == "unknown" else facts
    assert answer(question, msgspec.convert(facts, Facts)) == SCORER.answer(question, facts)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"id": "red_flags", "options": [{"title": "Double", "payload": "Double", "concept": "diplopia"}]}, "Double"),
        ({"id": "red_flags", "options": [{"title": "None", "concept": None, "none": True}]}, "None"),
        ({"id": "symptoms", "concepts": ["diplopia"]}, "yes"),
        ({"id": "symptoms", "concepts": ["headache"]}, "none of these"),
        ({"id": "escalator", "condition": "covers_pupil"}, "yes"),
        ({"id": "escalator", "condition": "spreading"}, "no"),
        ({"id": "onset"}, "today"),
        ({"id": "sides", "answers": "choice"}, "the right side"),
        ({"id": "sides", "answers": "yes_no"}, "no"),
        ({"id": "a kind of the future"}, "no"),
    ],
)
def test_tells_the_truth(question: dict[str, Any], said: str) -> None:
    patient = Facts(present=("diplopia",), conditions=("covers_pupil",), onset_days_ago=0, sides="right")
    assert answer(question, patient) == said


@pytest.mark.parametrize(("sides", "said"), [("both", "yes"), ("left", "no"), ("none", "no"), (None, "no")])
def test_the_other_side_is_as_well_when_both_are(sides: str | None, said: str) -> None:
    assert answer({"id": "sides", "answers": "yes_no", "concepts": ["eyelid_ptosis"]}, Facts(sides=sides)) == said
