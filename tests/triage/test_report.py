from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from bot.knowledge.levels import Level
from bot.triage.report import Finding, SymptomReport, with_condition, with_finding, with_reading
from tests.triage.reports import CONCEPTS, PACK, mention, reading, report_of, reports


def told(*messages: Any, report: SymptomReport | None = None) -> SymptomReport:
    report = report or SymptomReport()
    for message in messages:
        report = with_reading(report, message, PACK)
    return report


@given(reports)
def test_a_report_survives_its_slot(report: SymptomReport) -> None:
    assert SymptomReport.from_slot(report.to_slot()) == report


def test_no_slot_is_an_empty_report() -> None:
    assert SymptomReport.from_slot(None) == SymptomReport()


@pytest.mark.parametrize(
    ("status", "finding"),
    [("present", "present"), ("absent", "absent"), ("past", "past"), ("other", "present"), ("possible", None)],
)
def test_how_a_mention_enters(status: str, finding: str | None) -> None:
    report = told(reading("...", mention("dry_mouth", status)))
    assert (report.findings["dry_mouth"].status if report.findings else None) == finding
    assert report.patient == ("other" if status == "other" else None)


def test_somebody_else_beside_oneself_does_not_enter() -> None:
    report = told(reading("...", mention("fatigue"), mention("dyspnoea", "other")))
    assert report.counted == ("fatigue",)
    assert report.patient is None


@pytest.mark.parametrize(
    ("first", "second", "correction", "side"),
    [
        ("left", "right", False, "both"),
        ("left", "left", False, "left"),
        ("left", None, False, "left"),
        (None, "right", False, "right"),
        ("left", "right", True, "right"),
    ],
)
def test_a_second_side_makes_both_unless_it_corrects(first: Any, second: Any, correction: bool, side: str) -> None:
    report = with_finding(SymptomReport(), "eyelid_ptosis", Finding(status="present", side=first), PACK)
    report = with_finding(report, "eyelid_ptosis", Finding(status="present", side=second), PACK, correction=correction)
    assert report.findings["eyelid_ptosis"].side == side


def test_the_side_of_a_denial_is_not_kept() -> None:
    report = with_finding(SymptomReport(), "eyelid_ptosis", Finding(status="absent", side="left"), PACK)
    report = with_finding(report, "eyelid_ptosis", Finding(status="present", side="right"), PACK)
    assert report.findings["eyelid_ptosis"].side == "right"


def test_a_correction_of_the_side_alone_moves_what_was_told() -> None:
    report = told(reading("my left lid droops", mention("eyelid_ptosis", side="left")), reading("sorry, I meant the right one"))
    assert report.findings["eyelid_ptosis"].side == "right"
    assert report.side == "right"


@pytest.mark.parametrize(
    ("concept", "status", "then", "kept"),
    [
        ("dyspnoea", "present", "absent", "present"),
        ("dyspnoea", "unsure", "absent", "unsure"),
        ("dyspnoea", "present", "past", "present"),
        ("dry_mouth", "present", "absent", "absent"),
        ("dry_mouth", "present", "past", "present"),
        ("dry_mouth", "present", "unsure", "present"),
        ("dry_mouth", "absent", "present", "present"),
        ("dry_mouth", "absent", "unsure", "unsure"),
        ("dyspnoea", "absent", "present", "present"),
    ],
)
def test_what_a_later_word_changes(concept: str, status: Any, then: Any, kept: str) -> None:
    report = with_finding(SymptomReport(), concept, Finding(status=status), PACK)
    assert with_finding(report, concept, Finding(status=then), PACK).findings[concept].status == kept


@pytest.mark.parametrize("status", ["present", "unsure"])
@pytest.mark.parametrize("then", ["absent", "past"])
@pytest.mark.parametrize("reached", list(Level))
@pytest.mark.parametrize("concept", CONCEPTS)
def test_once_an_answer_was_said_no_sign_leaves_and_each_that_is_taken_back_is_remembered_so(
    concept: str, reached: Level, then: Any, status: Any
) -> None:
    report = with_finding(SymptomReport(reached=reached), concept, Finding(status=status, words="mine"), PACK)
    after = with_finding(report, concept, Finding(status=then, words="no"), PACK)
    assert after.findings[concept] == Finding(status=status, words="mine", taken_back=True)
    again = with_finding(after, concept, Finding(status="present"), PACK)
    assert not again.findings[concept].taken_back


