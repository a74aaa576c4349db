"""Reads scripted conversations from YAML. Everything that is wrong is reported with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.located import Key, Located, read_yaml
from bot.scripts.model import Case, Check, Place, Rest, Step, User
from bot.scripts.names import Names

# What a patient with nothing else to tell answers, where a script does not say otherwise.
ANSWERS = {
    "default": "no",
    "consent": "yes",
    "red_flags": "none of these",
    "severity": "mild",
    "course": "getting better",
    "sides": "only one side",
    "onset": "2 days ago",
    "days_since_treatment": "5 days ago",
}
STEPS = ("user", "bot", "utter", "slot_was_set", "assertions", "answer_rest")
_LISTS = {"concepts": "concepts", "lacks_concepts": "concepts", "rules": "rules", "lacks_rules": "rules"}
_IDS = {"level": "levels", "question": "questions", "utter": "texts", "topic": "topics"}
_TEXTS = ("bot", "text_contains", "text_lacks", "text_matches")
_TRUE = ("frame", "no_assessment", "no_question")
ASSERTIONS = (*_LISTS, "level", "question", "topic", "buttons", *_TEXTS[1:], *_TRUE)


def load_scripts(paths: list[Path], names: Names) -> list[Case]:
    """The conversations of files and folders (*.yml, with subfolders). Raises KnowledgeError with every problem."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in _files(paths):
        try:
            cases += _Script(read_yaml(file), names).cases()
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        raise KnowledgeError(problems)
    return cases


def select(cases: list[Case], pattern: str | None) -> list[Case]:
    """The cases whose name contains the regular expression `pattern`, in any case. Raises re.error."""
    wanted = re.compile(pattern or "", re.IGNORECASE)
    return [case for case in cases if wanted.search(case.name)]


def _files(paths: list[Path]) -> list[Path]:
    files: dict[Path, None] = {}
    for path in paths:
        found = sorted(path.rglob("*.yml")) if path.is_dir() else [path]
        if not found:
            raise KnowledgeError([Problem(path, 1, "T001", "is a folder without scripts (*.yml)")])
        files.update(dict.fromkeys(found))
    return list(files)


