"""What failed in a turn.

Rasa goes on after a failed action as if nothing had happened, and the patient would get the reply to an older message: it
only logs the error. So this listens to that log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_failed: ContextVar[list[str]] = ContextVar("failed")


class _Listener(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            _failed.get([]).append(type(error).__name__)


logging.getLogger("rasa.core.processor").addHandler(_Listener(logging.ERROR))


@contextmanager
def failures() -> Iterator[list[str]]:
    """Collects the kinds of the errors that Rasa swallows while it runs."""
    failed: list[str] = []
    token = _failed.set(failed)
    try:
        yield failed
    finally:
        _failed.reset(token)
