"""YAML that remembers on which line everything stood, so that an error can point there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.knowledge.errors import KnowledgeError, Problem

Key = tuple[str | int, ...]


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


def read_yaml(file: Path) -> Located:
    """Read a YAML file whose top is a mapping. Raises KnowledgeError (bad YAML, a key given twice, no mapping)."""
    loader = yaml.CSafeLoader
    try:
        text = file.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=loader)
    except OSError as error:
        raise KnowledgeError([Problem(file, 1, "K001", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise KnowledgeError([Problem(file, 1, "K001", f"is not UTF-8 text: {error.reason}")]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise KnowledgeError([Problem(file, line, "K002", f"is not valid YAML: {error.problem}")]) from None
    if not isinstance(root, yaml.MappingNode):
        raise KnowledgeError([Problem(file, 1, "K003", "must be a mapping (`key: value` lines)")])
    located = Located(file, {})
    problems: list[Problem] = []
    plain = loader("")

    def build(node: yaml.Node, key: Key) -> Any:
        located.lines.setdefault(key, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            result: dict[str, Any] = {}
            for name_node, value_node in node.value:
                name = str(name_node.value)
                if name in result:
                    line = name_node.start_mark.line + 1
                    problems.append(Problem(file, line, "K004", f"`{name}` is given twice"))
                located.lines[(*key, name)] = name_node.start_mark.line + 1
                result[name] = build(value_node, (*key, name))
            return result
        if isinstance(node, yaml.SequenceNode):
            return [build(item, (*key, index)) for index, item in enumerate(node.value)]
        return plain.construct_object(node)

    located.data = build(root, ())
    if problems:
        raise KnowledgeError(problems)
    return located
