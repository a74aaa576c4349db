from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.levels import Level
from bot.triage.report import SymptomReport
from bot.triage.turn import NOW, Turn, check_now, proceed, take
from tests.triage.reports import PACK, mention, reading, report_of, reports

EMPTY = SymptomReport()


def conversation(*messages: Any, ask_consent: bool = False) -> Turn:
    """The turn that the last of these messages leads to; a text stands for a message that names no concept."""
    turn = None
    for message in messages:
        read = reading(message) if isinstance(message, str) else message
        report, pending = (turn.report, turn.ask) if turn else (EMPTY, None)
        turn = take(report, pending, read, PACK, ask_consent=ask_consent)
    assert turn is not None
    return turn


DROOP = reading("my eyelid droops", mention("eyelid_ptosis"))
BREATH = reading("I cannot breathe", mention("dyspnoea"))


def test_an_emergency_is_answered_in_the_first_turn() -> None:
    turn = conversation(BREATH)
    assert (turn.say, turn.assessment.level, turn.ask) == ("assess", Level.EMERGENCY, None)
    assert turn.report.reached is Level.EMERGENCY


def test_a_symptom_is_asked_about() -> None:
    turn = conversation(DROOP)
    assert turn.say == "ask"
    assert turn.ask is not None
    assert turn.report.asked == (turn.ask.id,)
    assert turn.report.unclear == 0


def test_what_is_not_understood_gets_the_fallback_and_the_warning_signs() -> None:
    turn = conversation("blue")
    assert turn.say == "unclear"
    assert turn.ask is not None
    assert turn.ask.kind == "red_flags"
    assert (turn.report.unclear, turn.assessment.level) == (1, Level.FEW_DAYS)


def test_an_answer_that_is_not_understood_is_asked_for_again() -> None:
    first = conversation(DROOP)
    again = conversation(DROOP, "blue")
    assert (again.say, again.ask) == ("ask_again", first.ask)
    third = conversation(DROOP, "blue", "green")
    assert third.say == "ask"
    assert third.ask is not None
    assert third.ask.kind != "red_flags"
    assert third.report.unanswered == ("red_flags",)


def test_an_emergency_ends_the_interview() -> None:
    turn = conversation(DROOP, "none", BREATH)
    assert (turn.say, turn.assessment.level) == ("assess", Level.EMERGENCY)


@pytest.mark.parametrize("question", ["none of these", "not sure", "what?"])
def test_a_level_that_was_said_is_never_lowered(question: str) -> None:
    told = msgspec.structs.replace(report_of("fatigue"), reached=Level.SAME_DAY)
    turn = proceed(told, PACK)
    assert turn.ask is not None
    assert take(turn.report, turn.ask, reading(question), PACK).assessment.level >= Level.SAME_DAY


def test_who_wants_no_questions_gets_an_answer_at_once() -> None:
    turn = proceed(report_of("dry_mouth", declined=True), PACK)
    assert (turn.say, turn.assessment.level) == ("assess", Level.SAME_DAY)


# -- general questions ----------------------------------------------------------------------------------------------


def test_after_a_general_question_about_one_symptom_it_is_asked_for() -> None:
    turn = check_now(EMPTY, ["diplopia"], PACK)
    assert turn.ask is not None
    assert (turn.ask.id, turn.ask.answers, turn.ask.text) == (NOW, "yes_no", PACK.concepts["diplopia"].ask)
    yes = take(turn.report, turn.ask, reading("yes"), PACK)
    assert yes.report.findings["diplopia"].status == "present"
    no = take(turn.report, turn.ask, reading("no"), PACK)
    assert no.say == "nothing_now"


def test_after_a_general_question_about_several_symptoms_they_are_a_list() -> None:
    turn = check_now(EMPTY, ["diplopia", "dry_mouth"], PACK)
    assert turn.ask is not None
    assert (turn.ask.answers, turn.ask.concepts) == ("choice", ("diplopia", "dry_mouth"))
    assert take(turn.report, turn.ask, reading("2"), PACK).report.counted == ("dry_mouth",)
    assert take(turn.report, turn.ask, reading("both"), PACK).assessment.level is Level.EMERGENCY


# -- consent --------------------------------------------------------------------------------------------------------


def test_consent_is_asked_before_any_other_question() -> None:
    turn = conversation(DROOP, ask_consent=True)
    assert turn.ask is not None
    assert (turn.say, turn.ask.kind) == ("ask", "consent")
    assert turn.report.asked == ()


