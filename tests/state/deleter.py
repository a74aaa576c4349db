"""Says things and has them deleted as fast as it can until it is killed: `python -m tests.state.deleter PLACE FOLDER`.

Turn N is a message that is kept while turn N - 1 is answered; every third one deletes what was said before. Two
conversations go on beside one in which all is deleted at once. It says what it has done.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from pathlib import Path

from bot.state.folder import Folder
from bot.state.model import Outcome, Received
from bot.state.places import backend_of
from bot.state.seal import Sealer
from bot.state.state import State

SECRET = b"a secret"
CONVERSATION, LEFT = "chat:anna", "chat:left"
DELETES_EVERY = 3


def message(number: int) -> Received:
    return Received(channel="chat", id=str(number), conversation=CONVERSATION, at=time.time(), body=f"said {number}".encode())


async def answer(state: State, received: Received) -> None:
    number = int(received.id)
    outcome = Outcome(
        entries=(f"reply {number}".encode(),),
        conversations={CONVERSATION: str(number).encode(), f"{CONVERSATION}#numbers": str(number).encode()},
        forgets=number % DELETES_EVERY == 0,
    )
    await state.finish(received, outcome)
    print("answered", number, flush=True)


async def leave(state: State, number: int) -> None:
    """A conversation of one message, at whose end all is deleted."""
    received = Received(channel="left", id=f"left {number}", conversation=LEFT, at=time.time(), body=b"said")
    await state.receive(received)
    await state.forget("left", LEFT)


async def go_on(place: str, folder: Path) -> None:
    state = State(backend_of(place, Path())[0], Sealer(SECRET), Folder(folder))
    await state.start()
    waiting = await state.unanswered("chat")
    last = max([int(await state.load(CONVERSATION) or 0), *(int(received.id) for received in waiting)])
    for received in waiting:
        await answer(state, received)
    before: Received | None = None
    for number in count(last + 1):
        received = message(number)

        async def keep(received: Received = received) -> None:
            await state.receive(received)
            print("received", received.id, flush=True)

        await asyncio.gather(keep(), leave(state, number), *([answer(state, before)] if before else []))
        before = received


if __name__ == "__main__":
    asyncio.run(go_on(sys.argv[1], Path(sys.argv[2])))
