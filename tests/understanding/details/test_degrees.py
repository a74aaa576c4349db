"""Sides, degrees and courses in everyday words."""

from __future__ import annotations

import pytest

from bot.knowledge.model import Course, Severity, Side
from bot.understanding.details import read_course, read_scale, read_severity, read_side

SIDES: dict[Side | None, list[str]] = {
    "left": [
        "left", "Left.", "the left one", "on my left", "its the left side", "left eye", "my left eyelid droops", "L",
        "lt", "lhs", "left sided headache", "on the left now", "the left, i think", "it was left eye",
        "left side of face",
    ],
    "right": [
        "right", "R", "the right", "right eye only", "on the right", "my right brow", "right-hand side",
        "right upper lid", "right i think", "the eye on the right is drooping", "the right side right now",
        "not the left, the right",
    ],
    "both": [
        "both", "both sides", "both eyes are drooping", "left and right", "my left eye and my right eye", "each eye",
        "either side", "bilateral", "is it left or right?",
    ],
    None: [
        "I left it too late", "left it too late", "i left the clinic", "she left me with a bruise", "no strength left",
        "nothing left", "left untreated", "two days left", "i was left with a droop", "right as rain", "right now",
        "right away", "right after the injection", "doesn't feel right", "it's not right", "that's right", "all right",
        "alright", "the right dose", "is this right?", "this is normal, right?", "right, my eye is drooping",
        "neither", "one side", "I had both botox and filler", "both of us", "itchy all over", "",
    ],
}  # fmt: skip

SEVERITIES: dict[Severity | None, list[str]] = {
    "severe": [
        "severe", "it is severe", "unbearable", "10/10", "7/10", "7 out of 10", "seven out of ten", "8 outta 10",
        "7-8/10", "really bad", "so bad", "very painful", "agony", "excruciating", "the worst headache of my life",
        "worst pain ever", "killing me", "cannot cope", "i cant bear it", "horrible", "terrible", "awful",
        "mild but sometimes severe",
    ],
    "moderate": [
        "moderate", "medium", "so-so", "in between", "quite bad", "pretty bad", "bearable", "5/10", "6.0/10",
    ],
    "mild": [
        "mild", "mildly annoying", "a little bit", "slight", "slightly", "not too bad", "not bad", "not really bad",
        "not that bad", "barely there", "3/10", "0/10", "nothing major",
    ],
    None: [
        "not severe", "isn't severe", "nothing severe", "20/10", "size 8", "i had it on 3/10", "3 days ago",
        "my eye droops", "",
    ],
}  # fmt: skip

SCALES: dict[Severity | None, list[str]] = {
    "severe": [
        "7", "10", "about a 7", "seven", "im at an 8", "between 7 and 8", "very", "a lot",
    ],
    "moderate": [
        "4", "5 or 6", "5-6", "id say a 6", "maybe 4", "bad",
    ],
    "mild": [
        "0", "3", "its a 3", "zero", "ok", "fine", "it's fine", "not much", "a bit",
    ],
    None: [
        "11", "size 8", "3 days", "dunno", "no", "the second one", "",
    ],
}  # fmt: skip

COURSES: dict[Course | None, list[str]] = {
    "worse": [
        "worse", "Getting worse", "its getting worse", "it got worse", "a bit worse", "much worse today",
        "worse than yesterday", "worsening", "more and more", "spreading fast", "it is spreading", "getting bigger",
        "going downhill", "gotten worse", "it has been getting worse", "steadily worse", "worse every day",
        "it does feel worse", "not better, it's worse",
    ],
    "same": [
        "same", "About the same", "still the same", "same as yesterday", "no change", "unchanged", "hasn't changed",
        "stable", "it comes and goes", "not better", "not getting better", "no improvement", "it isn't going away",
        "won't go away", "not worse", "no worse than yesterday", "it is not worse", "isn't getting worse",
        "hasn't got worse", "not getting any worse", "no better no worse", "neither better nor worse",
    ],
    "better": [
        "better", "Getting better", "a bit better", "much better", "i feel better", "improving", "easing off",
        "fading", "going down", "nearly gone", "healing", "less swollen", "not worse, getting better",
        "better but still there",
    ],
    None: [
        "will it get worse?", "what if it gets worse", "could get worse", "does it get worse?",
        "it was worse yesterday", "worse at night", "on the same day", "better safe than sorry", "it hurts",
        "not spreading", "",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("side", "text"), [(side, text) for side, texts in SIDES.items() for text in texts])
def test_side(side: Side | None, text: str) -> None:
    assert read_side(text) == side


@pytest.mark.parametrize(("degree", "text"), [(degree, text) for degree, texts in SEVERITIES.items() for text in texts])
def test_severity(degree: Severity | None, text: str) -> None:
    assert read_severity(text) == degree


@pytest.mark.parametrize(("degree", "text"), [(degree, text) for degree, texts in SCALES.items() for text in texts])
def test_scale(degree: Severity | None, text: str) -> None:
    assert read_scale(text) == degree


@pytest.mark.parametrize(("course", "text"), [(course, text) for course, texts in COURSES.items() for text in texts])
def test_course(course: Course | None, text: str) -> None:
    assert read_course(text) == course
