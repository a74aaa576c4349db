"""What it costs to keep conversations: the same messages in one process with different stores, taken in turns.

    .venv/bin/python -m benchmarks.store [PLACE ...]

A PLACE is what AFTERCHECK_STORE may say; without one, memory and a SQLite file in the project are compared. A `direct`
turn is one of REST (read the dialogue, answer, save it). A turn with the `engine` is one of the page and of the messaging
channels: it also keeps the message before it is acknowledged, and saves the replies with the dialogue in one step.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from bot.dialogue.agent import load_agent, prepare
from bot.settings import ROOT
from bot.state.model import Entry, Outcome, Received
from bot.state.state import State, open_state

SAID = ("hello", "My left eyelid has been drooping since yesterday", "12 days ago", "forehead", "no", "no", "thanks")
ROUNDS, WARM = 60, 5
Turn = Callable[[str, str], Awaitable[None]]


def main(places: list[str]) -> None:
    """Print the median of a turn for each store, and how it compares with the first line."""
    prepare()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        places = places or ["memory:", f"sqlite:///{folder}/store.sqlite3"]
        agents = {place.split(":")[0]: _agent(place) for place in places}
        # As bot.server.serve does.
        gc.collect()
        gc.freeze()
        medians = asyncio.run(_medians(agents))
    first = next(iter(medians.values()))
    for name, milliseconds in medians.items():
        print(f"{name:32} {milliseconds:6.2f} ms  x {milliseconds / first:.2f}")


def _agent(place: str) -> tuple[Any, State]:
    from bot.dialogue.model import ensure_model

    os.environ["AFTERCHECK_STORE"] = place
    state = open_state()
    return load_agent(ensure_model(), state), state


async def _medians(agents: dict[str, tuple[Any, State]]) -> dict[str, float]:
    from bot.dialogue.model import ensure_model

    turns: dict[str, Turn] = {"dictionary, direct": _direct(load_agent(ensure_model()))}
    for name, (agent, state) in agents.items():
        turns[f"{name}, direct"] = _direct(agent)
        turns[f"{name}, engine"] = await _with_engine(agent, state)
    taken: dict[str, list[float]] = {name: [] for name in turns}
    for round_ in range(ROUNDS + WARM):
        for text in SAID:
            for name, turn in turns.items():
                began = time.perf_counter()
                await turn(f"user {round_}", text)
                if round_ >= WARM:
                    taken[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def _direct(agent: Any) -> Turn:
    from bot.channels.converse import converse

    async def turn(sender: str, text: str) -> None:
        await converse(agent.handle_message, "rest", sender, text)

    return turn


async def _with_engine(agent: Any, state: State) -> Turn:
    from bot.channels.converse import converse
    from bot.channels.engine import Engine

    answered = asyncio.Event()

    async def answer(message: Received) -> Outcome:
        sender, text = message.body.decode().split("\n")
        replies = await converse(agent.handle_message, "engine", sender, text)
        return Outcome(entries=tuple(reply.text.encode() for reply in replies))

    async def published(conversation: str, entries: list[Entry]) -> None:
        answered.set()

    engine = Engine(state, "engine", answer, otherwise=lambda _: Outcome(), published=published)

    async def turn(sender: str, text: str) -> None:
        answered.clear()
        conversation, body = f"engine:{sender}", f"{sender}\n{text}".encode()
        message = Received(channel="engine", id=str(uuid.uuid4()), conversation=conversation, at=time.time(), body=body)
        await engine.accept(message)
        await answered.wait()

    return turn


if __name__ == "__main__":
    main(sys.argv[1:])
