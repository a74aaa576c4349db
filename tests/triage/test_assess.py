from __future__ import annotations

from itertools import combinations
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.knowledge.levels import Level
from bot.knowledge.model import Rule
from bot.triage.assess import assess, assess_message
from bot.triage.report import Finding, SymptomReport, with_condition, with_finding
from bot.understanding.reading import Reading
from tests.triage.reports import CONCEPTS, CONDITIONS, PACK, findings, meeting, mention, reading, report_of, reports

# Those of rule 3 of evaluation/GUIDE.md, set V: each in a body area of its own.
SPREAD = (
    "eyelid_ptosis",
    "diplopia",
    "blurred_vision",
    "dysphonia",
    "neck_weakness",
    "dry_mouth",
    "urinary_symptoms",
    "constipation_systemic",
)
RISKS = ("neuromuscular_condition", "new_medicine_interaction", "unlicensed_product")
SYMPTOMS = [concept for concept in PACK.concepts.values() if concept.kind == "symptom"]
RULES: list[tuple[str | None, Rule]] = [
    *((None, rule) for rule in PACK.rules),
    *((concept.id, rule) for concept in PACK.concepts.values() for rule in concept.raises),
]
LIFTED = {Level.ROUTINE: Level.FEW_DAYS, Level.FEW_DAYS: Level.SAME_DAY}


def level(report: SymptomReport) -> Level:
    return assess(report, PACK).level


# -- the rules of the guide -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_concept_alone_has_its_own_level(concept: str) -> None:
    assessment = assess(report_of(concept), PACK)
    assert assessment.level is PACK.concepts[concept].level
    assert assessment.concepts == (concept,)
    assert assessment.reasons[0].rule == f"{concept}.own"


@pytest.mark.parametrize(("about", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_every_rule_can_fire(about: str | None, rule: Rule) -> None:
    assessment = assess(meeting(rule.when, about), PACK)
    (reason,) = (reason for reason in assessment.reasons if reason.rule == rule.id)
    assert reason.level is rule.level
    assert reason.because == rule.because
    assert reason.sources == rule.sources
    assert assessment.level >= rule.level


@pytest.mark.parametrize(("about", "rule"), [pair for pair in RULES if pair[0]], ids=[r.id for c, r in RULES if c])
def test_no_raise_fires_for_its_concept_alone(about: str, rule: Rule) -> None:
    assert rule.id not in {reason.rule for reason in assess(report_of(about), PACK).reasons}


@pytest.mark.parametrize(("one", "other"), combinations(SPREAD, 2))
def test_two_signs_of_spread_are_an_emergency(one: str, other: str) -> None:
    assert level(report_of(one, other)) is Level.EMERGENCY


@pytest.mark.parametrize("risk", RISKS)
@pytest.mark.parametrize("sign", SPREAD)
def test_one_sign_of_spread_with_a_risk_is_an_emergency(sign: str, risk: str) -> None:
    assert level(report_of(sign, risk)) is Level.EMERGENCY


def test_a_pregnancy_is_no_such_risk() -> None:
    assert level(report_of("dry_mouth", "pregnancy_breastfeeding")) is Level.FEW_DAYS


@pytest.mark.parametrize(
    ("finding_side", "report_side", "expected"),
    [
        ("both", None, Level.EMERGENCY),
        (None, "both", Level.EMERGENCY),
        ("left", "both", Level.EMERGENCY),
        ("left", None, Level.FEW_DAYS),
        ("left", "left", Level.FEW_DAYS),
        (None, "right", Level.FEW_DAYS),
    ],
)
def test_both_upper_lids_are_an_emergency(finding_side: Any, report_side: Any, expected: Level) -> None:
    report = SymptomReport(findings={"eyelid_ptosis": Finding(status="present", side=finding_side)}, side=report_side)
    assert level(report) is expected


@pytest.mark.parametrize("detail", [{"severity": "severe"}, {"course": "worse"}])
@pytest.mark.parametrize("of_finding", [True, False])
@pytest.mark.parametrize("concept", SYMPTOMS, ids=lambda concept: concept.id)
def test_severe_or_worse_lifts_a_symptom(concept: Any, detail: dict[str, Any], of_finding: bool) -> None:
    finding = Finding(status="present", **(detail if of_finding else {}))
    report = SymptomReport(findings={concept.id: finding}, **({} if of_finding else detail))
    assert level(report) is LIFTED.get(concept.level, concept.level)


@pytest.mark.parametrize("detail", [{"severity": "mild"}, {"severity": "moderate"}, {"course": "better"}])
@pytest.mark.parametrize("concept", SYMPTOMS, ids=lambda concept: concept.id)
def test_mild_or_better_changes_nothing(concept: Any, detail: dict[str, Any]) -> None:
    assert level(report_of(concept.id, **detail)) is concept.level


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (SymptomReport(), Level.FEW_DAYS),
        (SymptomReport(unclear=1), Level.FEW_DAYS),
        (report_of("fatigue"), Level.ROUTINE),
        (report_of("fatigue", unclear=1), Level.FEW_DAYS),
        (report_of("fatigue", declined=True), Level.FEW_DAYS),
        (report_of("fatigue", unanswered=("red_flags",)), Level.FEW_DAYS),
        (report_of("dry_mouth", declined=True), Level.SAME_DAY),
        (report_of("fatigue", patient="other"), Level.SAME_DAY),
        (report_of("fatigue", patient="minor"), Level.SAME_DAY),
        (report_of("fatigue", patient="self"), Level.ROUTINE),
        (report_of("fatigue", onset_days_ago=7.0), Level.ROUTINE),
        (report_of("fatigue", onset_days_ago=8.0), Level.FEW_DAYS),
        (report_of("fatigue", reached=Level.SAME_DAY), Level.SAME_DAY),
        (SymptomReport(conditions={"thoughts_of_self_harm": "yes"}), Level.EMERGENCY),
        (SymptomReport(findings={"headache": Finding(status="past")}), Level.ROUTINE),
        (SymptomReport(findings={"diplopia": Finding(status="past")}), Level.FEW_DAYS),
        (SymptomReport(findings={"dyspnoea": Finding(status="absent")}), Level.FEW_DAYS),
        (SymptomReport(findings={"dyspnoea": Finding(status="unsure")}), Level.EMERGENCY),
    ],
)
def test_what_else_counts(report: SymptomReport, expected: Level) -> None:
    assert level(report) is expected


