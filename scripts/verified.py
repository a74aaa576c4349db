"""How much of the knowledge rests on a source that somebody has read: counts for each file, and what waits for sign-off.

    .venv/bin/python scripts/verified.py [--list] [PACK]

A statement is whatever has `sources:` of its own: a concept, a time span, a number, a rule, an advice, a topic, a country.
It is verified when all of its sources are, partly verified when some are. --list prints file and line of the others.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.knowledge.load import COUNTRIES, DEFAULT_PACK
from bot.knowledge.located import Key, Located, read_yaml

COLUMNS = ("verified", "partly", "not")


@dataclass(frozen=True)
class Statement:
    """A statement of a file, at `key` in it, and one of COLUMNS."""

    key: Key
    state: str


def statements(content: Any, key: Key = ()) -> Iterator[Statement]:
    """Every statement in the content of a knowledge file, from the top down."""
    if isinstance(content, dict):
        sources = content.get("sources")
        if isinstance(sources, list):
            marks = [bool(source.get("verified")) for source in sources]
            yield Statement(key, "verified" if marks and all(marks) else "partly" if any(marks) else "not")
        for name, value in content.items():
            yield from statements(value, (*key, name))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from statements(value, (*key, index))


def files(pack: Path) -> list[Located]:
    """The files of a pack and the countries, those with statements only."""
    read = [read_yaml(file) for file in (*sorted(pack.rglob("*.yml")), COUNTRIES)]
    return [located for located in read if any(statements(located.data))]


def table(pack: Path, everything: list[Located]) -> Iterator[str]:
    """The counts as lines, with the total last."""
    yield f"{'file':44} {'all':>5} " + " ".join(f"{name:>9}" for name in COLUMNS)
    total = dict.fromkeys(COLUMNS, 0)
    for located in everything:
        states = [statement.state for statement in statements(located.data)]
        counts = {name: states.count(name) for name in COLUMNS}
        total = {name: total[name] + counts[name] for name in COLUMNS}
        name = located.file.relative_to(pack if located.file.is_relative_to(pack) else COUNTRIES.parent).as_posix()
        yield _row(name, counts)
    yield _row("total", total)


def _row(name: str, counts: dict[str, int]) -> str:
    return f"{name:44} {sum(counts.values()):>5} " + " ".join(f"{counts[column]:>9}" for column in COLUMNS)


def main() -> None:
    """Print the table, or the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print every statement that is not verified in full")
    parser.add_argument("pack", nargs="?", type=Path, default=DEFAULT_PACK)
    options = parser.parse_args()
    everything = files(options.pack)
    if not options.list:
        print("\n".join(table(options.pack, everything)))
        return
    for located in everything:
        for statement in statements(located.data):
            if statement.state != "verified":
                what = ".".join(map(str, statement.key))
                print(f"{located.file}:{located.line(*statement.key)}: {statement.state} {what}")


if __name__ == "__main__":
    main()
