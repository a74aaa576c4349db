"""What is printed and written about scripts that were played: differences, coverage, JUnit XML."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bot.scripts.model import Heard, Result
from bot.scripts.names import Names

WIDTH = 120
_SHORT = 100
# Of what came instead; a whole reply has more than anybody reads.
_LINES = 6
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def describe(result: Result) -> str:
    """A failed script: the conversation up to the failure, then what was expected (-) and what came (+)."""
    lines = [f"{result.case.place}: {result.case.name}"]
    for heard in result.turns:
        lines.append(f"    user  {_short(heard.said)}")
        lines += [f"    bot   {_label(reply.custom)}{_short(reply.text)}" for reply in heard.replies]
    for failure in result.failures:
        lines.append(f"  {failure.place}: {failure.kind}")
        lines += [f"    - {line}" for line in _expected(failure.expected).splitlines()]
        came = [line for line in failure.came.splitlines() if line.strip()]
        lines += [f"    + {line}" for line in came[:_LINES]] + ["    + …"] * (len(came) > _LINES)
    return "\n".join(lines)


def _label(custom: dict[str, Any] | None) -> str:
    if not custom:
        return ""
    name = custom.get("level") or custom.get("id") or custom.get("reason") or custom.get("topic") or ""
    concepts = f": {', '.join(custom['concepts'])}" if custom.get("type") == "assessment" and custom["concepts"] else ""
    return f"[{custom.get('type', '')} {name}{concepts}] "


def _short(text: str) -> str:
    """The text on one line, shortened, with nothing in it that a terminal would not show."""
    shown = textwrap.shorten(text, _SHORT, placeholder=" …") or repr(text)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)


def _expected(expected: Any) -> str:
    if isinstance(expected, list):
        return ", ".join(expected)
    if isinstance(expected, tuple):
        return ": ".join(map(str, expected))
    return "true" if expected is True else str(expected)


def summary(results: list[Result]) -> str:
    """How many passed, and how many turns that took."""
    failed = sum(bool(result.failures) for result in results)
    turns = sum(len(result.turns) for result in results)
    return f"{len(results)} conversations with {turns} turns: {len(results) - failed} passed, {failed} failed."


def coverage(results: list[Result], names: Names) -> str:
    """Which names the assessments, questions and texts of all scripts showed, and which they never did."""
    turns = [heard for result in results for heard in result.turns]
    assessed = [heard.assessment for heard in turns if heard.assessment]
    rows: list[tuple[str, tuple[str, ...], set[str]]] = [
        ("levels", names.levels, {part["level"] for part in assessed}),
        ("concepts", names.concepts, {concept for part in assessed for concept in part["concepts"]}),
        ("rules", names.rules, {rule for heard in turns for rule in heard.rules}),
        ("questions", names.questions, {heard.question for heard in turns if heard.question}),
        ("texts", names.texts, _union(heard.texts for heard in turns)),
        ("topics", names.topics, _union(heard.topics for heard in turns)),
    ]
    return "\n".join(line for kind, known, seen in rows for line in _row(kind, known, seen))


def _union(lists: Iterable[list[str]]) -> set[str]:
    return {item for each in lists for item in each}


def _row(kind: str, known: tuple[str, ...], seen: set[str]) -> list[str]:
    unseen = [name for name in known if name not in seen]
    lines = [f"  {kind:<10}{len(known) - len(unseen)} of {len(known)}"]
    if 0 < len(unseen) <= len(known) // 2:
        indent = " " * 12
        lines += textwrap.wrap(f"not seen: {', '.join(unseen)}", WIDTH, initial_indent=indent, subsequent_indent=indent)
    return lines


def write_junit(results: list[Result], file: Path) -> None:
    """Write the results as JUnit XML, a suite a file. Raises OSError."""
    root = ElementTree.Element("testsuites", _counts(results))
    ordered = sorted(results, key=lambda result: (str(result.case.place.file), result.case.place.line))
    for script, group in groupby(ordered, key=lambda result: result.case.place.file):
        cases = list(group)
        suite = ElementTree.SubElement(root, "testsuite", {"name": script.as_posix(), **_counts(cases)})
        for result in cases:
            where = {"file": script.as_posix(), "line": str(result.case.place.line), "time": f"{result.seconds:.3f}"}
            named = {"classname": script.stem, "name": _xml(result.case.name)}
            case = ElementTree.SubElement(suite, "testcase", {**named, **where})
            if result.failures:
                first = result.failures[0]
                message = f"{first.place}: {first.kind}: expected {_expected(first.expected)}"
                failure = ElementTree.SubElement(case, "failure", {"message": _xml(message)})
                failure.text = _xml(describe(result))
    ElementTree.indent(root)
    file.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _counts(results: list[Result]) -> dict[str, str]:
    failures = sum(bool(result.failures) for result in results)
    seconds = sum(result.seconds for result in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": "0", "time": f"{seconds:.3f}"}


def _xml(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def played(heard: Heard) -> str:
    """One turn as it is shown while a conversation is recorded."""
    shown = []
    for reply in heard.replies:
        shown.append(reply.text)
        shown += [f"  [{button.title}]" for button in reply.buttons]
    return "\n".join(shown)
