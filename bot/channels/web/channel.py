"""The routes of the widget's channel, at /webhooks/web: a session, messages in, the log out, and Socket.IO beside them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, empty, json

from bot.channels.base import Channel
from bot.channels.converse import OnNewMessage
from bot.channels.http import as_json, decoded, token_of
from bot.channels.limits import MESSAGES_PER_MINUTE, RateLimit
from bot.channels.web.chats import Chats, Refusal, Said
from bot.channels.web.sessions import Sessions
from bot.channels.web.socket import SocketBlueprint, socket_server
from bot.settings import settings
from bot.state.state import state
from bot.wording.reply import Reply
from bot.wording.speaker import speaker

MAX_BODY = 20_000
# The longest that a poll may wait for news.
LONGEST_WAIT = 25.0
_STATUS = {"invalid": 400, "ended": 401, "too_long": 413, "too_fast": 429}


class WebChannel(Channel):
    """The channel of the chat widget."""

    @classmethod
    def name(cls) -> str:
        """The name in the URL."""
        return "web"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes of the channel."""

        async def converse(session: str, text: str) -> list[Reply]:
            return await self.answer(on_new_message, session, text)

        sessions = Sessions(lambda body: state().hashed("web session", body))
        new_sessions = RateLimit(MESSAGES_PER_MINUTE)
        chats = Chats(state(), converse)
        routes = SocketBlueprint("aftercheck_web", socket_server(chats, sessions.check, allowed))

        @routes.listener("before_server_start")
        async def start(app: Sanic, loop: Any) -> None:
            await chats.engine.start()

        @routes.listener("before_server_stop")
        async def stop(app: Sanic, loop: Any) -> None:
            await chats.engine.stop()

        @routes.on_response
        async def share(request: Request, response: BaseHTTPResponse) -> None:
            origin = request.headers.get("origin")
            response.headers["Vary"] = "Origin"
            if origin and allowed(origin, request.host):
                response.headers["Access-Control-Allow-Origin"] = origin

        @routes.options("/<path:path>")
        async def preflight(request: Request, path: str) -> HTTPResponse:
            permitted = {
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type",
                "Access-Control-Max-Age": "600",
            }
            return empty(headers=permitted)

        @routes.get("/hello")
        async def hello(request: Request) -> HTTPResponse:
            return json(greeting())

        @routes.post("/session")
        async def session(request: Request) -> HTTPResponse:
            # Behind a proxy, SANIC_PROXIES_COUNT says how many there are, and so whose address counts.
            if not _from_allowed(request) or not new_sessions.allows(request.remote_addr or request.ip):
                return json({"error": "too_fast"}, status=429 if _from_allowed(request) else 403)
            return json(msgspec.to_builtins(sessions.issue()))

        @routes.post("/message")
        async def message(request: Request) -> HTTPResponse:
            session_id = sessions.check(token_of(request))
            if session_id is None:
                return _refused(Refusal("ended"))
            if len(request.body) > MAX_BODY:
                return _refused(Refusal("too_long"))
            said = decoded(request.body, Said)
            refusal = Refusal("invalid") if said is None else await chats.say(session_id, said)
            return json({"ok": True}) if refusal is None else _refused(refusal)

        @routes.get("/entries")
        async def entries(request: Request) -> HTTPResponse:
            session_id = sessions.check(token_of(request))
            if session_id is None or await chats.ended(session_id):
                return _refused(Refusal("ended"))
            after, wait = _number(request, "after"), min(float(_number(request, "wait")), LONGEST_WAIT)
            return json({"entries": await chats.news(session_id, after, wait), "typing": chats.typing(session_id)})

        @routes.post("/end")
        async def end(request: Request) -> HTTPResponse:
            session_id = sessions.check(token_of(request))
            if session_id is None:
                return _refused(Refusal("ended"))
            await request.app.ctx.agent.tracker_store.forget(f"{self.name()}:{session_id}")
            await chats.end(session_id)
            return json({})

        return routes


def allowed(origin: str, host: str) -> bool:
    """Whether a page of this origin may talk to us: our own pages, and those that AFTERCHECK_ORIGINS names."""
    return origin in settings().origins or urlsplit(origin).netloc == host


def _from_allowed(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or allowed(origin, request.host)


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
