"""How well cries for help are heard: recall of each kind and false alarms, with 95 % Wilson intervals.

    .venv/bin/python -m evaluation.crisis [FILE ...] [--markdown] [--errors]

A file holds one JSON object a line: `{"id", "kind", "text"}`, where the kind is one of those of the knowledge
(`knowledge.model.Crisis`) or `none`. Without files, evaluation/dev_crisis.jsonl is measured. `--errors` also prints every
message that went wrong; do not write training sentences from what it shows of a set that measures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

import msgspec

from bot.evaluation.figures import wilson
from bot.evaluation.sets import FOLDER, SetError, load_lines
from bot.evaluation.tables import Table, as_markdown, as_text
from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.knowledge.model import Crisis
from bot.triage.assess import assess_message
from bot.understanding.read import read

DEFAULT = FOLDER / "dev_crisis.jsonl"
KINDS: tuple[str, ...] = get_args(Crisis)
NONE = "none"
GUIDE = "CRISIS_AND_LANGUAGES.md"


class Said(msgspec.Struct, frozen=True):
    """A message of the set and the kind of cry that it is."""

    id: str
    kind: Crisis | Literal["none"]
    text: str


class Heard(msgspec.Struct, frozen=True):
    """What was heard in it: the kinds, and whether the message by itself is an emergency for whatever reason."""

    kinds: frozenset[str]
    emergency: bool


def hear(text: str) -> Heard:
    """What the program hears in one message, as the first of a conversation."""
    pack, reading = cached_pack(), read(text)
    kinds = (pack.conditions[condition].crisis for condition in reading.conditions)
    level = assess_message(reading, pack)[1].level
    return Heard(frozenset(kind for kind in kinds if kind), level is Level.EMERGENCY)


def table(title: str, messages: Sequence[Said], heard: Sequence[Heard]) -> Table:
    """A row for each kind: heard as a cry, as this kind, answered as an emergency; and the false alarms."""
    pairs = list(zip(messages, heard, strict=True))
    rows = []
    for kind in (*KINDS, None):
        own = [(m, h) for m, h in pairs if (m.kind == kind if kind else m.kind != NONE)]
        cells = (
            sum(1 for _, h in own if h.kinds),
            sum(1 for m, h in own if m.kind in h.kinds),
            sum(1 for _, h in own if h.emergency),
        )
        rows.append((kind or "all cries", str(len(own)), *(_share(hits, len(own)) for hits in cells)))
    none = [h for m, h in pairs if m.kind == NONE]
    rows.append(("false alarms", str(len(none)), _share(sum(1 for h in none if h.kinds), len(none)), "", ""))
    return Table(title, ("", "n", "heard", "as this kind", "emergency"), tuple(rows))


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits / of:.1%} ({low:.1%} to {high:.1%})" if of else "-"


def errors(messages: Sequence[Said], heard: Sequence[Heard]) -> Iterator[str]:
    """Every message in which the cry was not heard as such, or something was heard that is none."""
    for message, found in zip(messages, heard, strict=True):
        if (message.kind in found.kinds) if message.kind != NONE else not found.kinds:
            continue
        yield f"{message.id} {message.kind}: heard {sorted(found.kinds) or 'nothing'}: {message.text}"


def main(arguments: Sequence[str] | None = None, hearing: Callable[[str], Heard] = hear) -> int:
    """Measure and print. Returns 1 when a file cannot be used."""
    parser = argparse.ArgumentParser(prog="evaluation.crisis", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[DEFAULT])
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--errors", action="store_true")
    asked = parser.parse_args(arguments)
    for file in asked.files:
        try:
            messages = load_lines(file, Said, GUIDE)
        except SetError as error:
            print(error, file=sys.stderr)
            return 1
        heard = [hearing(message.text) for message in messages]
        show = as_markdown if asked.markdown else as_text
        print(show(table(f"Cries for help, {file.name}: {len(messages)} messages", messages, heard)))
        if asked.errors:
            print("\n".join(["", *errors(messages, heard)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
