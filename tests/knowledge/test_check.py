"""Every code of the knowledge check, each by one change of the real pack; and the real pack itself."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bot.knowledge import plain
from bot.knowledge.check import MIN_EMERGENCY_PHRASES, check_pack
from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.levels import Level
from bot.knowledge.load import COUNTRIES, DEFAULT_PACK, cached_pack
from bot.settings import ROOT

PACK = cached_pack()
HEAD = "pack.yml"
RULES = "rules.yml"
ASK = "questions.yml"
FLAGS = "red_flags.yml"
EYES = "concepts/eyes.yml"
GENERAL = "concepts/general.yml"
SPREAD = "concepts/swallowing_speech_breathing.yml"
HEAD_CONDITIONS = "conditions/head.yml"
WORLD = f"../{COUNTRIES.name}"
LABEL = "    label: double vision\n"
EMERGENCY = "topics/emergency.yml"
SJA = "[{source: SJA, verified: true}]"
LIE_DOWN = f"        position: 6\n        sources: {SJA}\n"
SELF_HARM = (
    "      - {source: FA_CRISIS, section: get help, verified: true}\n"
    "      - {source: GENERAL, section: facts.md B self-harm, verified: false}\n"
)
CRY = "\n    when:\n      condition: blue_or_gray_lips\n"
OTHER_COUNTRY = "      - {source: GENERAL, section: facts.md D wording rule 12, verified: false}\n"

# (file, what stands there ("" for the end), what it is changed to, code, text with which the line that is pointed to begins,
#  and the file of that line if it is another one)
CHANGES: list[tuple[str, ...]] = [
    (RULES, "", "\n  - [unclosed\n  - id: x\n", "K002", "- id: x"),
    (RULES, "# What raises", "\x01", "K002", "\x01"),
    ("sources.yml", "    title: BOTOX Cosmetic", "    title: 2024-13-45\n    url: x", "K002", "title: 2024-13-45"),
    (RULES, "triage_rules:\n", "", "K003", "# What raises"),
    ("sources.yml", "sources:\n", "sources: []\nmore:\n", "K003", "sources: []"),
    (RULES, "triage_rules:\n", "triage_rules:\n  - a text\n", "K003", "- a text"),
    (EYES, "concepts:\n", "concepts:\n  a_text: no mapping\n", "K003", "a_text"),
    (EYES, LABEL, LABEL + "    label: seeing double\n", "K004", "label: seeing double"),
    (EYES, "  diplopia:\n", "  dysphagia:\n", "K004", "dysphagia:\n", SPREAD),
    (ASK, "  - id: sides\n", "  - id: onset\n", "K004", "- id: onset\n    kind: onset"),
    (RULES, "- id: under_18\n", "- id: diplopia.sudden_or_headache\n", "K004", "- id: diplopia.sudden_or_headache"),
    (HEAD, "- id: vistabel\n", "- id: botox\n", "K004", "- id: botox\n    label: Vistabel"),
    (HEAD, "- id: platysma\n", "- id: glabella\n", "K004", "- id: glabella\n    code: PLT"),
    (EYES, LABEL, LABEL + "    colour: red\n", "K005", "colour: red"),
    (EYES, LABEL, "    id: diplopia\n" + LABEL, "K005", "id: diplopia\n"),
    (EYES, "", "\ncomments: none\n", "K005", "comments: none"),
    (HEAD, "\ntitle: ", "\nmotto: none\ntitle: ", "K005", "motto: none"),
    (RULES, "condition: thoughts_of_self_harm", "conditoin: x", "K005", "conditoin: x"),
    (EYES, LABEL, "", "K006", "diplopia:\n"),
    (EYES, LABEL, "    label: 2\n", "K006", "label: 2\n"),
    (RULES, "patient: minor", "patient: child", "K006", "patient: child"),
    (HEAD, "version: 0.1.0\n", "", "K006", "# The botulinum toxin pack"),
    (EYES, "areas: [glabella,", "areas: [glabela,", "K010", "areas: [glabela,"),
    (EYES, "ask_also: [dysphagia", "ask_also: [dysfagia", "K010", "ask_also: [dysfagia"),
    (EYES, "when: {condition: lid_covers_pupil}", "when: {condition: no_such}", "K010", "when: {condition: no_such}"),
    (RULES, "concept: eyelid_ptosis\n", "concept: no_such\n", "K010", "when:\n      concept: no_such"),
    (RULES, "- eyelid_ptosis\n", "- no_such\n", "K010", "when:\n      at_least: 2\n      of:\n        - no_such"),
    (RULES, SELF_HARM, "      - {source: NOWHERE}\n", "K010", "- id: self_harm"),
    (ASK, "      - dyspnoea\n", "      - no_such\n      - dyspnoea\n", "K010", "- no_such"),
    (FLAGS, "concepts: [dyspnoea]", "concepts: [dyspnoea, no_such]", "K010", "concepts: [dyspnoea, no_such]"),
    (HEAD_CONDITIONS, "concepts: [dry_eye]", "concepts: [no_such]", "K010", "concepts: [no_such]"),
    (RULES, "    sources:\n" + SELF_HARM, "    sources: []\n", "K011", "- id: self_harm"),
    (WORLD, "    sources:\n" + OTHER_COUNTRY, "    sources: []\n", "K011", "other:\n"),
    (EYES, "seeing double, double vision,", "dry mouth, double vision,", "K013", "dry mouth, mouth", SPREAD),
    (
        EYES,
        "Are you seeing two of things?",
        "Do images of one particular thing appear simultaneously?",
        "K014",
        "ask: Do images",
    ),
    (EYES, LABEL, "    label: diplopia\n", "K015", "label: diplopia"),
    (RULES, "because: When both upper", "because: You may have it. When", "K015", "because: You may have it"),
    (ASK, "why: These signs", "why: Do not worry. These signs", "K015", "why: Do not worry"),
    (RULES, "at_least: 2", "at_least: 9", "K016", "when:\n      at_least: 9"),
    (RULES, "from_different_areas: true\n", "from_different_areas: true\n      at_least: 0\n", "K004", "at_least: 0"),
    (RULES, "      patient: minor", "      {}", "K016", "when:\n      {}"),
    (GENERAL, LIE_DOWN, LIE_DOWN.replace(SJA, "[]"), "K011", '- text: "If you feel faint'),
    (GENERAL, "If you feel faint, lie down and raise your legs.", "You may have a stroke.", "K015", '- text: "You may have'),
    (EMERGENCY, "    wish: while_waiting\n", "", "K017", "topics:", "topics/myths.yml"),
    (ASK, "    kind: course\n", "    kind: severity\n", "K017", "questions:\n"),
    (ASK, "      - seizure\n", "", "K017", "seizure:\n", GENERAL),
    (FLAGS, "concepts: [dyspnoea]", "concepts: []", "K017", "dyspnoea:\n", SPREAD),
    (RULES, "emergency" + CRY, "same_day" + CRY, "K017", "blue_or_gray_lips:", "conditions/crisis.yml"),
    (HEAD_CONDITIONS, "conditions:\n", "conditions:\n  idle: {ask: A?, option: A, concepts: []}\n", "K017", "idle:"),
    (WORLD, "\n  other:\n", "\n  elsewhere:\n", "K017", "countries:\n"),
]


@pytest.mark.parametrize("change", CHANGES, ids=[f"{change[3]}-{number}" for number, change in enumerate(CHANGES)])
def test_a_change_is_reported_where_it_stands(pack_folder: Path, change: tuple[str, ...]) -> None:
    file, old, new, code, begins, *elsewhere = change
    _change(pack_folder / file, old, new)
    where = pack_folder / (elsewhere[0] if elsewhere else file)
    text = where.read_text(encoding="utf-8")
    expected = (code, where.resolve(), text.count("\n", 0, text.index(begins)) + 1)
    assert expected in {(problem.code, problem.file.resolve(), problem.line) for problem in _problems(pack_folder)}


def test_too_few_phrases_of_an_emergency(pack_folder: Path) -> None:
    file = pack_folder / SPREAD
    before, _, rest = file.read_text(encoding="utf-8").partition("  dyspnoea:\n")
    entry, _, after = rest.partition("    phrases: [")
    _, _, after = after.partition("]\n")
    file.write_text(f"{before}  dyspnoea:\n{entry}    phrases: [cant breathe]\n{after}", encoding="utf-8")
    (problem,) = _problems(pack_folder)
    assert problem.code == "K012"
    assert problem.line == file.read_text(encoding="utf-8").split("\n").index("    phrases: [cant breathe]") + 1


@pytest.mark.parametrize("missing", [HEAD, RULES, "concepts", WORLD])
def test_a_missing_file_is_named(pack_folder: Path, missing: str) -> None:
    (pack_folder / missing).rename(pack_folder / "elsewhere")
    problems = _problems(pack_folder)
    assert {problem.code for problem in problems} == {"K001"}
    assert Path(missing).name in str(problems[0])


def test_a_file_that_is_no_text_is_named(pack_folder: Path) -> None:
    (pack_folder / RULES).write_bytes("triage_rules: ä".encode("latin-1"))
    assert [(problem.code, problem.file.name, problem.line) for problem in _problems(pack_folder)] == [("K001", RULES, 1)]


def test_every_problem_is_reported_in_the_order_of_files_and_lines(pack_folder: Path) -> None:
    _change(pack_folder / EYES, LABEL, "    label: diplopia\n")
    _change(pack_folder / EYES, "seeing double, double vision,", "dry mouth,")
    _change(pack_folder / ASK, "why: These signs", "why: Do not worry. These signs")
    problems = _problems(pack_folder)
    assert len(problems) == 3
    assert problems == sorted(problems, key=lambda problem: (str(problem.file), problem.line))
    with pytest.raises(KnowledgeError, match=rf"{EYES}:\d+: K015 says “diplopia”"):
        check_pack(pack_folder)


def test_the_real_pack_has_no_problem() -> None:
    assert check_pack(DEFAULT_PACK) == PACK


def test_the_concepts_are_those_of_the_list() -> None:
    with (ROOT / "evaluation" / "concepts.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    listed = {row["id"]: (row["kind"], row["level_when_alone"]) for row in rows}
    assert len(listed) == 69
    assert {concept.id: (concept.kind, concept.level.value) for concept in PACK.concepts.values()} == listed


def test_every_emergency_has_phrases_enough() -> None:
    emergencies = [concept for concept in PACK.concepts.values() if concept.level is Level.EMERGENCY]
    assert emergencies
    assert [concept.id for concept in emergencies if len(concept.phrases) < MIN_EMERGENCY_PHRASES] == []


def test_no_answer_is_hard_to_read() -> None:
    ages = {topic.id: plain.reading_age(topic.answer) for topic in PACK.topics.values()}
    assert {topic: age for topic, age in ages.items() if age > plain.MAX_READING_AGE} == {}


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")


def _problems(folder: Path) -> list[Problem]:
    with pytest.raises(KnowledgeError) as caught:
        check_pack(folder, folder / WORLD)
    return caught.value.problems
