"""What is read as there, denied or over, with the real reader: a denial needs proof, and so does an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding.read import read

WAYS = [
    line
    for line in (Path(__file__).parent / "changes.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
SIGNS = {
    "trouble breathing": "dyspnoea",
    "trouble swallowing": "dysphagia",
    "slurred speech": "dysarthria",
    "chest pain": "chest_pain_palpitations",
    "double vision": "diplopia",
    "a swollen tongue": "angioedema",
}
# So few of them may be missed: the trained reader takes some for "possible".
MOST_MISSED = 6


def present(text: str) -> set[str]:
    return {mention.concept for mention in read(text).having("present")}


def test_a_change_is_not_read_as_a_denial() -> None:
    missed = [text for way in WAYS for sign, concept in SIGNS.items() if concept not in present(text := way.format(sign=sign))]
    assert len(missed) <= MOST_MISSED, missed


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("wheezing but no shortness of breath", "dyspnoea"),
        ("my lips are puffy, no tongue swelling", "angioedema"),
        ("nurse says it isn't ptosis but my lid covers half my eye", "eyelid_ptosis"),
        ("no pain in the chest, just the heart jumping about", "chest_pain_palpitations"),
        ("the lid was fine all week and now it's drooping", "eyelid_ptosis"),
        ("my voice was normal on Friday. Now I'm hoarse.", "dysphonia"),
        ("double vision went away and this afternoon it came back", "diplopia"),
    ],
)
def test_what_is_denied_or_past_in_part_is_there(text: str, there: str) -> None:
    assert there in present(text)


@pytest.mark.parametrize(
    ("text", "concept", "status"),
    [
        ("left lid droops, no double vision and swallowing is fine", "diplopia", "absent"),
        ("left lid droops, no double vision and swallowing is fine", "dysphagia", "absent"),
        ("no headache, nausea or double vision", "nausea", "absent"),
        ("I had a headache on Monday, it has gone", "headache", "past"),
        ("my voice was hoarse for two days and is back to normal", "dysphonia", "past"),
    ],
)
def test_a_denial_or_an_end_that_is_proven_holds(text: str, concept: str, status: str) -> None:
    assert [(m.concept, m.status) for m in read(text).mentions if m.concept == concept] == [(concept, status)]


def test_an_absence_without_a_word_of_denial_clears_nothing() -> None:
    mention = next(mention for mention in read("swallowing like a champ over here").mentions if mention.concept == "dysphagia")
    assert mention.status == "absent"
    assert not mention.cleared
