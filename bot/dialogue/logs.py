"""What the log may say: where something went wrong and of what kind it was, never what a patient wrote."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

logger = logging.getLogger(__name__)

OURS = ("bot", "actions")
# Libraries that tell of their own age, or of every request, at lower levels.
QUIET = ("py.warnings", "rasa", "rasa_sdk", "sanic", "apscheduler", "matplotlib", "asyncio", "httpx", "httpcore", "uvicorn")


class WhereAndWhat(logging.Formatter):
    """Our own messages as they are; of a library's message only the place and the kind of the error.

    Libraries quote messages, trackers and URLs in their errors, and an exception may carry what a patient wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line for a record."""
        ours = record.name.split(".")[0] in OURS
        said = record.getMessage() if ours else f"error at {record.module}:{record.lineno}"
        error = record.exc_info[1] if record.exc_info else None
        kind = f" ({kind_and_place(error)})" if error else ""
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {said}{kind}"


def kind_and_place(error: BaseException) -> str:
    """What kind of error it is, and the file and line where it was raised: all that may be told of it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}"


def task_failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio found in a task or callback that nobody waits for; the exception handler of the server's loop."""
    error, task = context.get("exception"), context.get("task") or context.get("future")
    code = getattr(task.get_coro(), "cr_code", None) if isinstance(task, asyncio.Task) else None
    what = kind_and_place(error) if error else f"given up in {code.co_name if code else '?'}"
    logger.error("a task failed: %s", what)


def keep_patients_out() -> None:
    """Send every log line of this process through `WhereAndWhat`, errors only for libraries."""
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, WhereAndWhat) for handler in root.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(WhereAndWhat())
        root.addHandler(handler)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
