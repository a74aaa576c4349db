from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from bot.scripts.model import Case, Failure, Heard, Place, Result
from bot.scripts.names import Names
from bot.scripts.report import coverage, describe, played, summary, write_junit
from bot.wording.speaker import Speaker

from .conftest import assessment, info, question

FILE = Path("talks") / "eyes.yml"
TURNS = (
    Heard("my lid droops", (question("severity", buttons=("Mild",)),)),
    Heard("\x00mild", (assessment("routine", "brow_asymmetry", rules=("under_18",), text="Tell\nyour clinic."),)),
)


def result(*failures: Failure, name: str = "a lid", file: Path = FILE) -> Result:
    return Result(Case(name, (), Place(file, 3)), TURNS, failures, 0.25)


LEVEL = Failure("level", "few_days", "routine", Place(FILE, 9))
CONCEPTS = Failure("concepts", ["eyelid_ptosis", "diplopia"], "brow_asymmetry; missing: both", Place(FILE, 10))


def test_a_failure_shows_the_conversation_and_the_difference() -> None:
    assert describe(result(LEVEL, CONCEPTS)).splitlines() == [
        "talks/eyes.yml:3: a lid",
        "    user  my lid droops",
        "    bot   [question severity] About severity?",
        "    user  \\x00mild",
        "    bot   [assessment routine: brow_asymmetry] Tell your clinic.",
        "  talks/eyes.yml:9: level",
        "    - few_days",
        "    + routine",
        "  talks/eyes.yml:10: concepts",
        "    - eyelid_ptosis, diplopia",
        "    + brow_asymmetry; missing: both",
    ]


def test_a_message_without_words_is_shown_all_the_same() -> None:
    shown = describe(Result(Case("a", (), Place(FILE, 1)), (Heard("  ", (info("greeting"),)),), (), 0.0))
    assert "user  '  '" in shown


def test_the_summary_counts() -> None:
    assert summary([result(), result(LEVEL), result()]) == "3 conversations with 6 turns: 2 passed, 1 failed."


def test_coverage_names_what_was_seen_and_what_was_not(names: Names, speaker: Speaker) -> None:
    more = Heard("hi", (info("greeting"), speaker.fallback("empty"), speaker.topic(None)))
    small = Names(
        levels=("routine", "emergency"),
        concepts=("brow_asymmetry", "diplopia"),
        rules=("under_18",),
        questions=("severity",),
        texts=("greeting", "empty", "human"),
        topics=("unknown",),
    )
    shown = coverage([Result(Case("a", (), Place(FILE, 1)), (*TURNS, more), (), 0.0)], small)
    assert shown.splitlines() == [
        "  levels    1 of 2",
        "            not seen: emergency",
        "  concepts  1 of 2",
        "            not seen: diplopia",
        "  rules     1 of 1",
        "  questions 1 of 1",
        "  texts     2 of 3",
        "            not seen: human",
        "  topics    1 of 1",
    ]
    assert "not seen" not in coverage([], names), "with next to nothing seen, a list of everything helps nobody"


def test_junit_has_a_suite_a_file_and_the_failure_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "out" / "junit.xml"
    write_junit([result(), result(LEVEL, name="<b> & \x01"), result(name="c", file=Path("face.yml"))], file)
    root = ElementTree.parse(file).getroot()
    assert root.attrib == {"tests": "3", "failures": "1", "errors": "0", "time": "0.750"}
    suites = {suite.attrib["name"]: suite for suite in root}
    assert set(suites) == {"talks/eyes.yml", "face.yml"}
    assert suites["talks/eyes.yml"].attrib["failures"] == "1"
    passed, failed = suites["talks/eyes.yml"]
    assert passed.attrib == {"classname": "eyes", "name": "a lid", "file": "talks/eyes.yml", "line": "3", "time": "0.250"}
    assert list(passed) == []
    assert failed.attrib["name"] == "<b> & \ufffd"
    assert failed[0].attrib["message"] == "talks/eyes.yml:9: level: expected few_days"
    assert "+ routine" in (failed[0].text or "")


def test_a_turn_is_shown_with_its_buttons() -> None:
    assert played(TURNS[0]) == "About severity?\n  [Mild]"
