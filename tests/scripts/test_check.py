from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.check import CHECKS, failure, unexpected_breakdown
from bot.scripts.load import ASSERTIONS
from bot.scripts.model import Check, Heard, Place
from bot.triage.assess import assess
from bot.triage.report import SymptomReport
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker

from .conftest import assessment, info, question

PLACE = Place(Path("a.yml"), 7)
ASKED = Heard("hi", (info("greeting", "Hello  there\nyou"), question("red_flags", "dyspnoea", buttons=("None of these",))))
ASSESSED = Heard(
    "hi", (assessment("same_day", "diplopia", rules=("under_18",)),), {"report": {"side": "left", "areas": []}, "turn": None}
)

HOLDS: list[tuple[Heard, str, Any]] = [
    (ASKED, "bot", "Hello there you"),
    (ASKED, "text_contains", "red_flags?"),
    (ASKED, "text_lacks", "Good night"),
    (ASKED, "text_matches", r"Hello\s+there"),
    (ASKED, "utter", "greeting"),
    (ASKED, "question", "red_flags"),
    (ASKED, "concepts", ["dyspnoea"]),
    (ASKED, "buttons", ["None of these"]),
    (ASKED, "no_assessment", True),
    (ASSESSED, "level", "same_day"),
    (ASSESSED, "concepts", ["diplopia"]),
    (ASSESSED, "lacks_concepts", ["dyspnoea"]),
    (ASSESSED, "rules", ["under_18"]),
    (ASSESSED, "lacks_rules", ["person_other"]),
    (ASSESSED, "no_question", True),
    (ASSESSED, "slot", ("report",)),
    (ASSESSED, "slot", ("report", {"side": "left"})),
    (ASSESSED, "slot", ("turn", None)),
    (ASSESSED, "slot", ("not there", None)),
]
FAILS: list[tuple[Heard, str, Any, str]] = [
    (ASKED, "bot", "hello there", "Hello  there"),
    (ASKED, "text_lacks", "Hello there", "Hello  there"),
    (ASKED, "text_matches", "^there", "Hello"),
    (ASKED, "utter", "human", "info greeting and question red_flags"),
    (ASKED, "question", "severity", "red_flags"),
    (ASSESSED, "question", "severity", "no question, but assessment same_day"),
    (ASKED, "no_question", True, "red_flags"),
    (ASKED, "topic", "is_botox_safe", "info greeting"),
    (ASKED, "concepts", ["dyspnoea", "seizure"], "dyspnoea; missing: seizure"),
    (ASKED, "lacks_concepts", ["dyspnoea"], "dyspnoea"),
    (ASKED, "buttons", ["Yes"], "None of these; missing: Yes"),
    (ASKED, "level", "routine", "no assessment, but info greeting"),
    (ASKED, "rules", ["under_18"], "(nothing); missing: under_18"),
    (ASKED, "frame", True, "no reply that needs the frame"),
    (ASSESSED, "level", "routine", "same_day"),
    (ASSESSED, "no_assessment", True, "level same_day"),
    (ASSESSED, "lacks_rules", ["under_18"], "under_18"),
    (ASSESSED, "frame", True, "lacks the fixed sentence"),
    (ASSESSED, "slot", ("turn",), "turn: None"),
    (ASSESSED, "slot", ("report", {"side": "right"}), "'side': 'left'"),
    (ASSESSED, "slot", ("report", {"age": None}), "'side': 'left'"),
]


@pytest.mark.parametrize(("heard", "kind", "expected"), HOLDS)
def test_what_holds_is_no_failure(heard: Heard, kind: str, expected: Any, speaker: Speaker) -> None:
    assert failure(Check(kind, expected, PLACE), heard, speaker) is None


@pytest.mark.parametrize(("heard", "kind", "expected", "came"), FAILS)
def test_what_does_not_hold_says_what_came(heard: Heard, kind: str, expected: Any, came: str, speaker: Speaker) -> None:
    failed = failure(Check(kind, expected, PLACE), heard, speaker)
    assert failed is not None
    assert came in failed.came
    assert (failed.kind, failed.expected, failed.place) == (kind, expected, PLACE)


def test_every_assertion_has_a_check() -> None:
    assert set(ASSERTIONS) <= set(CHECKS)


def test_a_complete_frame_holds(speaker: Speaker) -> None:
    report = SymptomReport()
    heard = Heard("hi", (speaker.assessment(report, assess(report, speaker.pack)),))
    assert failure(Check("frame", True, PLACE), heard, speaker) is None


def test_a_topic_of_the_knowledge_and_an_unknown_one(speaker: Speaker) -> None:
    known = Heard("?", (speaker.topic(speaker.pack.topics["is_botox_safe"]),))
    assert failure(Check("topic", "is_botox_safe", PLACE), known, speaker) is None
    assert failure(Check("topic", "unknown", PLACE), Heard("?", (speaker.topic(None),)), speaker) is None


def test_the_fallback_for_a_failure_is_a_breakdown_and_others_are_not(speaker: Speaker) -> None:
    assert unexpected_breakdown(Heard("hi", (speaker.fallback("failed"),)))
    assert not unexpected_breakdown(Heard("hi", (speaker.fallback("not_understood"),)))


@given(st.text())
def test_a_text_contains_itself_and_never_lacks_itself(speaker: Speaker, text: str) -> None:
    heard = Heard("hi", (Reply(text=f"before {text} after"),))
    assert failure(Check("text_contains", text, PLACE), heard, speaker) is None
    assert failure(Check("text_lacks", text, PLACE), heard, speaker) is not None
