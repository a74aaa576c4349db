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
from bot.channels.messaging.answering import Answering, Outgoing
from bot.channels.messaging.platform import Incoming, Malformed, Platform, Request, Response, WindowClosed
from bot.settings import SettingsError
from bot.state.model import Entry, Outcome, Received
from bot.state.state import state
from bot.wording.reply import Reply

logger = logging.getLogger(__name__)

# Meta sends up to 3 MB at once.
MAX_BODY = 3_000_000
# Requests that are not the platform's, from one address; more are refused without a look.
FORGERIES_PER_MINUTE = 60
# A platform that takes longer to take a message is tried again.
SECONDS = 20.0
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
        routes = Blueprint(f"aftercheck_{self.name()}")
        adapter, limit, forgeries = self.adapter, Flood(), RateLimit(FORGERIES_PER_MINUTE)
        kept_in = state()
        answering = Answering(adapter, kept_in, self._converse(on_new_message))

        async def answer(message: Received) -> Outcome:
            kept = msgspec.json.decode(message.body, type=Kept)
            try:
                await asyncio.wait_for(adapter.received(kept.incoming), COURTESY_SECONDS)
            except Exception as error:  # a courtesy; the answer is what matters
                logger.warning("%s: not told that a message arrived: %s", self.name(), type(error).__name__)
            if adapter.window_seconds is not None:
                await kept_in.mark(_asked(message.conversation), False)
            return await answering.answer(message.conversation, kept.incoming, flooding=kept.flooding)

        async def deliver(entry: Entry) -> None:
            outgoing = msgspec.json.decode(entry.body, type=Outgoing)
            try:
                if adapter.window_seconds is not None and time.time() - entry.at > adapter.window_seconds:
                    raise WindowClosed("the platform's window for free text has closed")
                name = f"{entry.conversation.partition(':')[2]}.{entry.number}.{entry.at:.3f}"
                await adapter.send(outgoing.address, msgspec.structs.replace(outgoing.part, name=name))
            except WindowClosed:
                if not await kept_in.marked(_asked(entry.conversation)):
                    await adapter.window_closed(outgoing.address)
                    await kept_in.mark(_asked(entry.conversation), True)
                raise

        def otherwise(message: Received) -> Outcome:
            return answering.otherwise(msgspec.json.decode(message.body, type=Kept).incoming)

        engine = Engine(
            kept_in,
            self.name(),
            answer,
            deliver,
            otherwise=otherwise,
            retries=self.retries,
            look_seconds=self.look_seconds,
        )

        @routes.listener("before_server_start")
        async def start(app: Sanic, loop: Any) -> None:
            await engine.start()

        @routes.listener("before_server_stop")
        async def stop(app: Sanic, loop: Any) -> None:
            await engine.stop()
            await adapter.http.aclose()

        @routes.route("/webhook", methods=["GET", "POST"])
        async def webhook(http: HttpRequest) -> HTTPResponse:
            return await answered(http)

        @routes.route("/webhook/<below:path>", methods=["GET", "POST", "PUT"])
        async def webhook_below(http: HttpRequest, below: str) -> HTTPResponse:
            return await answered(http)

        async def answered(http: HttpRequest) -> HTTPResponse:
            request, now, address = as_request(http), time.time(), http.remote_addr or http.ip
            if len(request.body) > MAX_BODY:
                return text("too large", status=413)
            handshake = adapter.handshake(request, now)
            if handshake is not None:
                return _as_http(handshake)
            if not adapter.genuine(request, now):
                return text("refused", status=403 if forgeries.allows(address) else 429)
            try:
                messages = adapter.read(request)
            except (Malformed, msgspec.ValidationError, msgspec.DecodeError):
                return text("this is not what the platform's documentation says", status=400)
            for incoming in messages:
                conversation = f"{self.name()}:{kept_in.hashed(self.name(), incoming.sender)}"
                flow = limit.of(conversation, incoming.id)
                if flow == "drop":
                    continue
                body = msgspec.json.encode(Kept(incoming, flow == "warn"))
                await engine.accept(Received(channel=self.name(), id=incoming.id, conversation=conversation, at=now, body=body))
            return _as_http(adapter.acknowledgement(request))

        return routes

    def _converse(self, on_new_message: OnNewMessage) -> Any:
        async def converse(conversation: str, said: str) -> list[Reply]:
            return await self.answer(on_new_message, conversation.partition(":")[2], said)

        return converse


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
