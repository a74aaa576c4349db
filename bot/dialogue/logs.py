"""What the log may say: where something went wrong and of what kind it was, never what a patient wrote."""

from __future__ import annotations

import logging

OURS = ("bot", "actions")
# Libraries that tell of their own age, or of every request, at lower levels.
QUIET = ("py.warnings", "rasa", "rasa_sdk", "sanic", "apscheduler", "matplotlib", "asyncio", "httpx", "httpcore")


class WhereAndWhat(logging.Formatter):
    """Our own messages as they are; of a library's message only the place and the kind of the error.

    Rasa and Sanic quote messages, trackers and URLs in their errors, and an exception may carry what a patient wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line for a record."""
        ours = record.name.split(".")[0] in OURS
        said = record.getMessage() if ours else f"error at {record.module}:{record.lineno}"
        error = record.exc_info[1] if record.exc_info else None
        kind = f" ({type(error).__name__} at {last_place(error)})" if error else ""
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {said}{kind}"


def last_place(error: BaseException) -> str:
    """File and line where an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"


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
