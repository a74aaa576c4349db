from __future__ import annotations

import pytest

from bot.triage.answers import with_answer
from bot.triage.interview import Ask
from tests.triage.questions import RED_FLAGS, SIDES
from tests.triage.reports import PACK, mention, reading, report_of


@pytest.mark.parametrize("ask", [SIDES, RED_FLAGS])
@pytest.mark.parametrize(
    "text", ["only one side", "one side only", "Sorry, it was the right eye.", "the left one", "both eyelids"]
)
def test_words_for_a_side_alone_are_no_symptom(ask: Ask, text: str) -> None:
    said = reading(text, mention("facial_paresis_sudden"))
    assert "facial_paresis_sudden" not in with_answer(report_of("eyelid_ptosis"), ask, said, PACK).report.findings


@pytest.mark.parametrize("ask", [SIDES, RED_FLAGS])
@pytest.mark.parametrize(
    "text", ["one side dropped", "I cannot see on one side", "my left eye is blind", "right, I cannot swallow"]
)
def test_a_symptom_with_a_side_stays_one(ask: Ask, text: str) -> None:
    said = reading(text, mention("facial_paresis_sudden"))
    assert "facial_paresis_sudden" in with_answer(report_of("eyelid_ptosis"), ask, said, PACK).report.findings
