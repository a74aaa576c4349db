"""The routes of the widget's channel, at /webhooks/web: a session, messages in, the log out, and a WebSocket beside them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.channels.base import Channel, Served
from bot.channels.converse import OnNewMessage
from bot.channels.http import Edge, as_json, as_response, decoded, token_of
from bot.channels.limits import RateLimit
from bot.channels.web.chats import Chats, News, Refusal, Said
from bot.channels.web.sessions import Sessions
from bot.channels.web.socket import Sockets
from bot.dialogue.logs import kind_and_place
from bot.settings import settings
from bot.state.state import state
from bot.wording.speaker import speaker

logger = logging.getLogger(__name__)

MAX_BODY = 20_000
# The longest that a poll may wait for news.
LONGEST_WAIT = 25.0
# From one address, behind which may be a whole clinic. A tab that has lost its line tries again every few seconds.
SESSIONS_PER_MINUTE = 30
CONNECTIONS_PER_MINUTE = 300
_STATUS = {"invalid": 400, "ended": 401, "too_long": 413, "too_fast": 429, "unavailable": 503}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}

Handler = Callable[[Request], Awaitable[Response]]


class WebChannel(Channel):
    """The channel of the chat widget."""

    @classmethod
    def name(cls) -> str:
        """The name in the URL."""
        return "web"

    def serve(self, on_new_message: OnNewMessage, edge: Edge) -> Served:
        """The routes of the channel."""
        sessions = Sessions(state().hashed)
        chats = Chats(state(), partial(self.answer, on_new_message), edge.turns)
        routes = _Routes(edge, sessions, chats, Sockets(chats, sessions.check), settings().origins)
        return Served(routes.all(), chats.start, chats.stop)


class _Routes:
    """What the routes do. A page of a site that is not ours is refused in all of them."""

    def __init__(self, edge: Edge, sessions: Sessions, chats: Chats, sockets: Sockets, origins: tuple[str, ...]) -> None:
        self._edge, self._sessions, self._chats, self._sockets = edge, sessions, chats, sockets
        self._origins = origins
        self._new_sessions, self._new_sockets = RateLimit(SESSIONS_PER_MINUTE), RateLimit(CONNECTIONS_PER_MINUTE)

    def all(self) -> list[BaseRoute]:
        """The routes below /webhooks/web."""
        handlers: dict[str, tuple[str, Handler]] = {
            "/hello": ("GET", self._hello),
            "/session": ("POST", self._session),
            "/message": ("POST", self._message),
            "/entries": ("GET", self._entries),
            "/end": ("POST", self._end),
        }
        http = [Route(path, self._shared(handler), methods=[method, "OPTIONS"]) for path, (method, handler) in handlers.items()]
        return [*http, WebSocketRoute("/socket", self._socket)]

    def _shared(self, handler: Handler) -> Handler:
        """The handler for known pages alone, which may read the response."""

        async def handle(request: Request) -> Response:
            origin = request.headers.get("origin")
            known = origin is not None and self._allows(origin, request.headers)
            if origin is not None and not known:
                response = as_response({"error": "this site is not in AFTERCHECK_ORIGINS"}, 403)
            elif request.method == "OPTIONS":
                response = Response(status_code=204, headers=_PREFLIGHT)
            else:
                response = await self._answered(handler, request)
            response.headers["Vary"] = "Origin"
            if origin is not None and known:
                response.headers["Access-Control-Allow-Origin"] = origin
            return response

        return handle

    async def _answered(self, handler: Handler, request: Request) -> Response:
        try:
            return await handler(request)
        except HTTPException as error:
            return _refused(Refusal("too_long" if error.status_code == 413 else "unavailable"))
        except Exception as error:  # the store may be away
            logger.error("a request failed: %s", kind_and_place(error))
            return _refused(Refusal("unavailable"))

    def _allows(self, origin: str, headers: Headers) -> bool:
        return is_allowed(origin, headers.get("host", ""), self._origins)

    async def _hello(self, request: Request) -> Response:
        return as_response(greeting())

    async def _session(self, request: Request) -> Response:
        if not self._new_sessions.allows(self._edge.address(request)):
            return _refused(Refusal("too_fast", speaker().plain("too_fast").text))
        return as_response(msgspec.to_builtins(self._sessions.issue()))

    async def _message(self, request: Request) -> Response:
        session = self._sessions.check(token_of(request.headers))
        if session is None:
            return _refused(Refusal("ended"))
        said = decoded(await self._edge.body(request, MAX_BODY), Said)
        if said is None:
            return _refused(Refusal("invalid"))
        refusal = await self._chats.say(session, said, self._edge.address(request))
        return as_response({"ok": True}) if refusal is None else _refused(refusal)

    async def _entries(self, request: Request) -> Response:
        session = self._sessions.check(token_of(request.headers))
        if session is None:
            return _refused(Refusal("ended"))
        wait = min(float(_number(request, "wait")), LONGEST_WAIT)
        news = await self._chats.news(session, _number(request, "after"), wait)
        if isinstance(news, News):
            return as_response({"entries": news.entries, "typing": news.typing})
        return _refused(news)

    async def _end(self, request: Request) -> Response:
        session = self._sessions.check(token_of(request.headers))
        if session is None:
            return _refused(Refusal("ended"))
        await self._chats.end(session)
        return as_response({})

    async def _socket(self, socket: WebSocket) -> None:
        origin, address = socket.headers.get("origin"), self._edge.address(socket)
        if origin is not None and not self._allows(origin, socket.headers):
            await socket.close(1008)
        elif not self._new_sockets.allows(address):
            await socket.send_denial_response(_refused(Refusal("too_fast", speaker().plain("too_fast").text)))
        else:
            await self._sockets.serve(socket, address)


def is_allowed(origin: str, host: str, origins: tuple[str, ...]) -> bool:
    """Whether a page of an origin may talk to us, who are called `host`: our own pages, and those of AFTERCHECK_ORIGINS."""
    try:
        return origin in origins or (host != "" and urlsplit(origin).netloc == host)
    except ValueError:
        return False


def _number(request: Request, name: str) -> int:
    value = request.query_params.get(name, "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _refused(refusal: Refusal) -> Response:
    return as_response(msgspec.to_builtins(refusal), _STATUS[refusal.error])


def greeting() -> dict[str, Any]:
    """What the widget shows before anything is said."""
    voice = speaker()
    names = voice.names
    number = names["emergency"]
    digits = "".join(c for c in number if c.isdigit())
    is_number = digits == number.replace(" ", "")
    return {
        "messages": [as_json(voice.plain("greeting"))],
        "clinic": {"name": names["clinic"], "phone": names["phone"], "phone_link": _tel(names["phone"])},
        "emergency": {"number": number, "link": f"tel:{digits}" if is_number else None},
        "warning_signs": [flag.text for flag in voice.pack.red_flags],
    }


def _tel(phone: str) -> str:
    return "tel:" + "".join(c for c in phone if c.isdigit() or c == "+")
