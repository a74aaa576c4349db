"""The webhook of a messaging platform: check, keep, acknowledge at once, answer after.

request -> handshake? -> genuine? (403) -> read (400) -> kept in the state -> acknowledged
        -> engine: dialogue, frame, split -> platform
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, ClassVar, cast

import httpx
import msgspec
from sanic import Blueprint, Sanic
from sanic.request import Request as HttpRequest
from sanic.response import HTTPResponse, text

from bot.channels.base import Channel
from bot.channels.converse import OnNewMessage
from bot.channels.engine import LOOK_SECONDS, RETRIES, Engine
from bot.channels.limits import Flood, RateLimit
from bot.channels.messaging.answering import Answering, Converse, Outgoing
from bot.channels.messaging.platform import Incoming, Malformed, Platform, Request, Response, WindowClosed
from bot.settings import SettingsError, strong_enough
from bot.state.model import Entry, Outcome, Received
from bot.state.state import State, state
from bot.wording.reply import Reply

logger = logging.getLogger(__name__)

# Meta sends up to 3 MB at once.
MAX_BODY = 3_000_000
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

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes of the channel."""
        turns = _Turns(self.adapter, state(), self._converse(on_new_message))
        engine = Engine(
            state(),
            self.name(),
            turns.answer,
            turns.deliver,
            otherwise=turns.otherwise,
            retries=self.retries,
            look_seconds=self.look_seconds,
        )
        webhook = _Webhook(self.adapter, state(), engine)

        routes = Blueprint(f"aftercheck_{self.name()}")
        routes.listener("before_server_start")(webhook.start)
        routes.listener("before_server_stop")(webhook.stop)

        # Functions, since Sanic writes attributes on handlers, which methods do not allow.
        @routes.route("/webhook", methods=["GET", "POST"])
        async def receive(http: HttpRequest) -> HTTPResponse:
            return await webhook.receive(http)

        @routes.route("/webhook/<below:path>", methods=["GET", "POST", "PUT"])
        async def receive_below(http: HttpRequest, below: str) -> HTTPResponse:
            return await webhook.receive(http)

        return routes

    def _converse(self, on_new_message: OnNewMessage) -> Converse:
        async def converse(conversation: str, said: str, unread: str) -> list[Reply]:
            return await self.answer(on_new_message, conversation.partition(":")[2], said, unread)

        return converse


class _Turns:
    """What the engine does with each kept message, and with each reply to it."""

    def __init__(self, adapter: Platform, kept_in: State, converse: Converse) -> None:
        self._adapter, self._state = adapter, kept_in
        self._answering = Answering(adapter, kept_in, converse)

    async def answer(self, message: Received) -> Outcome:
        """What a message leads to."""
        kept = msgspec.json.decode(message.body, type=Kept)
        try:
            await asyncio.wait_for(self._adapter.received(kept.incoming), COURTESY_SECONDS)
        except Exception as error:  # a courtesy; the answer is what matters
            logger.warning("%s: not told that a message arrived: %s", self._adapter.name, type(error).__name__)
        if self._adapter.window_seconds is not None:
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
            if not await self._state.marked(_asked(entry.conversation)):
                await self._adapter.window_closed(outgoing.address)
                await self._state.mark(_asked(entry.conversation), True)
            raise


class _Webhook:
    """What the platform's requests lead to."""

    def __init__(self, adapter: Platform, kept_in: State, engine: Engine) -> None:
        self._adapter, self._state, self._engine = adapter, kept_in, engine
        self._flood, self._forgeries = Flood(), RateLimit(FORGERIES_PER_MINUTE)

    async def start(self, app: Sanic, loop: Any) -> None:
        await self._engine.start()

    async def stop(self, app: Sanic, loop: Any) -> None:
        await self._engine.stop()
        await self._adapter.http.aclose()

    async def receive(self, http: HttpRequest) -> HTTPResponse:
        """Answer a request. When it is acknowledged, nothing can lose its messages."""
        request, now = as_request(http), time.time()
        if len(request.body) > MAX_BODY:
            return text("too large", status=413)
        handshake = self._adapter.handshake(request, now)
        if handshake is not None:
            return _as_http(handshake)
        if not self._adapter.genuine(request, now):
            return text("refused", status=403 if self._forgeries.allows(http.remote_addr or http.ip) else 429)
        try:
            messages = self._adapter.read(request)
        except (Malformed, msgspec.ValidationError, msgspec.DecodeError):
            return text("this is not what the platform's documentation says", status=400)
        for incoming in messages:
            await self._keep(incoming, now)
        return _as_http(self._adapter.acknowledgement(request))

    async def _keep(self, incoming: Incoming, now: float) -> None:
        """Have a message answered, unless it is one of a flood that was warned."""
        channel = self._adapter.name
        conversation = f"{channel}:{self._state.hashed(channel, incoming.sender)}"
        flow = self._flood.of(conversation, incoming.id)
        if flow != "drop":
            body = msgspec.json.encode(Kept(incoming, flooding=flow == "warn"))
            await self._engine.accept(Received(channel=channel, id=incoming.id, conversation=conversation, at=now, body=body))


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


def as_request(http: HttpRequest) -> Request:
    """An HTTP request as adapters see it; its URL is the public one, which a proxy tells in its headers."""
    headers = {name.lower(): value for name, value in http.headers.items()}
    scheme = headers.get("x-forwarded-proto", http.scheme).partition(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", "")).partition(",")[0].strip()
    prefix = headers.get("x-forwarded-prefix", "").rstrip("/")
    query = f"?{http.query_string}" if http.query_string else ""
    return Request(
        method=http.method,
        url=f"{scheme}://{host}{prefix}{http.path}{query}",
        headers=headers,
        query={name: values[0] for name, values in cast(dict[str, list[str]], http.args).items()},
        body=http.body,
    )


def _asked(conversation: str) -> str:
    """The mark of a conversation in which the patient was asked to write again, and has not."""
    return f"asked:{conversation}"


def _as_http(response: Response) -> HTTPResponse:
    return HTTPResponse(response.body, status=response.status, content_type=response.content_type)