@pytest.mark.parametrize(
    ("said", "counted", "expected"),
    [
        (reading("hello"), (), Level.FEW_DAYS),
        (reading("it droops", mention("eyelid_ptosis")), ("eyelid_ptosis",), Level.FEW_DAYS),
        (reading("no droop", mention("eyelid_ptosis", "absent")), (), Level.FEW_DAYS),
        (reading("a dry mouth, badly", mention("dry_mouth"), severity="severe"), ("dry_mouth",), Level.SAME_DAY),
        (reading("both lids", mention("eyelid_ptosis", side="both")), ("eyelid_ptosis",), Level.EMERGENCY),
        (reading("no air", mention("dyspnoea")), ("dyspnoea",), Level.EMERGENCY),
        (reading("I give up", conditions=("thoughts_of_self_harm",)), (), Level.EMERGENCY),
    ],
    ids=lambda each: each.text if isinstance(each, Reading) else "",
)
def test_a_message_by_itself_has_the_level_of_what_it_says(said: Reading, counted: tuple[str, ...], expected: Level) -> None:
    report, assessment = assess_message(said, PACK)
    assert report.counted == assessment.concepts == counted
    assert assessment == assess(report, PACK)
    assert assessment.level is expected


# -- properties -----------------------------------------------------------------------------------------------------


@given(reports)
def test_an_assessment_is_always_the_same(report: SymptomReport) -> None:
    assert assess(report, PACK) == assess(SymptomReport.from_slot(report.to_slot()), PACK)


@given(reports)
def test_the_level_is_that_of_the_first_reason_or_a_floor(report: SymptomReport) -> None:
    assessment = assess(report, PACK)
    ranks = [reason.level.rank for reason in assessment.reasons]
    assert ranks == sorted(ranks, reverse=True)
    assert assessment.concepts == report.counted
    if report.counted:
        assert assessment.level is assessment.reasons[0].level
    assert all(reason.sources for reason in assessment.reasons)


@given(reports, st.sampled_from(CONCEPTS), findings)
def test_a_further_finding_never_lowers(report: SymptomReport, concept: str, finding: Finding) -> None:
    assume(report.counted and finding.counts)
    assert level(with_finding(report, concept, finding, PACK)) >= level(report)


@given(reports, st.sampled_from(CONDITIONS), st.sampled_from(["yes", "unsure"]))
def test_a_condition_never_lowers(report: SymptomReport, condition: str, said: Any) -> None:
    assert level(with_condition(report, condition, said)) >= level(report)


@given(reports, st.sampled_from(["moderate", "severe"]), st.sampled_from(["same", "worse"]), st.data())
def test_more_severe_or_worse_never_lowers(report: SymptomReport, severity: str, course: str, data: st.DataObject) -> None:
    milder = msgspec.structs.replace(report, severity=data.draw(st.sampled_from([None, "mild"])), course=None)
    assert level(msgspec.structs.replace(milder, severity=severity)) >= level(milder)
    assert level(msgspec.structs.replace(milder, course=course)) >= level(milder)
    worse = {c: msgspec.structs.replace(f, severity="severe", course="worse") for c, f in report.findings.items()}
    assert level(msgspec.structs.replace(report, findings=worse)) >= level(report)


@given(reports)
def test_both_sides_never_lower(report: SymptomReport) -> None:
    both = {concept: msgspec.structs.replace(finding, side="both") for concept, finding in report.findings.items()}
    assert level(msgspec.structs.replace(report, side="both")) >= level(report)
    assert level(msgspec.structs.replace(report, findings=both)) >= level(report)


@given(reports, st.sampled_from(list(Level)))
def test_what_is_not_known_never_lowers(report: SymptomReport, reached: Level) -> None:
    for change in ({"unclear": report.unclear + 1}, {"declined": True}, {"unanswered": ("symptoms",)}, {"reached": reached}):
        assert level(msgspec.structs.replace(report, **change)) >= level(msgspec.structs.replace(report, reached=None))