def test_before_an_answer_only_an_emergency_stays() -> None:
    for concept in CONCEPTS:
        report = with_finding(report_of(concept), concept, Finding(status="absent"), PACK)
        urgent = PACK.concepts[concept].level is Level.EMERGENCY
        assert (report.findings[concept].counts, report.findings[concept].taken_back) == (urgent, urgent)


def test_what_a_message_tells_it_does_not_take_back() -> None:
    both = reading("hard to breathe when I lie, not when I sit", mention("dyspnoea"), mention("dyspnoea", "absent"))
    assert not told(both).findings["dyspnoea"].taken_back
    assert not told(both, report=report_of("dyspnoea", reached=Level.EMERGENCY)).findings["dyspnoea"].taken_back
    denied = reading("no trouble breathing", mention("dyspnoea", "absent"))
    assert told(denied, report=report_of("dyspnoea")).findings["dyspnoea"].taken_back
    assert not told(denied, both, report=report_of("dyspnoea")).findings["dyspnoea"].taken_back


@pytest.mark.parametrize(
    ("reached", "first", "then", "kept"),
    [
        (None, "yes", "no", "no"),
        (Level.SAME_DAY, "yes", "no", "taken_back"),
        (Level.EMERGENCY, "unsure", "no", "taken_back"),
        (Level.EMERGENCY, "taken_back", "no", "taken_back"),
        (Level.EMERGENCY, "taken_back", "yes", "yes"),
        (Level.EMERGENCY, "no", "yes", "yes"),
        (Level.EMERGENCY, "yes", "unsure", "yes"),
    ],
)
def test_once_an_answer_was_said_no_condition_leaves(reached: Any, first: Any, then: Any, kept: str) -> None:
    report = SymptomReport(conditions={"fever": first}, reached=reached)
    assert with_condition(report, "fever", then).conditions["fever"] == kept


def test_what_is_known_is_kept_where_the_new_word_is_silent() -> None:
    old = Finding(status="present", words="it droops", severity="mild", course="worse", onset_days_ago=2.0)
    report = with_finding(SymptomReport(), "eyelid_ptosis", old, PACK)
    report = with_finding(report, "eyelid_ptosis", Finding(status="present", severity="severe"), PACK)
    assert report.findings["eyelid_ptosis"] == Finding(
        status="present", words="it droops", severity="severe", course="worse", onset_days_ago=2.0
    )


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (("my headache is severe", "mild bruise"), {"severity": "severe"}),
        (("my headache is mild", "severe bruise"), {"severity": "severe"}),
        (("my headache is getting worse", "the bruise is getting better"), {"course": "worse"}),
        (("my headache is severe", "sorry, I meant a mild bruise"), {"severity": "mild"}),
    ],
)
def test_a_further_symptom_does_not_make_the_others_mild(messages: tuple[str, str], expected: dict[str, str]) -> None:
    first, second = messages
    report = told(reading(first, mention("headache")), reading(second, mention("injection_site_bruising")))
    assert {name: getattr(report, name) for name in expected} == expected


def test_an_update_without_a_symptom_replaces() -> None:
    report = told(reading("my headache is mild", mention("headache")), reading("now it is severe"), reading("3 days ago"))
    assert report.severity == "severe"
    assert report.onset_days_ago == 3
    assert told(reading("it is mild again"), report=report).severity == "mild"


def test_a_child_stays_a_child() -> None:
    report = told(reading("my daughter is 16", mention("fatigue", "other")), reading("asking for my daughter"))
    assert report.patient == "minor"


def test_areas_add_up_and_conditions_are_yes() -> None:
    report = told(reading("...", areas=("forehead",)), reading("...", areas=("glabella", "forehead"), conditions=("fever",)))
    assert report.areas == ("forehead", "glabella")
    assert report.conditions == {"fever": "yes"}


@pytest.mark.parametrize(("old", "new", "kept"), [("yes", "unsure", "yes"), ("yes", "no", "no"), ("no", "unsure", "unsure")])
def test_a_yes_stays_when_a_doubt_follows(old: Any, new: Any, kept: str) -> None:
    report = with_condition(SymptomReport(), "fever", old)
    assert with_condition(report, "fever", new).conditions == {"fever": kept}


def test_a_report_is_never_changed_in_place() -> None:
    report = report_of("fatigue")
    before = report.to_slot()
    told(reading("severe, both sides", mention("dry_mouth")), report=report)
    with_condition(report, "fever", "yes")
    assert report.to_slot() == before
