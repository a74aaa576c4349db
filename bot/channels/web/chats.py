"""The conversations of the widget: a message is kept once by its id, and everything said is an entry of a numbered log.

Whoever follows a conversation (a tab, over its WebSocket or by polling) needs only the number of the last entry that it has
shown: nothing is lost or doubled by a reconnect, a second tab or a restart of the server.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec

from bot.channels.converse import emergency_by_itself, well_formed
from bot.channels.engine import Engine
from bot.channels.fair import Turns
from bot.channels.http import as_json
from bot.channels.limits import RateLimit
from bot.dialogue.logs import kind_and_place
from bot.state.backend import StoreError
from bot.state.model import Entry, Outcome, Received
from bot.state.state import State
from bot.wording.reply import Reply
from bot.wording.speaker import speaker

logger = logging.getLogger(__name__)

CHANNEL = "web"
MAX_MESSAGE = 2000
MAX_TITLE = 300
# Polls of one session that may wait at once, and questions for its log in a minute: far more than some tabs ask for.
MAX_WAITING = 20
LOOKS_PER_MINUTE = 600
# Seconds that a poll with something new waits for the end of the turn.
MOMENT = 0.5
# Sessions of which it is known from where they were last written to.
REMEMBERED = 10_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

Converse = Callable[[str, str], Awaitable[list[Reply]]]


class Said(msgspec.Struct, frozen=True):
    """A message of a patient. `title` is what the patient saw as said, where that is not the text itself."""

    id: str
    text: str
    title: str | None = None


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something was not done: `invalid`, `too_long`, `too_fast`, `ended` or `unavailable`; `text` is for the patient.

    `replies` answer an emergency that the store could not keep: the patient sees them, and the widget tries again.
    """

    error: str
    text: str | None = None
    replies: list[dict[str, Any]] | None = None


class News(msgspec.Struct, frozen=True):
    """What is new in a session: entries, whether a reply is being written, and whether the session has ended."""

    entries: list[dict[str, Any]]
    typing: bool
    ended: bool = False


Follower = Callable[[str, News], Awaitable[None]]