class _Script:
    """One file on its way from YAML to cases; collects problems as it goes."""

    def __init__(self, located: Located, names: Names) -> None:
        self._located = located
        self._names = names
        self._problems: list[Problem] = []

    def cases(self) -> list[Case]:
        """The cases of the file. Raises KnowledgeError."""
        self._keys(self._located.data, ("test_cases",), ())
        wanted = "a file of scripts needs `test_cases:` with a list of conversations"
        entries = self._list(self._located.data.get("test_cases"), ("test_cases",), wanted)
        cases = [case for index, entry in enumerate(entries) if (case := self._case(entry, ("test_cases", index)))]
        seen: set[str] = set()
        for case in cases:
            if case.name in seen:
                where = case.place
                self._problems.append(
                    Problem(where.file, where.line, "T003", f"`{case.name}` is the name of two conversations")
                )
            seen.add(case.name)
        if self._problems:
            raise KnowledgeError(self._problems)
        return cases

    def _case(self, entry: Any, key: Key) -> Case | None:
        if not self._keys(entry, ("test_case", "steps"), key):
            return None
        name = entry.get("test_case")
        if not isinstance(name, str) or not name.strip():
            self._wrong("T003", "a conversation needs `test_case:` with a name that says what it proves", *key)
            return None
        steps = self._list(entry.get("steps"), (*key, "steps"), f"`{name}` needs `steps:` with a list")
        read = tuple(step for index, each in enumerate(steps) for step in self._step(each, (*key, "steps", index)))
        if steps and read and not isinstance(read[0], User):
            self._wrong("T004", "the first step must be `user:`", *key, "steps", 0)
        return Case(name=name, steps=read, place=self._place(*key))

    def _step(self, entry: Any, key: Key) -> Iterator[Step]:
        if not self._keys(entry, STEPS, key):
            return
        kinds = [kind for kind in STEPS if kind in entry]
        if len(kinds) != 1 and kinds != ["user", "assertions"]:
            self._wrong("T004", f"a step is one of {', '.join(STEPS)} (or `user` with `assertions`)", *key)
            return
        for kind in kinds:
            value, place = entry[kind], self._place(*key, kind)
            if kind == "user" and self._is_text(value, *key, kind):
                yield User(value, place)
            elif kind == "answer_rest":
                yield from self._rest(value, key)
            elif kind == "assertions":
                yield from self._assertions(value, key)
            elif kind == "slot_was_set":
                yield from self._slots(value, (*key, kind))
            elif kind in ("bot", "utter"):
                yield from self._check(kind, value, (*key, kind))

    def _rest(self, value: Any, key: Key) -> Iterator[Step]:
        key = (*key, "answer_rest")
        if value is not None and not self._keys(value, ("default", *self._names.questions), key):
            return
        answers = {kind: answer for kind, answer in (value or {}).items() if self._is_text(answer, *key, kind)}
        yield Rest({**ANSWERS, **answers}, self._place(*key))

    def _assertions(self, value: Any, key: Key) -> Iterator[Step]:
        key = (*key, "assertions")
        for index, entry in enumerate(self._list(value, key, "`assertions:` needs a list such as `- level: few_days`")):
            if self._keys(entry, ASSERTIONS, (*key, index)):
                for kind, expected in entry.items():
                    yield from self._check(kind, expected, (*key, index, kind))

    def _slots(self, value: Any, key: Key) -> Iterator[Step]:
        for index, entry in enumerate(self._list(value, key, "`slot_was_set:` needs a list of slots")):
            if isinstance(entry, str):
                yield Check("slot", (entry,), self._place(*key, index))
            elif isinstance(entry, dict):
                yield from (Check("slot", item, self._place(*key, index, item[0])) for item in entry.items())
            else:
                self._wrong("T004", "a slot is its name, or `name: value`", *key, index)

    def _check(self, kind: str, expected: Any, key: Key) -> Iterator[Step]:
        wanted = self._wanted(kind, expected)
        if wanted:
            self._wrong("T005", f"`{kind}` needs {wanted}", *key)
        else:
            yield Check(kind, expected, self._place(*key))

    def _wanted(self, kind: str, expected: Any) -> str | None:
        """What `kind` needs, if `expected` is not that."""
        if kind in _IDS:
            known = getattr(self._names, _IDS[kind])
            return None if expected in known else f"one of {', '.join(known)}"
        if kind in _TRUE:
            return None if expected is True else "`true`"
        if kind in _TEXTS:
            if not isinstance(expected, str) or not expected.strip():
                return "a text (in quotes, if it is yes, no or a number)"
            return None if kind != "text_matches" or _compiles(expected) else "a valid regular expression"
        if not isinstance(expected, list) or not expected or not all(isinstance(item, str) for item in expected):
            return "a list such as [one, two]"
        unknown = [i for i in expected if i not in getattr(self._names, _LISTS[kind])] if kind in _LISTS else []
        return f"known {_LISTS[kind]}; unknown: {', '.join(unknown)}" if unknown else None

    def _is_text(self, value: Any, *key: str | int) -> bool:
        if isinstance(value, str):
            return True
        self._wrong("T004", f"`{key[-1]}` needs a text (in quotes, if it is yes, no or a number)", *key)
        return False

    def _keys(self, entry: Any, known: tuple[str, ...], key: Key) -> bool:
        if not isinstance(entry, dict):
            self._wrong("T002", f"expected a mapping with {', '.join(known)}", *key)
            return False
        unknown = [name for name in entry if name not in known]
        for name in unknown:
            self._wrong("T002", f"unknown key `{name}`; known: {', '.join(known)}", *key, name)
        return not unknown

    def _list(self, value: Any, key: Key, wanted: str) -> list[Any]:
        if isinstance(value, list) and value:
            return value
        self._wrong("T003", wanted if value else f"{wanted}; it is empty or missing", *key)
        return []

    def _place(self, *key: str | int) -> Place:
        return Place(self._located.file, self._located.line(*key))

    def _wrong(self, code: str, message: str, *key: str | int) -> None:
        self._problems.append(self._located.problem(code, message, *key))


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
