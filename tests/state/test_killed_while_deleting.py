"""A process that is killed while keys are made and destroyed loses no message, and leaves no key that it need not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.state import ring as module
from bot.state.folder import Folder
from bot.state.places import backend_of
from bot.state.seal import Sealer
from bot.state.state import State
from tests.state.conftest import Place
from tests.state.deleter import CONVERSATION, DELETES_EVERY, SECRET

# How long each process lives after its first message.
LIVES = (0.0, 0.003, 0.011, 0.023, 0.04, 0.07, 0.1, 0.13, 0.2)


def killed(place: Place, folder: Path, seconds: float) -> dict[str, int]:
    """The last message that a process said it had received, and answered, before it was killed."""
    command = [sys.executable, "-m", "tests.state.deleter", place.url, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stderr
    lines = [process.stdout.readline()]
    time.sleep(seconds)
    process.kill()
    lines += process.stdout.readlines()
    assert process.stderr.read() == ""
    process.stdout.close()
    process.stderr.close()
    assert process.wait() < 0
    time.sleep(0.1)  # a server may still be at what it was asked for last
    return {line.split()[0]: int(line.split()[1]) for line in lines if line.endswith("\n")}


def test_no_message_is_lost_and_no_key_is_left_over(
    durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    folder = tmp_path / "keys"

    async def check(said: dict[str, int]) -> int:
        kept = State(backend_of(durable.url, tmp_path)[0], Sealer(SECRET), Folder(folder))
        await kept.start()
        waiting = await kept.unanswered("chat")
        state = int(await kept.load(CONVERSATION) or 0)
        assert int(await kept.load(f"{CONVERSATION}#numbers") or 0) == state
        entries = [entry.body.decode() for entry in await kept.entries("chat", CONVERSATION)]
        first = max(1, state - state % DELETES_EVERY)
        assert entries == [f"reply {number}" for number in range(first, state + 1)]
        assert [(message.id, message.body.decode()) for message in waiting] == [
            (str(number), f"said {number}") for number in range(state + 1, state + 1 + len(waiting))
        ]
        assert state >= said.get("answered", 0)
        assert state + len(waiting) >= said.get("received", 0)
        # Of the conversation, of its numbers, of a message that waits from before all was deleted, and of the other one.
        keys = {key.id for key in kept._ring.keys}
        assert keys == {head[1:] for head in await kept._backend.heads(module.HEAD_BYTES)}
        assert len(keys) <= 4
        await kept.close()
        return state

    states = [asyncio.run(check(killed(durable, folder, seconds))) for seconds in LIVES]
    assert caplog.text == ""
    assert states[-1] > len(LIVES)
