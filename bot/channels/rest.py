"""REST: `{"sender", "message"}` in, a list of messages out, in the shape of Rasa's own REST channel.

With AFTERCHECK_REST_TOKEN set, every request must carry `Authorization: Bearer <token>`. Without it only this machine
is served: `bot.listen` refuses another address, and the channel itself refuses whoever comes from elsewhere or through a
proxy, so that `rasa run`, which listens everywhere, is no way round.
"""

from __future__ import annotations

import ipaddress
import secrets

import msgspec
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.base import Channel
from bot.channels.converse import OnNewMessage, well_formed
from bot.channels.http import as_json, decoded, same, token_of
from bot.settings import settings

MAX_SENDER = 128
MAX_BODY = 200_000
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Incoming(msgspec.Struct, frozen=True):
    """What a request holds. Rasa's other keys (`input_channel`, `metadata`) are accepted and not used.

    Without a sender the message begins a conversation of its own, whose id is the `recipient_id` of the replies: people
    who are not told apart must not share one. A message without text (a picture) is answered as an empty one.
    """

    message: str | None = None
    sender: str | None = None


class RestChannel(Channel):
    """The REST channel, at /webhooks/rest/webhook."""

    @classmethod
    def name(cls) -> str:
        """The name in the URL."""
        return "rest"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes of the channel."""
        routes = Blueprint("aftercheck_rest")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            refused = _refused(request)
            if refused:
                return json({"error": refused}, status=401)
            if len(request.body) > MAX_BODY:
                return json({"error": f"the request is larger than {MAX_BODY} bytes"}, status=413)
            incoming = decoded(request.body, Incoming)
            if incoming is None:
                expected = 'expected JSON such as {"sender": "anna", "message": "my eyelid droops"}'
                return json({"error": expected}, status=400)
            sender = secrets.token_urlsafe(12) if incoming.sender is None else well_formed(incoming.sender)
            if not 0 < len(sender) <= MAX_SENDER:
                return json({"error": f"`sender` must have 1 to {MAX_SENDER} characters"}, status=400)
            replies = await self.answer(on_new_message, sender, incoming.message or "")
            return json([as_json(reply, sender) for reply in replies])

        return routes


def _refused(request: Request) -> str | None:
    """Why a request may not be served; None when it may."""
    wanted = settings().rest_token
    if wanted is not None:
        return None if same(token_of(request), wanted) else "a valid token is needed: Authorization: Bearer ..."
    local = ipaddress.ip_address(request.ip).is_loopback and not any(header in request.headers for header in _PROXIED)
    return None if local else "REST has no token, so only this machine is served; the server needs AFTERCHECK_REST_TOKEN"
