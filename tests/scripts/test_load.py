from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.knowledge.errors import KnowledgeError
from bot.scripts.load import ANSWERS, ASSERTIONS, STEPS, load_scripts, select
from bot.scripts.model import Case, Check, Rest, User
from bot.scripts.names import Names
from bot.settings import ROOT

SCRIPTS = Path(__file__).parents[1] / "conversations"
Load = Callable[[str], list[Case]]

FAULTY = [
    ("", 1, "must be a mapping"),
    ("- user: hello\n", 1, "must be a mapping"),
    ("test_cases:\n", 1, "needs `test_cases:`"),
    ("test_cases: []\n", 1, "empty or missing"),
    ("tests:\n  - a\n", 1, "unknown key `tests`"),
    ("test_cases:\n  - just text\n", 2, "expected a mapping"),
    ("test_cases:\n  - test_case: a\n", 2, "needs `steps:`"),
    ("test_cases:\n  - test_case: a\n    steps: []\n", 3, "needs `steps:`"),
    ("test_cases:\n  - steps:\n      - user: hello\n", 2, "needs `test_case:`"),
    ("test_cases:\n  - test_case: 3\n    steps:\n      - user: hello\n", 2, "needs `test_case:`"),
    ("test_cases:\n  - test_case: a\n    steps:\n      - user: hello\n    fixtures: []\n", 5, "unknown key `fixtures`"),
    ("test_cases:\n  - test_case: a\n    steps:\n      - bott: hello\n", 4, "unknown key `bott`"),
    ("test_cases:\n  - test_case: a\n    steps:\n      - utter: greeting\n", 4, "first step must be `user:`"),
    ("test_cases:\n  - test_case: a\n    steps:\n      - user: no\n", 4, "in quotes"),
    ("test_cases:\n  - test_case: a\n    steps:\n      - user: 7\n", 4, "in quotes"),
    ("test_cases:\n  - test_case: a\n    steps:\n      - user: hi\n        bot: hello\n", 4, "a step is one of"),
    ("test_cases: [\n", 2, "is not valid YAML"),
]


