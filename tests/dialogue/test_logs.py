from __future__ import annotations

import asyncio
import gc
import logging
import sys

import pytest

from bot.dialogue.logs import QUIET, WhereAndWhat, keep_patients_out, task_failed

SECRET = "my lid droops"


def formatted(name: str, message: str, *arguments: object, error: Exception | None = None) -> str:
    exc_info = None
    if error is not None:
        try:
            raise error
        except Exception:  # whatever was given
            exc_info = sys.exc_info()
    record = logging.LogRecord(name, logging.ERROR, "somewhere.py", 7, message, arguments, exc_info)
    return WhereAndWhat().format(record)


@pytest.mark.parametrize("name", ["bot.channels.converse", "actions.assess"])
def test_our_own_messages_are_shown(name: str) -> None:
    assert formatted(name, "action %s failed", "x").endswith(f"ERROR {name}: action x failed")


@pytest.mark.parametrize("name", ["rasa.core.processor", "sanic.error", "asyncio", "root", "botany", ""])
def test_of_a_library_only_the_place_is_shown(name: str) -> None:
    line = formatted(name, f"could not handle {SECRET}: %s", SECRET)
    assert SECRET not in line
    assert line.endswith("error at somewhere:7")


@pytest.mark.parametrize("name", ["bot.server", "rasa.core.processor"])
def test_of_an_exception_the_kind_and_the_place_are_shown_and_nothing_that_it_says(name: str) -> None:
    line = formatted(name, "failed", error=ValueError(SECRET))
    assert "(ValueError at " in line
    assert "test_logs.py:" in line
    assert SECRET not in line
    assert "\n" not in line


def test_the_log_goes_through_it_once_however_often_it_is_set_up() -> None:
    keep_patients_out()
    keep_patients_out()
    handlers = [handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, WhereAndWhat)]
    assert len(handlers) == 1
    assert all(logging.getLogger(name).level == logging.ERROR for name in QUIET)


async def test_a_task_that_nobody_waits_for_is_logged_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise ValueError(SECRET)

    asyncio.get_running_loop().set_exception_handler(task_failed)
    task = asyncio.ensure_future(fails())
    await asyncio.sleep(0.01)
    del task
    gc.collect()
    (record,) = caplog.records
    assert record.getMessage().startswith("a task failed: ValueError at ")
    assert SECRET not in record.getMessage()
