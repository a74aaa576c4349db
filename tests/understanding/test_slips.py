from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.normalise import with_offsets
from bot.understanding.slips import Slips, load_slips

SLIPS = load_slips("en")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("defiitely not", "definitely not"),
        ("aboslutely not", "absolutely not"),
        ("wrose", "worse"),
        ("nothinng from the list", "nothing from the list"),
        ("none besies a rash", "none besides a rash"),
        ("barely therre", "barely there"),
        ("my tongue is swelling", "my tongue is swelling"),
        ("I hav it", "i hav it"),
        ("ptosis", "ptosis"),
        ("my baby feeds well", "my baby feeds well"),
        ("onne of them", "none of them"),
        ("onne side of my face suddenly dropped an hour ago", "onne side of my face suddenly dropped an hour ago"),
        ("", ""),
    ],
)
def test_slips_in_answers_are_repaired_and_nothing_else(text: str, meant: str) -> None:
    assert SLIPS.repair(with_offsets(text)).text == meant


def test_a_slip_that_is_near_to_two_words_is_left() -> None:
    slips = Slips({"cat"}, {"nine", "line"})
    assert slips.repair(with_offsets("it is mine today")).text == "it is mine today"


def test_what_was_found_is_still_shown_in_the_words_of_the_message() -> None:
    text = "none besies a rash"
    repaired = SLIPS.repair(with_offsets(text))
    start = repaired.text.index("rash")
    begin, end = repaired.span(start, start + 4)
    assert text[begin:end] == "rash"


@given(st.text(max_size=80))
def test_every_letter_comes_from_the_message(text: str) -> None:
    repaired = SLIPS.repair(with_offsets(text))
    assert len(repaired.text) == len(repaired.origin)
    assert list(repaired.origin) == sorted(repaired.origin)
    assert all(0 <= place < max(1, len(text)) for place in repaired.origin)
