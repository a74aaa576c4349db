from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.levels import Level
from bot.triage.assess import assess
from bot.triage.interview import MAX_COMPANIONS, MAX_QUESTIONS, Ask, next_question
from bot.triage.report import Finding, SymptomReport
from bot.triage.turn import Turn, proceed, take
from tests.triage.reports import PACK, reading, report_of, reports

DETAIL_FIELDS = {
    "sides": "side",
    "severity": "severity",
    "course": "course",
    "onset": "onset_days_ago",
    "days_since_treatment": "days_since_treatment",
}
# What patients say, to any question.
REPLIES = ["yes", "no", "none of these", "not sure", "dunno", "nope", "both", "2", "the second one", "it's fine", "3 days ago",
           "7/10", "mild", "severe", "getting worse", "about the same", "the left", "what do you mean", "hello", "???",
           "no energy at all", "yes and no", "all of them", "2 days after the injections", "my eye"]  # fmt: skip


@given(reports)
def test_only_what_is_unknown_is_asked_and_only_when_it_can_raise_the_level(report: SymptomReport) -> None:
    ask = next_question(report, PACK)
    if ask is None:
        return
    assert not report.declined
    assert assess(report, PACK).level is not Level.EMERGENCY
    assert not set(ask.concepts) & set(report.findings)
    assert not set(ask.conditions) & set(report.conditions)
    assert ask.kind not in DETAIL_FIELDS or getattr(report, DETAIL_FIELDS[ask.kind]) is None
    assert ask.about is None or ask.about in report.counted
    assert assess(_worst(report, ask), PACK).level > assess(report, PACK).level


@given(reports)
def test_an_emergency_is_never_questioned(report: SymptomReport) -> None:
    emergency = msgspec.structs.replace(
        report, findings={**report.findings, "dyspnoea": Finding(status="present")}, declined=False
    )
    assert next_question(emergency, PACK) is None
    turn = proceed(emergency, PACK)
    assert (turn.say, turn.assessment.level) == ("assess", Level.EMERGENCY)


@given(reports.filter(lambda report: not report.declined), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_every_interview_ends_and_its_level_is_that_of_its_report(report: SymptomReport, chance: random.Random) -> None:
    turn = proceed(report, PACK)
    while turn.say != "assess":
        assert turn.ask is not None
        assert turn.say in ("ask", "ask_again")
        assert len(turn.report.asked) <= MAX_QUESTIONS
        turn = take(turn.report, turn.ask, reading(_reply(turn.ask, chance)), PACK)
    assert turn.ask is None
    assert turn.assessment.level is assess(turn.report, PACK).level
    assert turn.report.reached is turn.assessment.level


@given(reports.filter(lambda report: not report.declined and bool(report.counted)), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_no_answer_lowers_the_level(report: SymptomReport, chance: random.Random) -> None:
    turn: Turn = proceed(report, PACK)
    while turn.ask is not None:
        before = turn.assessment.level
        turn = take(turn.report, turn.ask, reading(_fitting(turn.ask, chance)), PACK)
        assert turn.assessment.level >= before


@given(reports.filter(lambda report: not report.declined))
@settings(max_examples=60)
def test_a_patient_who_only_says_no_is_asked_nothing_twice(report: SymptomReport) -> None:
    turn = proceed(report, PACK)
    asked: list[tuple[str, ...]] = []
    while turn.ask is not None:
        shown = (turn.ask.id, *turn.ask.concepts, *turn.ask.conditions)
        assert shown not in asked
        asked.append(shown)
        no = {"sides": "left", "severity": "mild", "course": "better", "onset": "today", "days_since_treatment": "2 days"}
        turn = take(turn.report, turn.ask, reading(no.get(turn.ask.kind, "none of these")), PACK)
        assert turn.report.unclear == report.unclear


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (SymptomReport(), "red_flags"),
        (report_of("fatigue"), "red_flags"),
        (report_of("eyelid_ptosis"), "red_flags"),
        (report_of("dyspnoea"), None),
        (report_of("fatigue", declined=True), None),
        (report_of("fatigue", closed=("red_flags",)), "symptoms"),
        (report_of("fatigue", asked=("red_flags",) * MAX_QUESTIONS), None),
    ],
)
def test_the_most_dangerous_question_comes_first(report: SymptomReport, kind: str | None) -> None:
    ask = next_question(report, PACK)
    assert (ask.kind if ask else None) == kind


