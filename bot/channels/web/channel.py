"""The routes of the widget's channel, at /webhooks/web: a session, messages in, the log out, and Socket.IO beside them."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, empty, json

from bot.channels.base import Channel
from bot.channels.converse import OnNewMessage
from bot.channels.http import as_json, decoded, token_of
from bot.channels.limits import RateLimit
from bot.channels.web.chats import Chats, News, Refusal, Said
from bot.channels.web.sessions import Sessions
from bot.channels.web.socket import MAX_PACKET, Sockets
from bot.settings import settings
from bot.state.state import state
from bot.wording.speaker import speaker

MAX_BODY = 20_000
# The longest that a poll may wait for news.
LONGEST_WAIT = 25.0
# From one address, behind which may be a whole clinic. A tab that has lost its line tries again every few seconds.
SESSIONS_PER_MINUTE = 30
CONNECTIONS_PER_MINUTE = 300
_STATUS = {"invalid": 400, "ended": 401, "too_long": 413, "too_fast": 429}


class WebChannel(Channel):
    """The channel of the chat widget."""

    @classmethod
    def name(cls) -> str:
        """The name in the URL."""
        return "web"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes of the channel."""
        sessions = Sessions(state().hashed)
        chats = Chats(state(), partial(self.answer, on_new_message))
        sockets = Sockets(chats, sessions.check)
        routes = _WithSockets("aftercheck_web")
        _start_and_stop(routes, chats, sockets)
        _let_in_known_pages(routes, settings().origins)
        _open_to_all(routes, sessions, sockets)
        _with_a_session(routes, sessions, chats)
        return routes


def _start_and_stop(routes: Blueprint, chats: Chats, sockets: Sockets) -> None:
    @routes.listener("before_server_start")
    async def start(app: Sanic, loop: Any) -> None:
        await chats.start()

    @routes.listener("before_server_stop")
    async def stop(app: Sanic, loop: Any) -> None:
        await chats.stop()
        await sockets.stop()


def _let_in_known_pages(routes: Blueprint, origins: tuple[str, ...]) -> None:
    """Refuse the other sites' pages, and let the known ones read the responses."""

    @routes.on_request
    async def refuse(request: Request) -> HTTPResponse | None:
        origin = request.headers.get("origin")
        if origin is None or is_allowed(origin, request.host, origins):
            return None
        return json({"error": "this site is not in AFTERCHECK_ORIGINS"}, status=403)

    @routes.on_response
    async def share(request: Request, response: BaseHTTPResponse) -> None:
        origin = request.headers.get("origin")
        response.headers["Vary"] = "Origin"
        if origin is not None and is_allowed(origin, request.host, origins):
            response.headers["Access-Control-Allow-Origin"] = origin

    async def preflight(request: Request) -> HTTPResponse:
        permitted = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        return empty(headers=permitted)

    for path in ("hello", "session", "message", "entries", "end"):
        routes.add_route(preflight, f"/{path}", methods=["OPTIONS"], name=f"preflight_{path}")


def _open_to_all(routes: Blueprint, sessions: Sessions, sockets: Sockets) -> None:
    """What needs no session, or checks it by itself."""
    new_sessions, new_sockets = RateLimit(SESSIONS_PER_MINUTE), RateLimit(CONNECTIONS_PER_MINUTE)

    @routes.get("/hello")
    async def hello(request: Request) -> HTTPResponse:
        return json(greeting())

    @routes.post("/session")
    async def session(request: Request) -> HTTPResponse:
        if not new_sessions.allows(_address(request)):
            return _refused(Refusal("too_fast"))
        return json(msgspec.to_builtins(sessions.issue()))

    async def socket(request: Request) -> Any:
        if not new_sockets.allows(_address(request)):
            return _refused(Refusal("too_fast"))
        return await sockets.handle(request)

    # Else Sanic would send a response where a WebSocket was.
    socket.is_websocket = True  # type: ignore[attr-defined]
    routes.add_route(socket, "/socket.io/")


def _with_a_session(routes: Blueprint, sessions: Sessions, chats: Chats) -> None:
    @routes.post("/message")
    async def message(request: Request) -> HTTPResponse:
        session = sessions.check(token_of(request))
        if session is None:
            return _refused(Refusal("ended"))
        if len(request.body) > MAX_BODY:
            return _refused(Refusal("too_long"))
        said = decoded(request.body, Said)
        refusal = Refusal("invalid") if said is None else await chats.say(session, said)
        return json({"ok": True}) if refusal is None else _refused(refusal)

    @routes.get("/entries")
    async def entries(request: Request) -> HTTPResponse:
        session = sessions.check(token_of(request))
        if session is None:
            return _refused(Refusal("ended"))
        wait = min(float(_number(request, "wait")), LONGEST_WAIT)
        news = await chats.news(session, _number(request, "after"), wait)
        if isinstance(news, News):
            return json({"entries": news.entries, "typing": news.typing})
        return _refused(news)

    @routes.post("/end")
    async def end(request: Request) -> HTTPResponse:
        session = sessions.check(token_of(request))
        if session is None:
            return _refused(Refusal("ended"))
        await chats.end(session)
        return json({})


class _WithSockets(Blueprint):
    """A blueprint for an application that must speak WebSocket."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Add the routes to an application."""
        app.config.WEBSOCKET_MAX_SIZE = MAX_PACKET
        app.enable_websocket()  # type: ignore[no-untyped-call]
        super().register(app, options)  # type: ignore[no-untyped-call]


def is_allowed(origin: str, host: str, origins: tuple[str, ...]) -> bool:
    """Whether a page of an origin may talk to us, who are called `host`: our own pages, and those of AFTERCHECK_ORIGINS."""
    return origin in origins or (host != "" and urlsplit(origin).netloc == host)


def _address(request: Request) -> str:
    """Who asks. Behind a proxy, SANIC_PROXIES_COUNT says how many there are, and so whose address counts."""
    return str(request.remote_addr or request.ip)


def _number(request: Request, name: str) -> int:
    value = request.args.get(name, "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _refused(refusal: Refusal) -> HTTPResponse:
    return json(msgspec.to_builtins(refusal), status=_STATUS[refusal.error])


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
