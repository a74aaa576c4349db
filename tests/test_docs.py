"""The documentation is complete and true: what the program has is described, and what is described exists."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest
import yaml

from bot import cli
from bot.knowledge import model
from bot.knowledge.load import cached_pack
from bot.settings import CLINIC_FILE, ROOT, Clinic

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:actions|benchmarks|bot|data|deploy|docs|evaluation|scripts|tests|training|web)/[\w./-]*")
# Packages that are called otherwise than their modules.
_PACKAGES = {"yaml": "pyyaml", "lingua": "lingua-language-detector"}
# Modules of the standard library, and rooms of our own.
_OURS = {"bot", "actions", *sys.stdlib_module_names}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def code_in(text: str) -> set[str]:
    """What stands in `backticks`, outside of code blocks, and each word of it."""
    spans = _CODE.findall(re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return {word for span in spans for word in (span, *re.findall(r"[\w./-]+", span))}


def section(text: str, heading: str) -> str:
    """A heading and the text under it, up to the next heading of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"no heading “{heading}”"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return heading + (rest[: end.start()] if end else rest)


# -- what the program has is described ---------------------------------------------------------------------------------


def test_every_environment_variable_is_in_settings() -> None:
    variables = set(re.findall(r"AFTERCHECK_[A-Z_]+", (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")))
    assert variables
    assert variables <= code_in(section(page("settings.md"), "The environment"))


def test_every_clinic_key_is_in_settings() -> None:
    keys = {*Clinic.__struct_fields__, *yaml.safe_load(CLINIC_FILE.read_text(encoding="utf-8"))}
    assert keys <= code_in(section(page("settings.md"), "clinic.yml"))


def commands(parser: argparse.ArgumentParser, name: str = "aftercheck") -> Iterator[tuple[str, list[str]]]:
    """Each subcommand with the options and arguments that it takes."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, subparser in action.choices.items():
                yield from commands(subparser, f"{name} {word}")
            return
    yield name, [name for a in parser._actions if a.dest != "help" for name in (a.option_strings or [a.dest])]


def test_every_command_and_option_is_in_settings() -> None:
    found = dict(commands(cli._parser()))
    assert len(found) > 5
    settings = page("settings.md")
    for command, options in found.items():
        words = section(settings, " ".join(command.split()[:2]))
        assert command in words, command
        assert set(options) <= code_in(words), command


def test_every_kind_of_question_is_in_knowledge() -> None:
    assert set(get_args(model.QuestionKind)) <= code_in(section(page("knowledge.md"), "A question"))


@pytest.mark.parametrize(
    "struct",
    [
        kind
        for name, kind in inspect.getmembers(model, inspect.isclass)
        if issubclass(kind, msgspec.Struct) and kind.__module__ == model.__name__ and not name.startswith("_")
    ],
)
def test_every_field_of_the_knowledge_is_in_knowledge(struct: type[msgspec.Struct]) -> None:
    assert set(struct.__struct_fields__) <= code_in(page("knowledge.md"))


def test_the_table_of_error_codes_is_that_of_the_program() -> None:
    written = set(re.findall(r"^\| (K0\d\d) \|", section(page("knowledge.md"), "Check a change"), re.MULTILINE))
    used = {
        code
        for file in (ROOT / "bot" / "knowledge").glob("*.py")
        for code in re.findall(r'"(K0\d\d)"', file.read_text(encoding="utf-8"))
    }
    assert written == used


def test_every_direct_dependency_has_a_row() -> None:
    # Python 3.10 has no reader of TOML; each requirement stands on a line of its own.
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|dev) = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    names = {name for one in lists for name in re.findall(r'^\s*"([\w.-]+)', one, re.MULTILINE)}
    assert {"rasa", "pytest"} <= names
    rows = {
        name.strip()
        for row in re.findall(r"^\| ([\w., -]+) \|", page("dependencies.md"), re.MULTILINE)
        for name in row.split(",")
    }
    assert names <= rows


def test_every_library_that_is_imported_is_named() -> None:
    imported: set[str] = set()
    for file in (*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    text = page("dependencies.md").lower()
    packages = {_PACKAGES.get(name, name.replace("_", "-")) for name in imported - _OURS}
    assert sorted(name for name in packages if not re.search(rf"\b{name}\b", text)) == []


# -- what is described exists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_relative_link_leads_somewhere(file: Path) -> None:
    targets = [match["target"] for match in _LINK.finditer(file.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (file.parent / target).exists()] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_path_that_is_named_exists(file: Path) -> None:
    paths = {span for span in code_in(file.read_text(encoding="utf-8")) if _PATH.fullmatch(span)}
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_the_folders_of_the_picture_exist_and_no_room_is_left_out() -> None:
    block = re.search(r"^```text\n(.*?)^```", section(page("architecture.md"), "The folders"), re.DOTALL | re.MULTILINE)
    assert block
    folders = {line.split()[0].rstrip("/") for line in block[1].splitlines()}
    assert sorted(folder for folder in folders if not (ROOT / folder).is_dir()) == []
    rooms = {f"bot/{file.parent.name}" for file in (ROOT / "bot").glob("*/__init__.py")}
    assert rooms <= folders


def test_the_hazards_are_numbered_and_each_names_a_proof() -> None:
    rows = re.findall(r"^\| (H\d\d) \|(.*)\|$", section(page("clinical-safety.md"), "Hazard log"), re.MULTILINE)
    assert [name for name, _ in rows] == [f"H{number:02}" for number in range(1, len(rows) + 1)]
    assert len(rows) >= 20
    assert [name for name, cells in rows if not re.search(r"`tests/[\w/.-]+`", cells)] == []


def test_the_ids_that_the_safety_file_names_are_those_of_the_pack() -> None:
    pack = cached_pack()
    known = {*pack.concepts, *pack.conditions, *(rule.id for rule in pack.rules)}
    known |= {rule.id for concept in pack.concepts.values() for rule in concept.raises}
    rows = section(page("clinical-safety.md"), "Decisions that wait for a signature")
    first_cells = "\n".join(re.findall(r"^\| ([^|]+) \|", rows, re.MULTILINE))
    levels = {"routine", "few_days", "same_day", "emergency"}
    named = {span for span in _CODE.findall(first_cells) if re.fullmatch(r"[a-z_.]+", span)}
    assert {span for span in named if not span.endswith((".yml", ".py"))} - levels <= known


def test_the_counts_of_verified_statements_are_quoted_as_they_are() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "verified.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    quoted = re.search(
        r"^\$ \.venv/bin/python scripts/verified\.py\n(.*?)^```", page("clinical-safety.md"), re.DOTALL | re.MULTILINE
    )
    assert quoted
    assert quoted[1] == printed, "copy what scripts/verified.py prints into docs/clinical-safety.md"
