"""The webhook of a messaging platform: check, keep, acknowledge at once, answer after.

request -> handshake? -> genuine? (403) -> read (400) -> kept in the state -> acknowledged
        -> engine: dialogue, frame, split -> platform
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

import httpx
import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from bot.channels.base import Channel, Served
from bot.channels.converse import OnNewMessage, emergency_by_itself
from bot.channels.done import Done, Noted
from bot.channels.engine import LOOK_SECONDS, RETRIES, Engine
from bot.channels.http import Edge, peer_of
from bot.channels.limits import Flood, RateLimit
from bot.channels.messaging.answering import Answering, Converse, Outgoing
from bot.channels.messaging.platform import Incoming, Kind, Malformed, Platform, Request, Response, WindowClosed
from bot.channels.messaging.rendering import parts
from bot.settings import SettingsError, strong_enough
from bot.state.backend import StoreError
from bot.state.model import Entry, Outcome, Received
from bot.state.state import State, state
from bot.wording.reply import Reply

logger = logging.getLogger(__name__)

# Requests that are not the platform's, from one address; more are refused without a look.
FORGERIES_PER_MINUTE = 60
# A platform that takes longer to take a message is tried again.
SECONDS = 20.0
# Secrets that the clinic makes up itself; the others are given by the platforms.
MADE_UP = ("secret_token", "verify_token", "as_token", "hs_token")
# An answer does not wait longer than this for "typing" to be shown.
COURTESY_SECONDS = 3.0


class Kept(msgspec.Struct, frozen=True):
    """A message as it is kept until it is answered."""

    incoming: Incoming
    flooding: bool = False


class MessagingChannel(Channel):
    """A channel on a messaging platform; a subclass names its `platform` and does nothing else."""

    platform: ClassVar[type[Platform]]
    retries: ClassVar[tuple[float, ...]] = RETRIES
    look_seconds: ClassVar[float] = LOOK_SECONDS

    def __init__(self, adapter: Platform) -> None:
        self.adapter = adapter

    @classmethod
    def name(cls) -> str:
        """The name in the URL."""
        return cls.platform.name

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> MessagingChannel:
        """Made from its entry in credentials.yml. Raises SettingsError: every secret must be there."""
        return cls(adapter_of(cls.platform, credentials))

    def serve(self, on_new_message: OnNewMessage, edge: Edge) -> Served:
        """The routes of the channel."""
        converse = self._converse(on_new_message, edge, lambda conversation: engine.behind(conversation))
        turns = _Turns(self.adapter, state(), converse)
        file = state().file(f"sent-{self.name()}")
        engine = Engine(
            state(),
            self.name(),
            turns.answer,
            turns.deliver,
            otherwise=turns.otherwise,
            sent=Done() if file is None else Noted(file),
            retries=self.retries,
            look_seconds=self.look_seconds,
        )
        webhook = _Webhook(self.adapter, state(), engine, edge)
        methods = ["GET", "POST", "PUT"]
        routes = [Route(path, webhook.receive, methods=methods) for path in ("/webhook", "/webhook/{below:path}")]
        return Served(routes, engine.start, webhook.stop)

    def _converse(self, on_new_message: OnNewMessage, edge: Edge, behind: Callable[[str], int]) -> Converse:
        async def converse(conversation: str, said: str, unread: str) -> list[Reply]:
            async with edge.turns.of(conversation, conversation, behind=behind(conversation)):
                return await self.answer(on_new_message, conversation.partition(":")[2], said, unread)

        return converse


class _Turns:
    """What the engine does with each kept message, and with each reply to it."""

    def __init__(self, adapter: Platform, kept_in: State, converse: Converse) -> None:
        self._adapter, self._state = adapter, kept_in
        self._answering = Answering(adapter, kept_in, converse)
        # Who was asked to write again, which the store has not taken yet.
        self._asked_now: set[str] = set()

    async def answer(self, message: Received) -> Outcome:
        """What a message leads to."""
        kept = msgspec.json.decode(message.body, type=Kept)
        try:
            await asyncio.wait_for(self._adapter.received(kept.incoming), COURTESY_SECONDS)
        except Exception as error:  # a courtesy; the answer is what matters
            logger.warning("%s: not told that a message arrived: %s", self._adapter.name, type(error).__name__)
        if self._adapter.window_seconds is not None:
            self._asked_now.discard(message.conversation)
            with suppress(StoreError):  # an answer is more than to be asked again some day
                await self._state.mark(_asked(message.conversation), False)
        return await self._answering.answer(message.conversation, kept.incoming, flooding=kept.flooding)

    def otherwise(self, message: Received) -> Outcome:
        """The safe fallback, for a message on which `answer` fails."""
        return self._answering.otherwise(msgspec.json.decode(message.body, type=Kept).incoming)

    async def deliver(self, entry: Entry) -> None:
        """Hand a reply to the platform; too late for that, ask the patient once to write again. Raises as Platform.send."""
        outgoing = msgspec.json.decode(entry.body, type=Outgoing)
        window = self._adapter.window_seconds
        try:
            if window is not None and time.time() - entry.at > window:
                raise WindowClosed("the platform's window for free text has closed")
            name = f"{entry.conversation.partition(':')[2]}.{entry.number}.{entry.at:.3f}"
            await self._adapter.send(outgoing.address, msgspec.structs.replace(outgoing.part, name=name))
        except WindowClosed:
            asked = _asked(entry.conversation)
            if entry.conversation not in self._asked_now and not await self._state.marked(asked):
                await self._adapter.window_closed(outgoing.address)
                self._asked_now.add(entry.conversation)
            await self._state.mark(asked, True)
            self._asked_now.discard(entry.conversation)
            raise


class _Webhook:
    """What the platform's requests lead to."""

    def __init__(self, adapter: Platform, kept_in: State, engine: Engine, edge: Edge) -> None:
        self._adapter, self._state, self._engine, self._edge = adapter, kept_in, engine, edge
        self._flood, self._forgeries = Flood(), RateLimit(FORGERIES_PER_MINUTE)
        # Emergencies that were answered although they could not be kept: the platform will bring them again.
        self._answered = Done()

    async def stop(self) -> None:
        await self._engine.stop()
        await self._adapter.http.aclose()

    async def receive(self, http: HttpRequest) -> HttpResponse:
        """Answer a request. When it is acknowledged, nothing can lose its messages."""
        if not self._adapter.may_be_genuine(http.method, http.headers):
            return self._forged(http)
        body = await self._edge.body(http, self._adapter.largest_request)
        request, now = as_request(http, body, self._edge), time.time()
        handshake = self._adapter.handshake(request, now)
        if handshake is not None:
            return _as_http(handshake)
        if not self._adapter.genuine(request, now):
            return self._forged(http)
        try:
            messages = self._adapter.read(request)
        except (Malformed, msgspec.ValidationError, msgspec.DecodeError):
            return PlainTextResponse("this is not what the platform's documentation says", 400)
        away = False
        for incoming in messages:
            # When one of them cannot be kept, those behind it come again with it.
            away = away or not await self._kept(incoming, now)
            if away:
                await self._answer_unkept(incoming)
        if away:
            raise HTTPException(503, "try again", {"Retry-After": "5"})
        return _as_http(self._adapter.acknowledgement(request))

    def _forged(self, http: HttpRequest) -> HttpResponse:
        return PlainTextResponse("refused", 403 if self._forgeries.allows(self._edge.address(http)) else 429)

    async def _kept(self, incoming: Incoming, now: float) -> bool:
        """Have a message answered; False while the store is away. Of a flood that was warned only emergencies are answered,
        but each is read."""
        conversation = self._conversation(incoming)
        flow = self._flood.of(conversation, incoming.id)
        if flow != "pass" and await self._urgent(conversation, incoming) is not None:
            flow = "pass"
        if flow == "drop":
            return True
        body = msgspec.json.encode(Kept(incoming, flooding=flow == "warn"))
        channel = self._adapter.name
        try:
            await self._engine.accept(Received(channel=channel, id=incoming.id, conversation=conversation, at=now, body=body))
        except Exception as error:  # the platform brings the message again
            logger.error("%s: a message was not kept: %s", channel, type(error).__name__)
            return False
        return True

    async def _answer_unkept(self, incoming: Incoming) -> None:
        """Answer an emergency that cannot be kept, once, as well as can be."""
        known = incoming.id in self._answered
        urgent = None if known else await self._urgent(self._conversation(incoming), incoming)
        if urgent is None:
            return
        try:
            for number, part in enumerate(parts(urgent, self._adapter.limits, "")):
                name = f"{self._state.hashed('unkept', incoming.id)}.{number}"
                await self._adapter.send(incoming.address, msgspec.structs.replace(part, name=name))
        except Exception as error:  # it is answered when the platform brings it again
            logger.error("%s: an emergency was not answered: %s", self._adapter.name, type(error).__name__)
            return
        self._answered.add(incoming.id)
        logger.error("%s: an emergency was answered without the store", self._adapter.name)

    def _conversation(self, incoming: Incoming) -> str:
        return f"{self._adapter.name}:{self._state.hashed(self._adapter.name, incoming.sender)}"

    async def _urgent(self, conversation: str, incoming: Incoming) -> Reply | None:
        if incoming.kind is Kind.GROUP or not incoming.text.strip():
            return None
        async with self._edge.turns.of(conversation, conversation, spare=True):
            return emergency_by_itself(incoming.text)


