"""What people type to a list of warning signs: a yes is one and a no is none. With the real reader, without the dialogue."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bot.knowledge.levels import Level
from bot.triage.answers import with_answer
from bot.triage.assess import assess
from bot.triage.interview import Ask
from bot.triage.report import SymptomReport
from bot.understanding.read import read
from tests.triage.questions import ask, listed
from tests.triage.reports import PACK, report_of

LISTS = {kind: ask(kind, *listed(kind)) for kind in ("red_flags", "symptoms", "context")}


def rows(name: str) -> list[tuple[str, ...]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


def answered(question: Ask, text: str) -> SymptomReport:
    """The report of somebody with a harmless sign after a reply to a list."""
    before = report_of("injection_site_redness", asked=(question.id,))
    return with_answer(before, question, read(text), PACK).report


@pytest.mark.parametrize(("text", "kind", "concept"), rows("typed_yes.tsv"))
def test_a_typed_yes_is_heard_in_that_turn(text: str, kind: str, concept: str) -> None:
    report = answered(LISTS[kind], text)
    assert concept in report.findings
    assert report.findings[concept].status == "present"
    if kind == "red_flags":
        assert assess(report, PACK).level is Level.EMERGENCY


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("text", [text for (text,) in rows("typed_no.tsv")])
def test_a_typed_no_is_no_yes(text: str, kind: str) -> None:
    report = answered(LISTS[kind], text)
    assert report.counted == ("injection_site_redness",)


def test_each_sign_of_a_list_is_said_yes_to() -> None:
    yes = {(kind, concept) for _, kind, concept in rows("typed_yes.tsv")}
    assert yes == {(kind, concept) for kind, question in LISTS.items() for concept in question.concepts}