class Chats:
    """All conversations of the widget. A `session` is what `Sessions.check` gives."""

    def __init__(self, state: State, converse: Converse, turns: Turns) -> None:
        self._state, self._converse, self._turns = state, converse, turns
        self._addresses: OrderedDict[str, str] = OrderedDict()
        self._messages, self._looks = RateLimit(), RateLimit(LOOKS_PER_MINUTE)
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._followers: list[Follower] = []
        self._stopped = False
        self._engine = Engine(state, CHANNEL, self._answer, otherwise=self._otherwise, published=self._published)

    def follow(self, follower: Follower) -> None:
        """Tell a follower of everything that is new."""
        self._followers.append(follower)

    async def start(self) -> None:
        """Go on with the messages that an earlier process left."""
        await self._engine.start()

    async def stop(self) -> None:
        """Leave the rest to the next process, and answer the polls that wait."""
        self._stopped = True
        for session in list(self._waiting):
            self._wake(session)
        await self._engine.stop()

    # -- in --------------------------------------------------------------------------------------------------------

    async def say(self, session: str, said: Said, address: str = "") -> Refusal | None:
        """Take a message. When this returns None, it is kept and will be answered; a second one of its id changes nothing."""
        if not _ID.fullmatch(said.id) or len(said.title or "") > MAX_TITLE:
            return Refusal("invalid")
        self._came_from(session, address)
        if len(said.text) > MAX_MESSAGE and await self._urgent(session, said.text) is None:
            return Refusal("too_long")
        # A limit never drops an emergency: what is over it is still read, when it is its turn.
        if not self._messages.allows(session) and await self._urgent(session, said.text) is None:
            return Refusal("too_fast", speaker().plain("too_fast").text)
        whole = Said(said.id, well_formed(said.text), well_formed(said.title) if said.title else None)
        try:
            if await self.ended(session):
                return Refusal("ended")
            new = await self._engine.accept(_received(session, whole))
        except Exception as error:  # the store is away
            urgent = await self._urgent(session, said.text)
            if urgent is None:
                raise
            logger.error("an emergency was answered without the store: %s", kind_and_place(error))
            return Refusal("unavailable", replies=[as_json(urgent)])
        if new:
            await self._tell(session, News([], self.typing(session)))
        return None

    async def _urgent(self, session: str, text: str) -> Reply | None:
        async with self._turns.of(self._address(session), session, spare=True):
            return emergency_by_itself(text)

    def _came_from(self, session: str, address: str) -> None:
        self._addresses[session] = address
        self._addresses.move_to_end(session)
        while len(self._addresses) > REMEMBERED:
            self._addresses.popitem(last=False)

    def _address(self, session: str) -> str:
        """From where a session was last written to; after a restart each is on its own."""
        return self._addresses.get(session, session)

    async def end(self, session: str) -> None:
        """Forget a conversation; its token is dead from then on. Ending it twice changes nothing."""
        # Whoever leaves quickly does not wait for the answer.
        await asyncio.shield(asyncio.ensure_future(self._end(session)))

    async def _end(self, session: str) -> None:
        conversation = _conversation(session)
        await self._state.save(_ended(conversation), b"ended", time.time())
        await self._state.forget(CHANNEL, conversation)
        await self._tell(session, News([], False, ended=True))

    async def ended(self, session: str) -> bool:
        """Whether a conversation was ended."""
        return await self._state.load(_ended(_conversation(session))) is not None

    # -- out -------------------------------------------------------------------------------------------------------

    async def news(self, session: str, after: int, seconds: float = 0.0) -> News | Refusal:
        """What was said after entry number `after`. When that is nothing, wait up to `seconds` for something to happen."""
        if not self._looks.allows(session):
            return Refusal("too_fast")
        event, waiting = asyncio.Event(), self._waiting.setdefault(session, set())
        waiting.add(event)
        try:
            news = await self._complete(session, after, event, seconds)
            if news.entries or news.ended or seconds <= 0 or self._stopped or len(waiting) > MAX_WAITING:
                return Refusal("ended") if news.ended else news
            try:
                await asyncio.wait_for(event.wait(), seconds)
            except asyncio.TimeoutError:
                return News([], self.typing(session))
            news = await self._complete(session, after, event, seconds)
            return Refusal("ended") if news.ended else news
        finally:
            waiting.discard(event)
            if not waiting and self._waiting.get(session) is waiting:
                del self._waiting[session]

    async def _complete(self, session: str, after: int, event: asyncio.Event, seconds: float) -> News:
        """What is new. A poll that meets a reply just before its turn is over waits for that: it will not hear of it again."""
        event.clear()
        news = await self._now(session, after)
        if news.entries and news.typing and seconds > 0 and not self._stopped:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(event.wait(), MOMENT)
            news = await self._now(session, after)
        return news

    def typing(self, session: str) -> bool:
        """Whether a reply is being written."""
        return self._engine.busy(_conversation(session))

    async def _now(self, session: str, after: int) -> News:
        if await self.ended(session):
            return News([], False, ended=True)
        conversation = _conversation(session)
        unsaved = [entry for entry in self._engine.unsaved(conversation) if entry.number > after]
        try:
            entries = await self._state.entries(CHANNEL, conversation, after)
        except StoreError:
            if not unsaved or unsaved[0].number > after + 1:
                raise
            entries = []
        known = {entry.number for entry in entries}
        whole = [*entries, *(entry for entry in unsaved if entry.number not in known)]
        return News([_as_object(entry) for entry in whole], self.typing(session))

    # -- between ---------------------------------------------------------------------------------------------------

    async def _answer(self, message: Received) -> Outcome:
        said = msgspec.json.decode(message.body, type=Said)
        session = message.conversation.partition(":")[2]
        if await self.ended(session):
            return Outcome()
        behind = self._engine.behind(message.conversation)
        async with self._turns.of(self._address(session), session, behind=behind):
            return _outcome(said, await self._converse(session, said.text))

    def _otherwise(self, message: Received) -> Outcome:
        said = msgspec.json.decode(message.body, type=Said)
        return _outcome(said, [emergency_by_itself(said.text) or speaker().fallback("away")])

    async def _published(self, conversation: str, entries: list[Entry]) -> None:
        session = conversation.partition(":")[2]
        await self._tell(session, News([_as_object(entry) for entry in entries], self.typing(session)))

    async def _tell(self, session: str, news: News) -> None:
        self._wake(session)
        for follower in self._followers:
            await follower(session, news)

    def _wake(self, session: str) -> None:
        for event in self._waiting.get(session, ()):
            event.set()


def _conversation(session: str) -> str:
    return f"{CHANNEL}:{session}"


def _received(session: str, said: Said) -> Received:
    return Received(
        channel=CHANNEL,
        id=f"{session}:{said.id}",
        conversation=_conversation(session),
        at=time.time(),
        body=msgspec.json.encode(said),
    )


def _ended(conversation: str) -> str:
    """Where it is kept that a conversation was ended, for as long as its token might be shown again."""
    return f"{conversation}#ended"


def _outcome(said: Said, replies: list[Reply]) -> Outcome:
    patient = {"from": "patient", "id": said.id, "text": said.title or said.text}
    shown = [patient, *({"from": "bot", **as_json(reply)} for reply in replies)]
    return Outcome(entries=tuple(msgspec.json.encode(each) for each in shown))


def _as_object(entry: Entry) -> dict[str, Any]:
    return {"number": entry.number, "at": entry.at, **msgspec.json.decode(entry.body)}