CLOSED = ("red_flags", "symptoms", "context", "escalator")


@pytest.mark.parametrize(
    ("finding", "report", "asked"),
    [
        ({}, {}, True),
        ({"side": "left"}, {}, True),
        ({"side": "both"}, {"reached": Level.EMERGENCY}, False),
        ({"side": "left"}, {"side": "left"}, False),
        ({}, {"side": "right"}, False),
        ({}, {"findings": {"injection_site_bruising": Finding(status="present", side="left")}}, True),
    ],
)
def test_the_side_of_a_lid_is_asked_unless_it_is_known(finding: dict[str, Any], report: dict[str, Any], asked: bool) -> None:
    findings = {**report.pop("findings", {}), "eyelid_ptosis": Finding(status="present", **finding)}
    ask = next_question(SymptomReport(findings=findings, closed=CLOSED, **report), PACK)
    assert (ask is not None and ask.kind == "sides") is asked
    if ask is not None and asked:
        assert ask.about == "eyelid_ptosis"
        other = {"left": "right", "right": "left"}.get(finding.get("side", ""))
        assert ask.side == other
        assert ask.answers == ("yes_no" if other else "choice")
        assert [option.value for option in ask.options] == ([] if other else ["left", "right", "both"])


@pytest.mark.parametrize(
    ("report", "kinds"),
    [
        (report_of("fatigue"), {"severity", "course", "onset"}),
        (report_of("fatigue", severity="mild"), {"course", "onset"}),
        (report_of("fatigue", severity="mild", course="same"), {"onset"}),
        (report_of("fatigue", severity="mild", course="same", onset_days_ago=2.0), set()),
        (report_of("compensatory_sweating", severity="mild", course="same"), set()),
        (report_of("nausea", "dizziness_faint"), {"days_since_treatment"}),
    ],
)
def test_a_detail_is_asked_while_it_can_matter(report: SymptomReport, kinds: set[str]) -> None:
    asked = set()
    while ask := next_question(msgspec.structs.replace(report, closed=(*CLOSED, *asked)), PACK):
        asked.add(ask.id)
    assert asked == kinds


def test_a_single_detail_is_a_yes_no_question_and_several_are_a_list() -> None:
    closed = ("red_flags", "symptoms", "context")
    many = next_question(report_of("eyelid_ptosis", closed=closed), PACK)
    assert many is not None
    assert (many.kind, many.answers) == ("escalator", "choice")
    assert len(many.conditions) > 1
    left = dict.fromkeys(many.conditions[1:], "no")
    one = next_question(report_of("eyelid_ptosis", closed=closed, conditions=left), PACK)
    assert one is not None
    assert (one.answers, one.text) == ("yes_no", PACK.conditions[many.conditions[0]].ask)


@given(reports)
def test_a_list_of_companions_fits_on_a_screen(report: SymptomReport) -> None:
    ask = next_question(report, PACK)
    assert ask is None or ask.kind != "symptoms" or len(ask.options) <= MAX_COMPANIONS


def _worst(report: SymptomReport, ask: Ask) -> SymptomReport:
    changes: dict[str, Any] = {
        "findings": {**report.findings, **{concept: Finding(status="present") for concept in ask.concepts}},
        "conditions": {**report.conditions, **dict.fromkeys(ask.conditions, "yes")},
    }
    worst = {"sides": "both", "severity": "severe", "course": "worse", "onset": 3650.0}
    if ask.kind in worst:
        changes[DETAIL_FIELDS[ask.kind]] = worst[ask.kind]
    if ask.kind == "days_since_treatment":
        changes["days_since_treatment"] = 0.0
    return msgspec.structs.replace(report, **changes)


def _reply(ask: Ask, chance: random.Random) -> str:
    return chance.choice([*REPLIES, *(option.title for option in ask.options)])


def _fitting(ask: Ask, chance: random.Random) -> str:
    """A reply that speaks of nothing but the question."""
    days = ["today", "3 days ago", "10", "2 weeks", "dunno", "no", "what do you mean"]
    signs = ["yes", "no", "none of these", "not sure", "it's fine", "2", "what do you mean", "hello"]
    own = [option.title for option in ask.options]
    return chance.choice([*own, *days] if ask.answers == "days" else [*own, *signs])
