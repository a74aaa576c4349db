"""A process that is killed in the middle of anything leaves everything that it said was done, and nothing half done."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.state.places import backend_of
from tests.state.conftest import Place
from tests.state.killing import killed
from tests.state.writer import CONVERSATION

# How long each process lives after its first message.
LIVES = (0.0, 0.013, 0.029, 0.05, 0.11, 0.2)


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
        said = killed("tests.state.writer", durable.url, seconds=seconds)
        waiting, state, entries = asyncio.run(found())
        assert entries == [(3 * (n - 1) + part + 1, f"{n}.{part}".encode()) for n in range(1, state + 1) for part in range(3)]
        assert waiting in ([], [str(state + 1)])
        assert state >= said.get("answered", 0)
        assert state + len(waiting) >= said.get("received", 0)
        states.append(state)
    assert states[-1] > len(LIVES)
