"""The conversations of the widget: a message is kept once by its id, and everything said is an entry of a numbered log.

Whoever follows a conversation (a tab, over Socket.IO or by polling) needs only the number of the last entry that it has
shown: nothing is lost or doubled by a reconnect, a second tab or a restart of the server.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from bot.channels.engine import Engine
from bot.channels.http import as_json
from bot.channels.limits import RateLimit
from bot.state.model import Entry, Outcome, Received
from bot.state.state import State
from bot.wording.reply import Reply
from bot.wording.speaker import speaker

CHANNEL = "web"
MAX_MESSAGE = 2000
MAX_TITLE = 300
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

Converse = Callable[[str, str], Awaitable[list[Reply]]]
# Told of what is new in a session: its new entries, and whether a reply is being written.
Follower = Callable[[str, list[dict[str, Any]], bool], Awaitable[None]]


class Said(msgspec.Struct, frozen=True):
    """A message of a patient. `title` is what the patient saw as said, where that is not the text itself."""

    id: str
    text: str
    title: str | None = None


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a message was not taken: `invalid`, `too_long`, `too_fast` or `ended`; `text` is for the patient."""

    error: str
    text: str | None = None


class Chats:
    """All conversations of the widget."""

    def __init__(self, state: State, converse: Converse) -> None:
        self._state, self._converse = state, converse
        self._limit = RateLimit()
        self._busy: dict[str, int] = defaultdict(int)
        self._news: dict[str, asyncio.Event] = {}
        self._followers: list[Follower] = []
        self.engine = Engine(state, CHANNEL, self._answer, published=self._published)

    def follow(self, follower: Follower) -> None:
        """Tell a follower of everything that is new."""
        self._followers.append(follower)

    async def say(self, session: str, said: Said) -> Refusal | None:
        """Take a message. When this returns None, it is kept and will be answered; a second one of its id changes nothing."""
        if not _ID.fullmatch(said.id) or len(said.title or "") > MAX_TITLE:
            return Refusal("invalid")
        if len(said.text) > MAX_MESSAGE:
            return Refusal("too_long")
        if await self.ended(session):
            return Refusal("ended")
        if not self._limit.allows(session):
            return Refusal("too_fast", speaker().plain("too_fast").text)
        message = Received(
            channel=CHANNEL,
            id=f"{session}:{said.id}",
            conversation=_conversation(session),
            at=time.time(),
            body=msgspec.json.encode(said),
        )
        if await self.engine.accept(message):
            self._busy[session] += 1
            await self._tell(session, [])
        return None

    async def entries(self, session: str, after: int) -> list[dict[str, Any]]:
        """What was said after entry number `after`."""
        return [_as_object(entry) for entry in await self._state.entries(CHANNEL, _conversation(session), after)]

    def typing(self, session: str) -> bool:
        """Whether a reply is being written."""
        return session in self._busy

    async def news(self, session: str, after: int, seconds: float) -> list[dict[str, Any]]:
        """As `entries`; when there are none, waits until there is something new, but no longer than `seconds`."""
        event = self._news.setdefault(session, asyncio.Event())
        entries = await self.entries(session, after)
        if entries or seconds <= 0:
            return entries
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except asyncio.TimeoutError:
            return []
        return await self.entries(session, after)

    async def end(self, session: str) -> None:
        """Forget a conversation; its token is dead from then on."""
        await self._state.forget(CHANNEL, _conversation(session))
        await self._state.save(f"{_conversation(session)}#ended", b"ended", time.time())
        self._busy.pop(session, None)
        await self._tell(session, [])

    async def ended(self, session: str) -> bool:
        """Whether a conversation was ended."""
        return await self._state.load(f"{_conversation(session)}#ended") is not None

    async def _answer(self, message: Received) -> Outcome:
        said = msgspec.json.decode(message.body, type=Said)
        session = message.conversation.partition(":")[2]
        if await self.ended(session):
            return Outcome()
        replies = await self._converse(session, said.text)
        patient = {"from": "patient", "id": said.id, "text": said.title or said.text}
        shown = [patient, *({"from": "bot", **as_json(reply)} for reply in replies)]
        return Outcome(entries=tuple(msgspec.json.encode(each) for each in shown))

    async def _published(self, entries: list[Entry]) -> None:
        session = entries[0].conversation.partition(":")[2]
        waiting = self._busy.pop(session, 0) - 1
        if waiting > 0:
            self._busy[session] = waiting
        await self._tell(session, [_as_object(entry) for entry in entries])

    async def _tell(self, session: str, entries: list[dict[str, Any]]) -> None:
        waiting = self._news.pop(session, None)
        if waiting is not None:
            waiting.set()
        for follower in self._followers:
            await follower(session, entries, self.typing(session))


def _conversation(session: str) -> str:
    return f"{CHANNEL}:{session}"


def _as_object(entry: Entry) -> dict[str, Any]:
    return {"number": entry.number, "at": entry.at, **msgspec.json.decode(entry.body)}
