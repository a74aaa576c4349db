"""YAML that remembers on which line everything stood, so that an error can point there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from bot.knowledge.errors import KnowledgeError, Problem

Key = tuple[str | int, ...]
T = TypeVar("T")
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")


@dataclass
class Located:
    """The content of a YAML file and the line (from 1) of every key and list item in it."""

    file: Path
    data: dict[str, Any]
    lines: dict[Key, int] = field(default_factory=dict)

    def line(self, *key: str | int) -> int:
        """The line of `key`, or of its nearest parent that the file has."""
        for end in range(len(key), 0, -1):
            if key[:end] in self.lines:
                return self.lines[key[:end]]
        return 1

    def problem(self, code: str, message: str, *key: str | int) -> Problem:
        """A problem that points to `key`."""
        return Problem(self.file, self.line(*key), code, message)

    def convert(self, kind: type[T], value: object, *key: str | int) -> T:
        """`value`, which stood at `key`, as an object of `kind`. Raises KnowledgeError that points to the wrong part."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            text, found = _PATH.sub("", str(error)), _PATH.search(str(error))
            steps: Key = tuple(step["name"] or int(step["index"]) for step in _STEP.finditer(found["path"] if found else ""))
            unknown = _UNKNOWN.search(text)
            if unknown:
                message = f"unknown key `{unknown['name']}`"
                raise KnowledgeError([self.problem("K005", message, *key, *steps, unknown["name"])]) from None
            hint = ": put it in quotes" if text.startswith("Expected `str") else ""
            raise KnowledgeError([self.problem("K006", text + hint, *key, *steps)]) from None


def read_yaml(file: Path) -> Located:
    """Read a YAML file whose top is a mapping. Raises KnowledgeError (no file, bad YAML, a key given twice, no mapping)."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise KnowledgeError([Problem(file, 1, "K001", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise KnowledgeError([Problem(file, 1, "K001", f"is not UTF-8 text: {error.reason}")]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise KnowledgeError([Problem(file, line, "K002", f"is not valid YAML: {error.problem}")]) from None
    except yaml.YAMLError:
        raise KnowledgeError([Problem(file, 1, "K002", "is not valid YAML: it holds a control character")]) from None
    if not isinstance(root, yaml.MappingNode):
        raise KnowledgeError([Problem(file, 1, "K003", "must be a mapping (`key: value` lines)")])
    builder = _Builder(file)
    data = builder.mapping(root, ())
    if builder.problems:
        raise KnowledgeError(builder.problems)
    return Located(file, data, builder.lines)


class _Builder:
    """Builds plain data from YAML nodes and notes the line of each."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[Key, int] = {}
        self.problems: list[Problem] = []
        self._scalars = yaml.CSafeLoader("")

    def mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name_node, value_node in node.value:
            name, line = str(name_node.value), name_node.start_mark.line + 1
            inner = (*key, name)
            if name in result:
                self.problems.append(Problem(self.file, line, "K004", f"`{name}` is given twice"))
            self.lines[inner] = line
            result[name] = self.value(value_node, inner)
        return result

    def value(self, node: yaml.Node, key: Key) -> Any:
        self.lines.setdefault(key, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*key, index)) for index, item in enumerate(node.value)]
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):
            line, shown = node.start_mark.line + 1, str(node.value)
            self.problems.append(Problem(self.file, line, "K002", f"`{shown}` cannot be read as a value: put it in quotes"))
            return None
