"""The chat page's channel: sessions are issued and signed by the server, so that nobody can name another one's.

A session token is `<id>.<expiry>.<signature>`, the signature an HMAC-SHA256 under AFTERCHECK_SECRET (without one, under
a key that is made at every start).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from typing import Any

import msgspec
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.base import Channel
from bot.channels.converse import OnNewMessage
from bot.channels.http import as_json, decoded, same, token_of
from bot.settings import settings
from bot.wording.speaker import speaker

SESSION_SECONDS = 12 * 3600
MAX_MESSAGE = 2000
MAX_BODY = 20_000
# A person types no faster than this; a flood is stopped politely.
MESSAGES_PER_MINUTE = 30


class Incoming(msgspec.Struct, frozen=True):
    """What the page sends."""

    message: str


class Sessions:
    """Issues and checks session tokens."""

    def __init__(self, secret: str | None) -> None:
        self._key = (secret or secrets.token_hex(32)).encode()

    def issue(self) -> str:
        """A new token."""
        body = f"{secrets.token_urlsafe(18)}.{int(time.time()) + SESSION_SECONDS}"
        return f"{body}.{self._sign(body)}"

    def check(self, token: str) -> str | None:
        """The session id of a valid token; None when it is forged or has expired."""
        body, _, signature = token.rpartition(".")
        session, _, expiry = body.rpartition(".")
        if not session or not same(signature, self._sign(body)):
            return None
        return session if int(expiry) > time.time() else None

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


class RateLimit:
    """At most `limit` events in a minute for each key; keys that were silent for long are forgotten."""

    def __init__(self, limit: int, keys: int = 10_000) -> None:
        self._limit, self._keys = limit, keys
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def allows(self, key: str, now: float | None = None) -> bool:
        """Count one event and say whether it is within the limit."""
        now = time.monotonic() if now is None else now
        recent = [moment for moment in self._seen.pop(key, []) if now - moment < 60.0]
        allowed = len(recent) < self._limit
        self._seen[key] = [*recent, now] if allowed else recent
        while len(self._seen) > self._keys:
            self._seen.popitem(last=False)
        return allowed


class WebChannel(Channel):
    """The channel of the page at `/`, at /webhooks/web."""

    @classmethod
    def name(cls) -> str:
        """The name in the URL."""
        return "web"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes of the channel."""
        routes = Blueprint("aftercheck_web")
        sessions = Sessions(settings().secret)
        messages = RateLimit(MESSAGES_PER_MINUTE)
        new_sessions = RateLimit(MESSAGES_PER_MINUTE)

        @routes.get("/hello")
        async def hello(request: Request) -> HTTPResponse:
            return json(greeting())

        @routes.post("/session")
        async def session(request: Request) -> HTTPResponse:
            # Behind a proxy, SANIC_PROXIES_COUNT says how many there are, and so whose address counts.
            if not new_sessions.allows(request.remote_addr or request.ip):
                return json({"error": "too many sessions"}, status=429)
            return json({"token": sessions.issue()})

        @routes.post("/message")
        async def message(request: Request) -> HTTPResponse:
            session_id = sessions.check(token_of(request))
            if session_id is None:
                return json({"error": "the session has ended"}, status=401)
            if not messages.allows(session_id):
                return json({"error": speaker().plain("too_fast").text}, status=429)
            if len(request.body) > MAX_BODY:
                return json({"error": "too long"}, status=413)
            incoming = decoded(request.body, Incoming)
            if incoming is None:
                return json({"error": 'expected {"message": "..."}'}, status=400)
            if len(incoming.message) > MAX_MESSAGE:
                return json({"error": "too long"}, status=413)
            replies = await self.answer(on_new_message, session_id, incoming.message)
            return json({"messages": [as_json(reply) for reply in replies]})

        return routes


def greeting() -> dict[str, Any]:
    """What the page shows before anything is said."""
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
