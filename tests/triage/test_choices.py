from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.choices import chosen_options
from bot.triage.interview import Ask
from tests.triage.questions import COURSE, DETAILS, EVERY, FEVER, ONE_SIGN, RED_FLAGS, SEVERITY, SIDES, SYMPTOMS

# The places, from 1, of the options that a reply names.
CHOICES: list[tuple[Ask, dict[tuple[int, ...], list[str]]]] = [
    (
        RED_FLAGS,
        {
            (1,): [
                "Dyspnoea",
                "dyspnoea",
                " DYSPNOEA. ",
                "1",
                "1.",
                "#1",
                "one",
                "number 1",
                "option one",
                "the first",
                "first one",
            ],
            (2,): [
                "2",
                "two",
                "the second one",
                "2nd",
                "second",
                "its the second",
                "I think the second one",
                "number two please",
                "no. 2",
                "No.2",
                "no 2",
            ],
            (4,): ["4", "the last one", "the fourth", "last"],
            (1, 3): [
                "1 and 3",
                "1, 3",
                "3 and 1",
                "the first and the third",
                "1 & 3",
                "1st and 3rd",
                "1 or 3",
                "nos. 1 and 3",
                "no. 1, no. 3",
            ],
            (1, 2, 3, 4): ["all of them", "all", "all four", "everything", "1 2 3 4"],
            (): [
                "5",
                "0",
                "99",
                "both",
                "none",
                "yes",
                "no",
                "2 days ago",
                "the second time",
                "no one",
                "one eye",
                "",
                "?",
                "not 2",
                "no 2 days",
                "no two",
            ],
        },
    ),
    (SYMPTOMS, {(1, 2): ["both", "both of them", "I have both", "yes both", "1 and 2"], (): ["both eyes", "both sides"]}),
    (DETAILS, {(1,): ["Fever of 38", "fever of 38!", "1"], (2,): ["I hit my head", "2"], (1, 2): ["both"], (): ["fever"]}),
    (
        SIDES,
        {
            (1,): ["Left", "left", "1", "the first one"],
            (3,): ["both", "Both sides", "3", "the last one"],
            (): ["1 and 2", "my left eye", "all"],
        },
    ),
    (
        SEVERITY,
        {(2,): ["moderate", "the second one", "2nd"], (3,): ["severe", "last one"], (): ["2", "7", "seven", "7/10", "1"]},
    ),
    (COURSE, {(1,): ["Getting better", "better", "1"], (3,): ["worse", "3"], (): ["much worse"]}),
    (FEVER, {(1,): ["Fever of 38"], (): ["1", "first", "yes", "no"]}),
    (ONE_SIGN, {(1,): ["Diplopia"], (): ["1", "yes", "all"]}),
]


@pytest.mark.parametrize(
    ("ask", "places", "text"),
    [(ask, places, text) for ask, table in CHOICES for places, texts in table.items() for text in texts],
)
def test_which_options_are_chosen(ask: Ask, places: tuple[int, ...], text: str) -> None:
    assert chosen_options(text, ask) == tuple(ask.options[place - 1] for place in places)


@given(st.text(max_size=30), st.sampled_from(EVERY))
def test_what_is_chosen_is_offered(text: str, ask: Ask) -> None:
    assert set(chosen_options(text, ask)) <= set(ask.options)