def adapter_of(platform: type[Platform], credentials: dict[str, Any] | None) -> Platform:
    """The adapter for an entry of credentials.yml. Raises SettingsError that names the option."""
    try:
        options = msgspec.convert(credentials or {}, platform.Options)
    except msgspec.ValidationError as error:
        quotes = " (put it in quotes)" if "got `int`" in str(error) else ""
        known = ", ".join(platform.Options.__struct_fields__)
        raise SettingsError(
            f"{platform.name}: {error}{quotes}; its options are: {known} (docs/channels/{platform.name}.md)"
        ) from None
    empty = [name for name in platform.Options.__struct_fields__ if str(getattr(options, name)).strip() == ""]
    if empty:
        raise SettingsError(f"{platform.name}: `{empty[0]}` is empty (docs/channels/{platform.name}.md says where it is found)")
    for name in platform.Options.__struct_fields__:
        value = str(getattr(options, name))
        if name in MADE_UP or (name.endswith(("_token", "_secret")) and len(set(value)) == 1):
            strong_enough(f"{platform.name}: `{name}`", value)
    return platform(options, httpx.AsyncClient(timeout=SECONDS))


def as_request(http: HttpRequest, body: bytes, edge: Edge) -> Request:
    """An HTTP request as adapters see it; its URL is the public one."""
    query = http.url.query
    path = http.scope["raw_path"].decode("ascii").partition("?")[0]
    return Request(
        method=http.method,
        url=edge.proxies.public_url(peer_of(http), http.headers, path) + (f"?{query}" if query else ""),
        headers=dict(http.headers),
        query=_first_of_each(http),
        body=body,
    )


def _first_of_each(http: HttpRequest) -> Mapping[str, str]:
    return dict(reversed(http.query_params.multi_items()))


def _asked(conversation: str) -> str:
    """The mark of a conversation in which the patient was asked to write again, and has not."""
    return f"asked:{conversation}"


def _as_http(response: Response) -> HttpResponse:
    return HttpResponse(response.body, response.status, media_type=response.content_type)
