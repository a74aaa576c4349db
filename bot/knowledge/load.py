"""Reads a knowledge pack from its folder into a `Pack`. Every error points to file and line.

A pack is a folder: pack.yml, sources.yml, rules.yml, questions.yml, red_flags.yml and the folders concepts/,
conditions/ and topics/. The emergency numbers (countries.yml) are shared by all packs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from bot.knowledge import model
from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.located import Key, Located, read_yaml

DATA = Path(__file__).resolve().parents[2] / "data"
DEFAULT_PACK = DATA / "knowledge" / "botulinum_toxin"
COUNTRIES = DATA / "countries.yml"
HEAD = "pack.yml"


class Section(msgspec.Struct, frozen=True):
    """A top-level key: the files of the pack that hold it, the type of an entry, whether it maps ids to entries."""

    name: str
    files: str
    entry: type[msgspec.Struct]
    is_mapping: bool


SECTIONS = (
    Section("concepts", "concepts/*.yml", model.Concept, True),
    Section("conditions", "conditions/*.yml", model.Condition, True),
    Section("topics", "topics/*.yml", model.Topic, True),
    Section("sources", "sources.yml", model.Source, True),
    Section("triage_rules", "rules.yml", model.Rule, False),
    Section("questions", "questions.yml", model.Question, False),
    Section("red_flags", "red_flags.yml", model.RedFlag, False),
)
COUNTRY_SECTION = Section("countries", COUNTRIES.name, model.Country, True)


class Files:
    """The YAML files of a pack and where each entry stood: `where["concepts"]["diplopia"]` is (file, key)."""

    def __init__(self) -> None:
        names = (*(section.name for section in SECTIONS), "pack", "countries")
        self.where: dict[str, dict[str, tuple[Located, Key]]] = {name: {} for name in names}
        self.last: dict[str, Located] = {}

    def problem(self, section: str, entry: str, code: str, message: str, *key: str | int) -> Problem:
        """A problem in `entry` of `section`, at `key` within it."""
        located, start = self.where[section][entry]
        return located.problem(code, message, *start, *key)

    def lack(self, section: str, code: str, message: str) -> Problem:
        """A problem of something that no entry of `section` is: it points to the top of its (last) file."""
        return self.last[section].problem(code, message, section)


def load_pack(folder: Path = DEFAULT_PACK, countries: Path = COUNTRIES) -> model.Pack:
    """Load a pack. Raises KnowledgeError with every problem of form that was found (see `check` for the contents)."""
    return load_with_files(folder, countries)[0]


@lru_cache(maxsize=4)
def cached_pack(folder: Path = DEFAULT_PACK) -> model.Pack:
    """The pack of `folder`, loaded once in this process."""
    return load_pack(folder)


def load_with_files(folder: Path, countries: Path = COUNTRIES) -> tuple[model.Pack, Files]:
    """Load a pack together with the places where its entries stood."""
    if not (folder / HEAD).is_file():
        raise KnowledgeError([Problem(folder / HEAD, 1, "K001", f"is missing: a knowledge pack starts with {HEAD}")])
    files = Files()
    problems: list[Problem] = []
    entries: dict[str, dict[str, Any]] = {}
    for section in SECTIONS:
        found = sorted(folder.glob(section.files))
        if not found:
            problems.append(Problem(folder / section.files, 1, "K001", f"is missing: it holds `{section.name}:`"))
        entries[section.name] = {k: v for file in found for k, v in _entries(file, section, files, problems)}
    entries["countries"] = dict(_entries(countries, COUNTRY_SECTION, files, problems))
    head = _head(folder / HEAD, files, problems)
    if problems or head is None:
        raise KnowledgeError(problems)
    pack = model.Pack(
        **{name: getattr(head, name) for name in head.__struct_fields__},
        concepts=entries["concepts"],
        conditions=entries["conditions"],
        topics=entries["topics"],
        sources=entries["sources"],
        rules=tuple(entries["triage_rules"].values()),
        questions=tuple(entries["questions"].values()),
        red_flags=tuple(entries["red_flags"].values()),
        countries=entries["countries"],
    )
    return pack, files


def _entries(file: Path, section: Section, files: Files, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    try:
        located = read_yaml(file)
    except KnowledgeError as error:
        problems.extend(error.problems)
        return
    files.last[section.name] = located
    for key in located.data:
        if key != section.name:
            problems.append(located.problem("K005", f"unknown key `{key}`: this file holds `{section.name}:`", key))
    content = located.data.get(section.name)
    pairs: list[tuple[str | int, Any]]
    if section.is_mapping and isinstance(content, dict):
        pairs = list(content.items())
    elif not section.is_mapping and isinstance(content, list):
        pairs = list(enumerate(content))
    else:
        shape = "a mapping of id to entry" if section.is_mapping else "a list"
        problems.append(located.problem("K003", f"`{section.name}:` must be {shape}", section.name))
        return
    where = files.where[section.name]
    for name, value in pairs:
        at: Key = (section.name, name)
        try:
            entry: Any = _entry(located, section, at, value)
        except KnowledgeError as error:
            problems.extend(error.problems)
            continue
        if entry.id in where:
            problems.append(located.problem("K004", f"`{entry.id}` is defined twice", *at))
        where[entry.id] = (located, at)
        yield entry.id, entry


def _entry(located: Located, section: Section, key: Key, value: object) -> msgspec.Struct:
    if not isinstance(value, dict):
        raise KnowledgeError([located.problem("K003", "must be a mapping (`key: value` lines)", *key)])
    if not section.is_mapping:
        return located.convert(section.entry, value, *key)
    if "id" in value:
        raise KnowledgeError([located.problem("K005", "unknown key `id`: the id is the key of the entry", *key, "id")])
    return located.convert(section.entry, {"id": key[-1], **value}, *key)


def _head(file: Path, files: Files, problems: list[Problem]) -> model.Head | None:
    try:
        located = read_yaml(file)
        files.where["pack"]["pack"] = (located, ())
        return located.convert(model.Head, located.data)
    except KnowledgeError as error:
        problems.extend(error.problems)
        return None
