"""A process that is killed in the middle of anything leaves everything that it said was done, and nothing half done."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from bot.settings import ROOT
from bot.state.places import backend_of
from tests.state.conftest import Place
from tests.state.writer import CONVERSATION

# How long each process lives after its first message.
LIVES = (0.0, 0.013, 0.029, 0.05, 0.11, 0.2)


def killed(place: Place, seconds: float) -> dict[str, int]:
    """The last message that a process said it had received, and answered, before it was killed."""
    command = [sys.executable, "-m", "tests.state.writer", place.url]
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
    return {line.split()[0]: int(line.split()[1]) for line in lines if line.endswith("\n")}


def test_nothing_is_lost_doubled_or_half_done(durable: Place, tmp_path: Path) -> None:
    async def found() -> tuple[list[str], int, list[tuple[int, bytes]]]:
        store, _ = backend_of(durable.url, tmp_path)
        waiting = [message.id for message in await store.unanswered("chat")]
        state = int(await store.load("anna") or 0)
        entries = [(entry.number, entry.body) for entry in await store.entries("chat", CONVERSATION)]
        await store.close()
        return waiting, state, entries

    states = []
    for seconds in LIVES:
        said = killed(durable, seconds)
        waiting, state, entries = asyncio.run(found())
        assert entries == [(3 * (n - 1) + part + 1, f"{n}.{part}".encode()) for n in range(1, state + 1) for part in range(3)]
        assert waiting in ([], [str(state + 1)])
        assert state >= said.get("answered", 0)
        assert state + len(waiting) >= said.get("received", 0)
        states.append(state)
    assert states[-1] > len(LIVES)
