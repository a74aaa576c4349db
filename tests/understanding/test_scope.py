"""Which words are denied: by a word of denial that covers exactly them, with nothing near it that speaks against it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.denials import Verdict
from bot.understanding.normalise import normalise
from bot.understanding.scope import load_scope

SCOPE = load_scope("en")


def judged(text: str) -> Verdict:
    """The verdict on the words that stand in {braces}."""
    plain, offsets = "", []
    for index, part in enumerate(text.replace("}", "{").split("{")):
        part = normalise(part) if index % 2 else part.lower().replace("'", "")
        if index % 2:
            offsets += [len(plain) + place for place in range(len(part)) if part[place].isalnum()]
        plain += part
    return SCOPE.read(plain).judge(offsets)


DENIED = [
    "no {double vision}", "I don't have any {trouble swallowing}", "without {fever}",
    "not accompanied by {nausea}, vomiting or rash",
    "no headache, {nausea} or double vision", "left lid droops, but no {double vision}", "my {lips} are not {swollen}",
    "{breathing} is fine", "I can {breathe} and talk normally", "never had {hives}", "no pain, my lid droops, no {rash}",
    "{double vision} no, {blur} no", "denies {chest pain}", "{constipation}: no.", "my voice is hoarse. No {trouble breathing}",
    "no more {headache}", "free of {pain}", "no trouble {breathing}, but it is hard to swallow",
]  # fmt: skip
TOLD = [
    "it is not just a {headache}", "none apart from {slurred speech}", "no to all but the {chest pain}", "nothing but {hives}",
    "no {double vision} yesterday but today yes", "I didn't have a {headache} before but now I do",
    "never had {trouble swallowing} until this morning", "without a doubt my {speech} is {slurred}",
    "don't tell me {chest pain} is normal", "I wouldn't say that I can {breathe} freely",
    "I can't say my {throat} isn't {closing}",
    "no {headache} this morning, there is now", "no only {blurred} sight", "{swallowing} was fine at lunch, not any more",
    "double vision no, {blurred} yes", "my {speech} is not right", "they say it isn't {swelling} but it is",
    "{breathing} was ok on Monday. Wednesday I gasp", "no {chest pain} for three days and then it started",
]  # fmt: skip
PARTLY = ["{wheezing} but no shortness of {breath}", "my {lips} are puffy, no {tongue} swelling"]
OPEN = [
    "my {lid} droops", "yes {trouble swallowing}", "{swallowing} like a champion", "I cannot {breathe}",
    "no pain, my {lid} droops",
    "no fever. {chest pain}", "the nurse says it isn't a {bruise}", "I don't think I have {double vision} i guess",
    "no feeling in my {lip}", "no strength in my {arms}",
]  # fmt: skip


@pytest.mark.parametrize("text", DENIED)
def test_a_denial_covers_these_words(text: str) -> None:
    assert judged(text) == "denied"


@pytest.mark.parametrize("text", TOLD)
def test_what_is_excepted_taken_back_or_no_denial_is_told(text: str) -> None:
    assert judged(text) == "told"


@pytest.mark.parametrize("text", PARTLY)
def test_a_denied_part_does_not_deny_its_sibling(text: str) -> None:
    assert judged(text) == "partly"


@pytest.mark.parametrize("text", OPEN)
def test_without_a_denial_of_the_patients_own_nothing_is_denied(text: str) -> None:
    assert judged(text) in ("open", "told")


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("had a {headache} on Monday, gone by Tuesday", True),
        ("my {voice} is back to normal", True),
        ("the {headache} went away and came back", False),
        ("the {rash} cleared up, it is back again today", False),
        ("my {lid} droops", False),
        ("used to get {migraines} years ago", True),
    ],
)
def test_what_has_ended_and_has_not_come_back_is_over(text: str, over: bool) -> None:
    plain = text.replace("{", "").replace("}", "").lower()
    start = text.index("{")
    assert SCOPE.read(plain).over([start]) is over


@pytest.mark.parametrize(
    "text",
    ["no", "nope none", "still no", "no to all, next", "none of these thank god", "I don't have any of those",
     "not at the moment",
     "nothing on that list", "right as rain", "so far so good", "can't say that I do"],
)  # fmt: skip
def test_a_plain_no_says_nothing_more(text: str) -> None:
    denials = SCOPE.read(normalise(text))
    assert denials.says_no
    assert list(denials.loose()) == []


@pytest.mark.parametrize("text", ["no but I smother", "none. I smother when I lie flat", "no, well, it hangs down"])
def test_what_is_added_to_a_no_is_not_passed_over(text: str) -> None:
    assert list(SCOPE.read(normalise(text)).loose()) != []


@given(st.text(alphabet="abcnot yes,.!?;:-'but now ", max_size=60))
def test_any_text_can_be_judged(text: str) -> None:
    denials = SCOPE.read(normalise(text))
    assert denials.judge(range(len(text))) in ("denied", "told", "partly", "open")
