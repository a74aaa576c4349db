"""The real server says in one line what is wrong with its store, at the start or soon after."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import SettingsError
from bot.state import watch as module
from bot.state.state import open_state
from bot.state.watch import CHECK_SECONDS, watch
from tests.serving import Server, aftercheck
from tests.state.servers import redis_server


async def test_one_line_when_it_fails_and_one_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.001)
    monkeypatch.setattr(module, "CHECK_AGAIN_SECONDS", 0.001)
    found = iter([None, "the disk is full", "the disk is full", OSError("odd"), None, None, "it does not answer"])
    done = asyncio.Event()

    async def check() -> str | None:
        try:
            each = next(found)
        except StopIteration:
            done.set()
            return "it does not answer"
        if isinstance(each, OSError):
            raise each
        return each

    watching = asyncio.create_task(watch(check))
    await done.wait()
    watching.cancel()
    assert [record.getMessage() for record in caplog.records] == [
        "the store fails, and takes nothing until that is mended: the disk is full",
        "the store is good again",
        "the store fails, and takes nothing until that is mended: it does not answer",
    ]


def test_a_store_that_goes_is_told_and_the_conversation_goes_on(trained: None, tmp_path: Path) -> None:
    file = tmp_path / "state" / "aftercheck.sqlite3"
    with Server(tmp_path) as running:
        running.rest("anna", "my upper eyelid is drooping")
        file.rename(file.with_name("moved"))
        end = time.monotonic() + CHECK_SECONDS + 3
        while "its file was removed" not in running.errors():
            assert time.monotonic() < end
            time.sleep(0.1)
        assert running.errors().count("\n") == 1
        assert "emergency" in str(running.rest("anna", "I see double"))
        file.with_name("moved").rename(file)
        while "good again" not in running.errors():
            assert time.monotonic() < end + 5
            time.sleep(0.1)


def test_a_second_server_is_refused_in_one_line_and_after_kill_9_the_next_one_starts(trained: None, tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path}/state/aftercheck.sqlite3"
    with Server(tmp_path) as running:
        refused = aftercheck("serve", "--port", "0", AFTERCHECK_STORE=place)
        assert refused.returncode == 1
        assert refused.stderr.decode().startswith("AFTERCHECK_STORE: the store cannot be used: another server uses it.")
        assert refused.stderr.count(b"\n") == 1
        assert aftercheck("channels", "dead", AFTERCHECK_STORE=place).returncode == 0
        running.stop(signal.SIGKILL)
    with Server(tmp_path) as running:
        assert running.rest("anna", "hello")


def damage(file: Path) -> None:
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(os.urandom(file.stat().st_size - 4096))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (damage, "cannot be (opened|used)"),
        (lambda file: file.write_bytes(os.urandom(20_000)), "file is not a database"),
        (lambda file: file.chmod(0o400), "its file is read-only"),
    ],
    ids=["damaged", "overwritten", "read-only"],
)
def test_a_store_that_cannot_be_used_stops_the_start_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None], said: str
) -> None:
    file = tmp_path / "aftercheck.sqlite3"
    monkeypatch.setenv("AFTERCHECK_STORE", f"sqlite:///{file}")
    monkeypatch.setattr("bot.state.state._opened_state", None)
    asyncio.run(open_state().close())
    harm(file)
    with pytest.raises(SettingsError, match=rf"^AFTERCHECK_STORE: .*{said}") as raised:
        open_state()
    assert "\n" not in str(raised.value)


def test_a_redis_that_keeps_nothing_stops_the_start_in_one_line() -> None:
    with redis_server(appends="no") as server:
        refused = aftercheck("serve", "--port", "0", AFTERCHECK_STORE=server.url)
    assert refused.returncode == 1
    assert b"it keeps nothing on its disk. Give its server `appendonly yes`" in refused.stderr
    assert refused.stderr.count(b"\n") == 1
