from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.intents import FALLBACK, HYPOTHETICAL, INFORM, QUESTION, SHORT, SURE, decide, familiar, taught
from bot.understanding.reading import Evidence, EvidenceKind, Mention, Reading, Status

TAUGHT = taught([("greet", "hello there"), ("greet", "Good MORNING"), ("start_over", "start over please")])


def reading(*statuses: Status, text: str = "x", **details: Any) -> Reading:
    mentions = tuple(Mention(concept="headache", status=status, text="x", start=0, end=1) for status in statuses)
    return Reading(text=text, mentions=mentions, **details)


@pytest.mark.parametrize(
    ("message", "topic", "guess", "confidence", "intent"),
    [
        (reading("present"), "a_topic", "delete_data", 1.0, INFORM),
        (reading("absent"), None, "greet", 1.0, INFORM),
        (reading("past"), None, None, 0.0, INFORM),
        (reading("other"), None, None, 0.0, INFORM),
        (reading("possible", "present"), None, None, 0.0, INFORM),
        (reading("possible"), None, "greet", 1.0, HYPOTHETICAL),
        (reading(conditions=("lid_covers_pupil",)), None, "greet", 1.0, INFORM),
        (reading(), "a_topic", "greet", 1.0, QUESTION),
        (reading(), "a_topic", "talk_to_human", 1.0, "talk_to_human"),
        (reading(), None, "greet", SURE, "greet"),
        (reading(), None, "greet", SURE - 0.01, FALLBACK),
        (reading(), None, None, 0.0, FALLBACK),
        (reading(), None, INFORM, SURE, INFORM),
        (reading(), None, INFORM, SURE - 0.01, FALLBACK),
        (reading(answer="yes"), None, None, 0.0, INFORM),
        (reading(severity="mild"), None, None, 0.0, INFORM),
        (reading(days_since_treatment=3.0), None, None, 0.0, INFORM),
        (reading(areas=("forehead",)), None, None, 0.0, INFORM),
        (reading(answer="yes", text="yes " * (SHORT + 1)), None, None, 0.0, FALLBACK),
    ],
)  # fmt: skip
def test_what_is_said_of_the_body_comes_first(
    message: Reading, topic: str | None, guess: str | None, confidence: float, intent: str
) -> None:
    assert decide(message, topic, guess, confidence) == intent


def test_the_words_of_an_intent_are_those_of_its_examples() -> None:
    assert set(TAUGHT.words) == {"greet", "start_over"}
    assert {"hello", "there", "good"} <= TAUGHT.words["greet"]
    assert not TAUGHT.words["greet"] & TAUGHT.words["start_over"]


@pytest.mark.parametrize(
    ("text", "kind", "intent"),
    [
        ("Start over, please!", "model", "start_over"),
        ("start over please now", "model", None),
        ("start over please", "lexicon", None),
        ("start over please", "composition", None),
    ],
)
def test_an_example_word_for_word_stands_above_the_trained_reader_alone(
    text: str, kind: EvidenceKind, intent: str | None
) -> None:
    mention = Mention(concept="dysarthria", status="present", text=text, start=0, end=1, evidence=(Evidence(kind, 0.8, text),))
    assert TAUGHT.exactly(Reading(text=text, mentions=(mention,))) == intent


def test_what_tells_of_the_body_is_no_example() -> None:
    known = taught([("inform", "it hurts"), ("greet", "hello there")])
    assert known.exactly(Reading(text="it hurts")) is None
    assert known.exactly(Reading(text="hello there", conditions=("fever",))) is None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Hello!", True),
        ("good mornings", True),
        ("hello doctor", True),
        ("hello my dear doctor", False),
        ("aaaaaaa", False),
        ("pain pain pain", False),
        ("🙂", False),
        ("", False),
    ],
)
def test_half_of_the_words_must_be_known(text: str, known: bool) -> None:
    assert familiar(text, TAUGHT.words["greet"]) == known


@given(st.text(max_size=40))
def test_to_whom_nothing_was_taught_nothing_is_familiar(text: str) -> None:
    assert not familiar(text, frozenset())
