from __future__ import annotations

import pytest

from actions.validate_symptom_interview import _for_interview
from bot.dialogue.intents import CONTROL, HYPOTHETICAL, INTERVIEW, QUESTION, SMALL_TALK
from bot.triage.interview import Ask, Option
from bot.understanding.details import read_yes_no
from bot.understanding.reading import Reading

OPTIONS = (Option(title="Seizure (fit)", concept="seizure"), Option(title="Chest pain", concept="chest_pain_palpitations"))
ASK = Ask(id="red_flags", kind="red_flags", answers="choice", text="Any of these?", why="", options=OPTIONS)
OTHERS = (*CONTROL, *SMALL_TALK, QUESTION, HYPOTHETICAL)


def for_interview(intent: str, text: str, ask: Ask | None = ASK, exact: bool = False) -> bool:
    return _for_interview(intent, exact, Reading(text=text, answer=read_yes_no(text)), ask)


@pytest.mark.parametrize("intent", INTERVIEW)
def test_what_tells_something_belongs_to_the_interview(intent: str) -> None:
    assert for_interview(intent, "my lid droops")
    assert for_interview(intent, "my lid droops", None)


@pytest.mark.parametrize("intent", OTHERS)
def test_what_interrupts_is_left_to_its_rule(intent: str) -> None:
    assert not for_interview(intent, "whatever it is")
    assert not for_interview(intent, "Chest pain", None)


@pytest.mark.parametrize("intent", OTHERS)
@pytest.mark.parametrize("text", ["seizure (FIT)", "Chest pain", "2"])
def test_a_button_is_an_answer_whatever_it_sounds_like(intent: str, text: str) -> None:
    assert for_interview(intent, text)


@pytest.mark.parametrize("text", ["no thanks", "not sure, thanks"])
def test_a_polite_no_is_an_answer_and_a_polite_wish_is_not(text: str) -> None:
    assert for_interview("thank", text)
    assert not for_interview("thank", "ok thanks")
    assert not for_interview("no_questions", "no more questions please", exact=True)
    assert for_interview("no_questions", "no to all, next")
