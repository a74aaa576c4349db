"""The unit of work: where the dialogue stands after a message, held back until it is saved together with the replies.

Without an open unit the dialogue's store saves at once. With one it leaves its new state here, and whoever opened the
unit saves it (bot.state.state.State.finish). What is not saved is as if the message had never been read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Unit:
    """What one message changed.

    conversations  the new state of each conversation of the dialogue; None: it is forgotten
    forgets        whether the patient had everything deleted that was said before
    """

    def __init__(self) -> None:
        self.conversations: dict[str, bytes | None] = {}
        self.forgets = False


_open: ContextVar[Unit | None] = ContextVar("unit", default=None)


@contextmanager
def unit_of_work() -> Iterator[Unit]:
    """Hold back what the dialogue saves in this context and in the tasks that it starts."""
    unit = Unit()
    token = _open.set(unit)
    try:
        yield unit
    finally:
        _open.reset(token)


def open_unit() -> Unit | None:
    """The unit that is open here."""
    return _open.get()
