from __future__ import annotations

import pytest

from bot.dialogue.intents import CONTROL, HYPOTHETICAL, INFORM, QUESTION, SURE, decide
from bot.understanding.reading import Mention, Reading

PLAIN = Reading(text="why do you ask?")
TOLD = Reading(text="x", mentions=(Mention(concept="headache", status="present", text="x", start=0, end=1),))
DENIED = Reading(text="x", mentions=(Mention(concept="headache", status="absent", text="x", start=0, end=1),))


@pytest.mark.parametrize("wish", CONTROL)
def test_a_wish_about_the_conversation_comes_before_a_question_in_similar_words(wish: str) -> None:
    assert decide(PLAIN, "what_this_tool_does", wish, 0.9) == wish
    assert decide(PLAIN, "what_this_tool_does", wish, SURE - 0.01) == QUESTION


@pytest.mark.parametrize("wish", CONTROL)
def test_a_symptom_comes_before_every_wish(wish: str) -> None:
    assert decide(TOLD, None, wish, 1.0) == INFORM


def test_a_denial_alone_does_not_make_an_account_of_a_known_question() -> None:
    assert decide(DENIED, "claim_08_completely_painless", None, 0.0) == HYPOTHETICAL
    assert decide(DENIED, None, None, 0.0) == INFORM
    both = Reading(text="x", mentions=(*DENIED.mentions, *TOLD.mentions))
    assert decide(both, "claim_08_completely_painless", None, 0.0) == INFORM
