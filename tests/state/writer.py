"""Answers messages as fast as it can until it is killed: `python -m tests.state.writer PLACE`. It says what it has done.

Message N leads to three entries and to the dialogue's state N, and each message begins where the one before it ended.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from pathlib import Path

from bot.state.backend import Backend
from bot.state.model import Outcome, Received
from bot.state.places import backend_of

CONVERSATION = "chat:anna"


async def answer(store: Backend, message: Received) -> None:
    bodies = tuple(f"{message.id}.{part}".encode() for part in range(3))
    await store.finish(message, Outcome(entries=bodies, conversations={"anna": message.id.encode()}))
    print("answered", message.id, flush=True)


async def write(place: str) -> None:
    store, _ = backend_of(place, Path())
    for message in await store.unanswered("chat"):
        await answer(store, message)
    for number in count(int(await store.load("anna") or 0) + 1):
        message = Received(channel="chat", id=str(number), conversation=CONVERSATION, at=time.time(), body=b"x" * 500)
        await store.receive(message)
        print("received", number, flush=True)
        await answer(store, message)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
