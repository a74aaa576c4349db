from __future__ import annotations

from hypothesis import given

from bot.triage.assess import assess
from bot.triage.explain import as_text, explain
from bot.triage.report import SymptomReport
from tests.triage.reports import PACK, report_of, reports


@given(reports)
def test_what_fired_is_what_the_assessment_rests_on(report: SymptomReport) -> None:
    explained = explain(report, PACK)
    assert {each.rule for each in explained if each.fired} == {reason.rule for reason in assess(report, PACK).reasons}
    assert all(bool(each.missing) is not each.fired for each in explained)


def test_the_lines_name_the_level_the_rules_and_what_is_missing() -> None:
    report = report_of("eyelid_ptosis")
    lines = as_text(report, assess(report, PACK), PACK).split("\n")
    assert lines[:2] == ["level: few_days", "counted: eyelid_ptosis (present)"]
    assert any(line.startswith("fired      few_days   eyelid_ptosis.own  (") for line in lines)
    assert "           needs condition lid_covers_pupil" in lines


def test_a_report_of_nothing_says_so() -> None:
    nothing = SymptomReport()
    assert "counted: nothing that is known" in as_text(nothing, assess(nothing, PACK), PACK)
