"""Shows how far a long run is: one line that is rewritten on a terminal, a few lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def shown(items: Sequence[T], doing: str) -> Iterator[T]:
    """The items one by one, while standard error says how many are done."""
    terminal = sys.stderr.isatty()
    marks = _marks(len(items), terminal)
    for done, item in enumerate(items):
        yield item
        if done + 1 in marks:
            text = f"{doing}: {done + 1} of {len(items)}"
            last = done + 1 == len(items)
            print(f"\r{text}" if terminal else text, end="" if terminal and not last else "\n", file=sys.stderr, flush=True)


def _marks(count: int, terminal: bool) -> frozenset[int]:
    """After which items something is printed: each one on a terminal, each quarter elsewhere."""
    steps: Iterable[int] = range(1, count + 1) if terminal else (count * quarter // 4 for quarter in range(1, 5))
    return frozenset(steps)