def test_an_emergency_needs_no_consent() -> None:
    assert conversation(BREATH, ask_consent=True).say == "assess"
    assert conversation(DROOP, BREATH, ask_consent=True).assessment.level is Level.EMERGENCY
    harm = reading("I want to die", conditions=("thoughts_of_self_harm",))
    assert conversation(DROOP, harm, ask_consent=True).assessment.level is Level.EMERGENCY
    assert conversation("hello", harm, ask_consent=True).assessment.level is Level.EMERGENCY


@pytest.mark.parametrize("text", ["yes", "ok", "it's fine", "go ahead"])
def test_with_consent_the_interview_begins(text: str) -> None:
    turn = conversation(DROOP, text, ask_consent=True)
    assert turn.ask is not None
    assert (turn.say, turn.ask.kind, turn.report.consent) == ("ask", "red_flags", True)
    assert turn.report.asked == ("red_flags",)


def test_who_goes_on_to_tell_agrees() -> None:
    turn = conversation(DROOP, reading("and my mouth is dry", mention("injection_site_pain")), ask_consent=True)
    assert (turn.say, turn.report.consent) == ("ask", True)
    assert turn.report.counted == ("eyelid_ptosis", "injection_site_pain")


@pytest.mark.parametrize("texts", [("no",), ("no thanks",), ("what?", "what?"), ("not sure", "not sure")])
def test_without_consent_nothing_is_kept(texts: tuple[str, ...]) -> None:
    turn = conversation(DROOP, *texts, ask_consent=True)
    assert turn.say == "no_consent"
    assert turn.report == EMPTY


def test_who_did_not_agree_is_asked_again_only_with_something_new() -> None:
    turn = conversation(DROOP, "what?", ask_consent=True)
    assert turn.ask is not None
    assert (turn.say, turn.ask.kind) == ("ask_again", "consent")
    again = conversation(DROOP, "no", DROOP, ask_consent=True)
    assert again.ask is not None
    assert again.ask.kind == "consent"


# -- whatever is said -----------------------------------------------------------------------------------------------


@given(reports, st.text(max_size=30), st.booleans())
def test_every_message_leads_to_something_to_say(report: SymptomReport, text: str, ask_consent: bool) -> None:
    pending = proceed(report, PACK).ask
    turn = take(report, pending, reading(text), PACK, ask_consent=ask_consent)
    assert (turn.ask is None) is (turn.say in ("assess", "no_consent", "nothing_now"))


# -- an emergency that was said ----------------------------------------------------------------------------------------

NO_BREATH = reading("I can breathe now", mention("dyspnoea", "absent"))
CHEST = reading("my chest hurts", mention("chest_pain_palpitations"))


@pytest.mark.parametrize(
    ("message", "say"),
    [
        ("blue", "stands"),
        ("it is only mild", "stands"),
        (BREATH, "stands"),
        (NO_BREATH, "stands"),
        (CHEST, "assess"),
        (DROOP, "assess"),
    ],
)
def test_an_emergency_that_was_said_stands_unless_something_new_is_told(message: Any, say: str) -> None:
    turn = conversation(BREATH, message)
    assert (turn.say, turn.assessment.level, turn.ask) == (say, Level.EMERGENCY, None)


def test_what_is_told_anew_is_answered_in_full_once() -> None:
    assert [conversation(BREATH, *later).say for later in ((CHEST,), (CHEST, CHEST), (CHEST, "blue"))] == [
        "assess",
        "stands",
        "stands",
    ]


def test_no_more_questions_adds_nothing_to_an_emergency() -> None:
    said = conversation(BREATH).report
    assert proceed(msgspec.structs.replace(said, declined=True), PACK).say == "stands"


@given(reports, reports)
def test_after_an_emergency_nothing_is_ever_asked(before: SymptomReport, told: SymptomReport) -> None:
    report = msgspec.structs.replace(before, reached=Level.EMERGENCY)
    mentions = [mention(concept, finding.status) for concept, finding in told.findings.items() if finding.status != "unsure"]
    turn = take(report, None, reading("...", *mentions), PACK, ask_consent=True)
    assert (turn.assessment.level, turn.ask) == (Level.EMERGENCY, None)
    assert turn.say in ("assess", "stands")
