from __future__ import annotations

from typing import get_args

import pytest

from bot.knowledge.levels import Level
from bot.knowledge.model import Crisis
from bot.triage.assess import assess
from bot.triage.crisis import cries
from bot.triage.interview import Ask, next_question
from bot.triage.report import SymptomReport
from bot.triage.turn import take
from tests.triage.reports import PACK, reading, report_of

CRIES = [condition for condition in PACK.conditions.values() if condition.crisis]
HARM = "thoughts_of_self_harm"


def test_each_kind_of_cry_is_one_condition() -> None:
    assert sorted(condition.crisis or "" for condition in CRIES) == sorted(get_args(Crisis))


@pytest.mark.parametrize("condition", [condition.id for condition in CRIES])
@pytest.mark.parametrize("said", ["yes", "unsure"])
def test_a_cry_is_an_emergency_with_a_rule_of_its_own(condition: str, said: str) -> None:
    report = SymptomReport(conditions={condition: said})  # type: ignore[dict-item]
    assessment = assess(report, PACK)
    assert assessment.level is Level.EMERGENCY
    told = cries([reason.rule for reason in assessment.reasons], PACK)
    assert [cry.condition.id for cry in told] == [condition]
    assert told[0].rule.level is Level.EMERGENCY


def test_the_most_pressing_cry_comes_first_whatever_was_told_first() -> None:
    conditions = [condition.id for condition in CRIES]
    report = SymptomReport(conditions=dict.fromkeys(reversed(conditions), "yes"))
    told = cries([reason.rule for reason in assess(report, PACK).reasons], PACK)
    assert [cry.condition.id for cry in told] == conditions
    assert conditions[-1] == HARM


def test_what_is_no_cry_is_none() -> None:
    assert cries([reason.rule for reason in assess(report_of("dyspnoea"), PACK).reasons], PACK) == ()


def worried(*replies: str) -> list[Ask]:
    """The questions to somebody who is worried and gives these replies, and then says no."""
    report, asked = report_of("anxiety_distress", "headache"), []
    waiting = list(replies)
    while (ask := next_question(report, PACK)) is not None:
        asked.append(ask)
        reply = waiting.pop(0) if ask.conditions == (HARM,) and waiting else "no"
        days = {"days": "2 days ago"}.get(ask.answers, reply)
        report = take(report, ask, reading(days if ask.kind not in ("severity", "course") else "mild, better"), PACK).report
    return asked


def test_self_harm_is_asked_for_apart_in_its_own_words() -> None:
    about = [ask for ask in worried() if HARM in ask.conditions]
    assert len(about) == 1
    assert about[0].conditions == (HARM,)
    assert about[0].answers == "yes_no"
    assert about[0].text == PACK.conditions[HARM].ask


def test_self_harm_stands_in_no_list_of_warning_signs() -> None:
    lists = [ask for ask in worried() if len(ask.options) > 1]
    assert lists
    assert all(HARM not in ask.conditions for ask in lists)
    assert not [flag for flag in PACK.red_flags if "harm" in flag.text]


def test_the_question_that_is_asked_apart_is_put_again_like_any_other() -> None:
    report = report_of("anxiety_distress")
    ask = next(ask for ask in worried() if HARM in ask.conditions)
    report = take(report, None, reading("so worried"), PACK).report
    turn = take(SymptomReport(findings=report.findings, asked=("escalator", ask.id)), ask, reading("what?"), PACK)
    assert turn.say == "ask_again"
    assert turn.ask == ask
    assert take(turn.report, ask, reading("what?"), PACK).report.unanswered == (ask.id,)
