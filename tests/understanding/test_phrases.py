from __future__ import annotations

import pytest

from bot.understanding.phrases import PhraseGroups

PHRASES = PhraseGroups({"no denial": ["not just|only", "not * properly"], "denial": ["not", "no more?|longer?", "never $"]})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("not sore", [(0, 1, "denial")]),
        ("not just sore", [(0, 2, "no denial")]),
        ("i can not see properly", [(2, 5, "no denial")]),
        ("no pain", [(0, 1, "denial")]),
        ("no longer sore", [(0, 2, "denial")]),
        ("never", [(0, 1, "denial")]),
        ("never , i think", [(0, 1, "denial")]),
        ("never sore", []),
        ("sore , not red , not only that", [(2, 3, "denial"), (5, 7, "no denial")]),
        ("", []),
    ],
)
def test_the_longest_phrase_counts(text: str, found: list[tuple[int, int, str]]) -> None:
    assert PHRASES.find(text.split()) == found
