"""`aftercheck store rotate`: another main key, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import SettingsError
from bot.state import state as module
from bot.state.folder import KEY_FILE
from bot.state.model import Received
from bot.state.rotate import rotate
from bot.state.state import State, open_state
from tests.loading import load_rasa

load_rasa()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in ("AFTERCHECK_SECRET", "AFTERCHECK_NEW_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AFTERCHECK_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    monkeypatch.setattr(module, "_opened_state", None)
    return monkeypatch


async def say(state: State) -> str:
    await state.receive(Received(channel="sms", id="1", conversation="sms:anna", at=time.time(), body=b"said"))
    await state.save("anna", b"state", time.time())
    return state.hashed("sms", "+1555")


async def assert_all_there(state: State, hashed: str) -> None:
    assert [message.body for message in await state.unanswered("sms")] == [b"said"]
    assert await state.load("anna") == b"state"
    assert state.hashed("sms", "+1555") == hashed
    assert not await state.receive(Received(channel="sms", id="1", conversation="sms:anna", at=time.time(), body=b"said"))
    await state.close()


def said_to(state: State) -> str:
    hashed = asyncio.run(say(state))
    asyncio.run(state.close())
    return hashed


def test_a_key_file_gets_a_new_key(environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hashed = said_to(open_state())
    old = (tmp_path / KEY_FILE).read_text()
    assert main(["store", "rotate"]) == 0
    assert capsys.readouterr().out == f"The main key in {tmp_path} is a new one. Start the server again.\n"
    asyncio.run(assert_all_there(open_state(), hashed))
    assert {file.name for file in tmp_path.iterdir()} == {"store.sqlite3", KEY_FILE, "aftercheck.keys"}
    (tmp_path / KEY_FILE).write_text(old)
    with pytest.raises(SettingsError, match="another key"):
        open_state()


def test_a_secret_gives_way_to_a_new_one(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("AFTERCHECK_SECRET", "the old secret")
    hashed = said_to(open_state())
    environment.setenv("AFTERCHECK_NEW_SECRET", "the new secret")
    assert "Set AFTERCHECK_SECRET to it" in rotate()
    with pytest.raises(SettingsError, match="another key"):
        open_state()
    environment.setenv("AFTERCHECK_SECRET", "the new secret")
    asyncio.run(assert_all_there(open_state(), hashed))
    assert {file.name for file in tmp_path.iterdir()} == {"store.sqlite3", "aftercheck.keys"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"AFTERCHECK_STORE": "memory:"}, "keeps nothing, so there is no key to rotate"),
        ({"AFTERCHECK_NEW_SECRET": "the new secret"}, "AFTERCHECK_SECRET is not: the key is in a file"),
        ({"AFTERCHECK_SECRET": "the old secret"}, "Set AFTERCHECK_NEW_SECRET to another long random text"),
        ({"AFTERCHECK_SECRET": "a secret", "AFTERCHECK_NEW_SECRET": "a secret"}, "Set AFTERCHECK_NEW_SECRET to another"),
        ({"AFTERCHECK_SECRET": "a secret", "AFTERCHECK_NEW_SECRET": "x"}, "AFTERCHECK_NEW_SECRET: this is easily guessed"),
    ],
)
def test_what_cannot_be_rotated_is_said_in_one_line(
    settings: dict[str, str], says: str, environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in settings.items():
        environment.setenv(name, value)
    assert main(["store", "rotate"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert list(tmp_path.iterdir()) == []


def test_it_is_refused_while_a_server_or_a_command_has_the_keys(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for serving, says in ((True, "another server uses it"), (False, "a server or another command uses the keys")):
        running = open_state(serving=serving)
        before = (tmp_path / KEY_FILE).read_text()
        assert main(["store", "rotate"]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert says in line
        assert (tmp_path / KEY_FILE).read_text() == before
        asyncio.run(running.close())


def test_when_the_disk_is_full_the_old_key_works(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("AFTERCHECK_SECRET", "the old secret")
    hashed = said_to(open_state())
    environment.setenv("AFTERCHECK_NEW_SECRET", "the new secret")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with environment.context() as without:
        without.setattr("bot.state.folder._write", full)
        with pytest.raises(SettingsError, match=r"not finished \(No space left on device\)\. Try again"):
            rotate()
    asyncio.run(assert_all_there(open_state(), hashed))