@pytest.mark.parametrize(("text", "line", "message"), FAULTY)
def test_a_faulty_file_is_refused_with_its_line(load: Load, text: str, line: int, message: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(text)
    assert any(problem.line == line and message in problem.message for problem in caught.value.problems), str(caught.value)


FAULTY_STEPS = [
    ("- utter: greetings", "`utter` needs one of greeting, "),
    ("- bot: ''", "`bot` needs a text"),
    ("- slot_was_set: []", "needs a list of slots"),
    ("- slot_was_set: [[a]]", "a slot is its name"),
    ("- assertions: {level: routine}", "needs a list"),
    ("- assertions: []", "needs a list"),
    ("- assertions: [level]", "expected a mapping"),
    ("- assertions: [{levels: routine}]", "unknown key `levels`"),
    ("- assertions: [{level: soon}]", "one of routine, few_days, same_day, emergency"),
    ("- assertions: [{question: age}]", "`question` needs one of"),
    ("- assertions: [{topic: weather}]", "`topic` needs one of"),
    ("- assertions: [{concepts: eyelid_ptosis}]", "needs a list such as"),
    ("- assertions: [{concepts: [eyelid]}]", "unknown: eyelid"),
    ("- assertions: [{lacks_concepts: [headaches]}]", "unknown: headaches"),
    ("- assertions: [{lacks_rules: [ptosis_both]}]", "unknown: ptosis_both"),
    ("- assertions: [{buttons: []}]", "needs a list such as"),
    ("- assertions: [{frame: false}]", "`frame` needs `true`"),
    ("- assertions: [{no_assessment: yes please}]", "`no_assessment` needs `true`"),
    ("- assertions: [{text_matches: '('}]", "valid regular expression"),
    ("- answer_rest: mild", "expected a mapping"),
    ("- answer_rest: {colour: red}", "unknown key `colour`"),
    ("- answer_rest: {severity: 3}", "in quotes"),
]


@pytest.mark.parametrize(("step", "message"), FAULTY_STEPS)
def test_a_faulty_step_is_refused_with_its_line(load: Load, step: str, message: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(f"test_cases:\n  - test_case: a\n    steps:\n      - user: hello\n      {step}\n")
    problem = caught.value.problems[0]
    assert problem.line == 5
    assert message in problem.message


def test_every_problem_of_every_file_is_reported(tmp_path: Path, names: Names) -> None:
    for name in ("b.yml", "a.yml"):
        (tmp_path / name).write_text("test_cases:\n  - test_case: x\n    steps:\n      - say: 1\n      - hear: 2\n")
    with pytest.raises(KnowledgeError) as caught:
        load_scripts([tmp_path], names)
    assert [(problem.file.name, problem.line) for problem in caught.value.problems] == [
        ("a.yml", 4), ("a.yml", 5), ("b.yml", 4), ("b.yml", 5),
    ]  # fmt: skip


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path, names: Names) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        load_scripts([tmp_path / "none.yml"], names)
    with pytest.raises(KnowledgeError, match="folder without scripts"):
        load_scripts([tmp_path], names)


def test_two_conversations_of_one_name_are_refused(load: Load) -> None:
    one = "  - test_case: a\n    steps:\n      - user: hello\n"
    with pytest.raises(KnowledgeError, match=r":5: .*two conversations"):
        load(f"test_cases:\n{one}{one}")


def test_steps_become_objects_with_their_lines(load: Load) -> None:
    case = load(
        "test_cases:\n"
        "  - test_case: a lid\n"
        "    steps:\n"
        "      - user: hello\n"
        "        assertions:\n"
        "          - level: few_days\n"
        "            frame: true\n"
        "      - slot_was_set:\n"
        "          - report\n"
        "          - level: null\n"
        "      - answer_rest: {severity: severe}\n"
        "      - bot: Take care\n"
    )[0]
    assert (case.name, case.place.line) == ("a lid", 2)
    user, level, frame, slot, empty_slot, rest, bot = case.steps
    assert isinstance(user, User)
    assert (user.text, user.place.line) == ("hello", 4)
    assert isinstance(rest, Rest)
    assert rest.answers == {**ANSWERS, "severity": "severe"}
    checks = [step for step in (level, frame, slot, empty_slot, bot) if isinstance(step, Check)]
    assert [(check.kind, check.expected, check.place.line) for check in checks] == [
        ("level", "few_days", 6),
        ("frame", True, 7),
        ("slot", ("report",), 9),
        ("slot", ("level", None), 10),
        ("bot", "Take care", 12),
    ]


def test_select_takes_names_that_match(load: Load) -> None:
    cases = load(
        "test_cases:\n" + "".join(f"  - {{test_case: {n}, steps: [user: hi]}}\n" for n in ("left lid", "right lid", "brow"))
    )
    assert [case.name for case in select(cases, "LID$")] == ["left lid", "right lid"]
    assert select(cases, None) == cases
    with pytest.raises(re.error):
        select(cases, "(")


def test_the_scripts_of_this_project_can_be_read(names: Names) -> None:
    cases = load_scripts([SCRIPTS], names)
    assert len(cases) >= 150
    assert all(any(isinstance(step, Check) for step in case.steps) for case in cases)
    levels = {step.expected for case in cases for step in case.steps if isinstance(step, Check) and step.kind == "level"}
    assert levels == set(names.levels)


def test_every_step_and_assertion_is_described() -> None:
    text = (ROOT / "docs" / "conversations.md").read_text(encoding="utf-8")
    assert {word for word in (*STEPS, *ASSERTIONS) if f"`{word}`" not in text} == set()


def test_the_example_of_the_description_can_be_read(load: Load) -> None:
    text = (ROOT / "docs" / "conversations.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    assert [case.name for case in load(example)] == ["a drooping lid with blurred vision is an emergency"]
