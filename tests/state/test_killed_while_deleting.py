"""A process that is killed while keys are made and destroyed loses no message, and leaves no key that it need not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.state import ring as module
from bot.state.folder import Folder
from bot.state.places import backend_of
from bot.state.seal import Sealer
from bot.state.state import State
from tests.state.conftest import Place
from tests.state.deleter import CONVERSATION, DELETES_EVERY, SECRET
from tests.state.killing import killed

# How long each process lives after its first message.
LIVES = (0.0, 0.003, 0.011, 0.023, 0.04, 0.07, 0.1, 0.13, 0.2)


def killed_at_work(place: Place, folder: Path, seconds: float) -> dict[str, int]:
    said = killed("tests.state.deleter", place.url, str(folder), seconds=seconds)
    time.sleep(0.1)  # a server may still be at what it was asked for last
    return said


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

    states = [asyncio.run(check(killed_at_work(durable, folder, seconds))) for seconds in LIVES]
    assert caplog.text == ""
    assert states[-1] > len(LIVES)
