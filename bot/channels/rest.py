"""REST: `{"sender", "message"}` in, a list of messages out, in the shape of Rasa's own REST channel.

With AFTERCHECK_REST_TOKEN set, every request must carry `Authorization: Bearer <token>`. Without it only this machine
is served (`server.check_address`).
"""

from __future__ import annotations

import hmac
from typing import Any

import msgspec
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.converse import OnNewMessage, converse
from bot.settings import settings
from bot.wording.reply import Reply

MAX_SENDER = 128
MAX_BODY = 200_000


class Incoming(msgspec.Struct, frozen=True):
    """What a request holds. Rasa's other keys (`input_channel`, `metadata`) are accepted and not used."""

    message: str
    sender: str = "default"


class RestChannel(InputChannel):  # type: ignore[misc]  # rasa has no types
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
            if not _allowed(request):
                return json({"error": "a valid token is needed: Authorization: Bearer ..."}, status=401)
            if len(request.body) > MAX_BODY:
                return json({"error": f"the request is larger than {MAX_BODY} bytes"}, status=413)
            try:
                incoming = msgspec.json.decode(request.body, type=Incoming)
            except (msgspec.DecodeError, UnicodeDecodeError):
                expected = 'expected JSON such as {"sender": "anna", "message": "my eyelid droops"}'
                return json({"error": expected}, status=400)
            if not 0 < len(incoming.sender) <= MAX_SENDER:
                return json({"error": f"`sender` must have 1 to {MAX_SENDER} characters"}, status=400)
            replies = await converse(on_new_message, self.name(), incoming.sender, incoming.message)
            return json([as_json(reply, incoming.sender) for reply in replies])

        return routes


def _allowed(request: Request) -> bool:
    wanted = settings().rest_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return wanted is None or hmac.compare_digest(given.encode(), wanted.encode())


def as_json(reply: Reply, recipient: str | None = None) -> dict[str, Any]:
    """A reply in Rasa's shape; parts that it does not have are left out."""
    shape: dict[str, Any] = {"recipient_id": recipient} if recipient is not None else {}
    shape["text"] = reply.text
    if reply.buttons:
        shape["buttons"] = [{"title": button.title, "payload": button.payload} for button in reply.buttons]
    if reply.custom:
        shape["custom"] = reply.custom
    return shape
