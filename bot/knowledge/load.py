"""Reads a knowledge pack from its folder into a `Pack`. Every error points to file and line.

A pack is a folder: pack.yml, sources.yml, rules.yml, questions.yml, red_flags.yml and the folders concepts/,
conditions/ and topics/. The emergency numbers (countries.yml) are shared by all packs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bot.knowledge import model
from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.located import Key, Located, read_yaml

DATA = Path(__file__).resolve().parents[2] / "data"
DEFAULT_PACK = DATA / "knowledge" / "botulinum_toxin"
COUNTRIES = DATA / "countries.yml"

T = TypeVar("T")
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]")

SECTIONS: dict[str, tuple[str, type[msgspec.Struct], bool]] = {
    # top-level key: (files of the pack, type of an entry, whether it is a mapping of id to entry)
    "concepts": ("concepts/*.yml", model.Concept, True),
    "conditions": ("conditions/*.yml", model.Condition, True),
    "topics": ("topics/*.yml", model.Topic, True),
    "sources": ("sources.yml", model.Source, True),
    "triage_rules": ("rules.yml", model.Rule, False),
    "questions": ("questions.yml", model.Question, False),
    "red_flags": ("red_flags.yml", model.RedFlag, False),
}


class Files:
    """The YAML files of a pack and where each entry stood: `where["concepts"]["diplopia"]` is (file, key)."""

    def __init__(self) -> None:
        self.where: dict[str, dict[str, tuple[Located, Key]]] = {name: {} for name in (*SECTIONS, "pack", "countries")}

    def problem(self, section: str, entry: str, code: str, message: str, *key: str | int) -> Problem:
        """A problem in `entry` of `section`, at `key` within it."""
        located, start = self.where[section][entry]
        return located.problem(code, message, *start, *key)


def load_pack(folder: Path = DEFAULT_PACK, countries: Path = COUNTRIES) -> model.Pack:
    """Load a pack. Raises KnowledgeError with every problem of form that was found (see `check` for the contents)."""
    return load_with_files(folder, countries)[0]


@lru_cache(maxsize=4)
def cached_pack(folder: Path = DEFAULT_PACK) -> model.Pack:
    """The pack of `folder`, loaded once in this process."""
    return load_pack(folder)


def load_with_files(folder: Path, countries: Path = COUNTRIES) -> tuple[model.Pack, Files]:
    """Load a pack together with the places where its entries stood."""
    if not (folder / "pack.yml").is_file():
        raise KnowledgeError([Problem(folder / "pack.yml", 1, "K001", "is missing: a knowledge pack starts with pack.yml")])
    files = Files()
    problems: list[Problem] = []
    sections: dict[str, dict[str, Any]] = {}
    for section, (pattern, kind, is_mapping) in SECTIONS.items():
        sections[section] = {}
        for file in sorted(folder.glob(pattern)):
            for entry_id, entry in _entries(file, section, kind, is_mapping, files, problems):
                sections[section][entry_id] = entry
    country_entries = dict(_entries(countries, "countries", model.Country, True, files, problems))
    head = _head(folder / "pack.yml", files, problems)
    if problems:
        raise KnowledgeError(problems)
    pack = model.Pack(
        **head,
        concepts=sections["concepts"],
        conditions=sections["conditions"],
        topics=sections["topics"],
        sources=sections["sources"],
        rules=tuple(sections["triage_rules"].values()),
        questions=tuple(sections["questions"].values()),
        red_flags=tuple(sections["red_flags"].values()),
        countries=country_entries,
    )
    return pack, files


def _entries(
    file: Path, section: str, kind: type[T], is_mapping: bool, files: Files, problems: list[Problem]
) -> Iterator[tuple[str, T]]:
    try:
        located = read_yaml(file)
    except KnowledgeError as error:
        problems.extend(error.problems)
        return
    for name in located.data:
        if name != section:
            problems.append(located.problem("K005", f"unknown key `{name}`: this file holds `{section}:`", name))
    content = located.data.get(section)
    if not isinstance(content, dict if is_mapping else list):
        shape = "a mapping of id to entry" if is_mapping else "a list"
        problems.append(located.problem("K003", f"`{section}:` must be {shape}", section))
        return
    pairs = content.items() if is_mapping else enumerate(content)
    for name, value in pairs:
        key: Key = (section, name)
        if not isinstance(value, dict):
            problems.append(located.problem("K003", "must be a mapping (`key: value` lines)", *key))
            continue
        entry = _convert({"id": name, **value} if is_mapping else value, kind, located, key, problems)
        if entry is None:
            continue
        entry_id: str = entry.id  # type: ignore[attr-defined]  # every entry type has an id
        if entry_id in files.where[section]:
            problems.append(located.problem("K004", f"`{entry_id}` is defined twice", *key))
        files.where[section][entry_id] = (located, key)
        yield entry_id, entry


def _head(file: Path, files: Files, problems: list[Problem]) -> dict[str, Any]:
    try:
        located = read_yaml(file)
    except KnowledgeError as error:
        problems.extend(error.problems)
        return {}
    kinds = {
        "id": str,
        "version": str,
        "title": str,
        "treatments": tuple[model.Treatment, ...],
        "areas": tuple[model.Area, ...],
    }
    files.where["pack"]["pack"] = (located, ())
    head: dict[str, Any] = {}
    for name in located.data:
        if name not in kinds:
            problems.append(located.problem("K005", f"unknown key `{name}`; known: {', '.join(kinds)}", name))
    for name, kind in kinds.items():
        if name not in located.data:
            problems.append(located.problem("K006", f"`{name}` is missing"))
        else:
            head[name] = _convert(located.data[name], kind, located, (name,), problems)
    return head


def _convert(value: Any, kind: Any, located: Located, key: Key, problems: list[Problem]) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        steps = tuple(
            step["name"] or int(step["index"]) for step in _STEP.finditer(found["path"] if found else "")
        )
        problems.append(located.problem("K006", _PATH.sub("", text), *key, *steps))
        return None
