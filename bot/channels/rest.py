"""REST: `{"sender", "message"}` in, a list of messages out, in the shape of Rasa's own REST channel.

With AFTERCHECK_REST_TOKEN set, every request must carry `Authorization: Bearer <token>`. Without it only programs of this
machine are served: `bot.listen` refuses another address, and the channel itself refuses whoever comes from elsewhere or
through a proxy, whoever calls us by a name that is not this machine's, and what a page in a browser could send by itself.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.base import Channel, Served
from bot.channels.converse import OnNewMessage, emergency_by_itself, well_formed
from bot.channels.http import Edge, as_json, as_response, decoded, peer_of, same, token_of
from bot.edge.addresses import FORWARDED, is_this_machine
from bot.settings import settings
from bot.wording.reply import Reply

MAX_SENDER = 128
MAX_BODY = 200_000
# Requests that may wait for their turn.
MAX_WAITING = 200


class Incoming(msgspec.Struct, frozen=True):
    """What a request holds. Rasa's other keys (`input_channel`, `metadata`) are accepted and not used.

    Without a sender the message begins a conversation of its own, whose id is the `recipient_id` of the replies: people
    who are not told apart must not share one. A message without text (a picture) is answered as an empty one.
    """

    message: str | None = None
    sender: str | None = None


class Refused(Exception):
    """A request that is not served: the HTTP status, and what it should have been."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class RestChannel(Channel):
    """The REST channel, at /webhooks/rest/webhook."""

    @classmethod
    def name(cls) -> str:
        """The name in the URL."""
        return "rest"

    def serve(self, on_new_message: OnNewMessage, edge: Edge) -> Served:
        """The routes of the channel."""

        waiting = 0

        async def state(request: Request) -> Response:
            return as_response({"status": "ok"})

        async def replies_to(address: str, sender: str, message: str) -> list[Reply] | None:
            """The replies; None when there are none because too many wait. No limit drops an emergency, nor does the end."""
            nonlocal waiting
            waiting += 1
            try:
                if waiting > MAX_WAITING:
                    return _by_itself(message)
                async with edge.turns.of(address, sender):
                    return await self.answer(on_new_message, sender, message)
            except asyncio.CancelledError:  # the server stops
                return _by_itself(message)
            finally:
                waiting -= 1

        async def receive(request: Request) -> Response:
            try:
                check(peer_of(request), request.headers)
                sender, message = taken(await edge.body(request, MAX_BODY))
            except Refused as refused:
                return as_response({"error": refused.why}, refused.status)
            replies = await replies_to(edge.address(request), sender, message)
            if replies is None:
                return as_response({"error": "too many requests wait; try again"}, 503, {"Retry-After": "1"})
            return as_response([as_json(reply, sender) for reply in replies])

        return Served([Route("/", state), Route("/webhook", receive, methods=["POST"])])

    def blueprint(self, on_new_message: OnNewMessage) -> Any:
        """The same in Rasa's own server, `rasa run`."""
        from sanic import Blueprint
        from sanic.response import json

        routes = Blueprint("aftercheck_rest")

        @routes.get("/")
        async def state(request: Any) -> Any:
            return json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Any) -> Any:
            try:
                check(request.ip, request.headers)
                sender, message = taken(request.body)
            except Refused as refused:
                return json({"error": refused.why}, status=refused.status)
            replies = await self.answer(on_new_message, sender, message)
            return json([as_json(reply, sender) for reply in replies])

        return routes


def _by_itself(message: str) -> list[Reply] | None:
    urgent = emergency_by_itself(message)
    return None if urgent is None else [urgent]


def check(peer: str, headers: Mapping[str, str]) -> None:
    """Raises Refused when a request from an address may not be served."""
    wanted = settings().rest_token
    if wanted is not None:
        if not same(token_of(headers), wanted):
            raise Refused(401, "a valid token is needed: Authorization: Bearer ...")
        return
    if not ipaddress.ip_address(peer).is_loopback or any(header in headers for header in FORWARDED):
        raise Refused(401, "REST has no token, so only this machine is served; the server needs AFTERCHECK_REST_TOKEN")
    # By rebinding a name, a page of another site reaches us under that name.
    if not is_this_machine(headers.get("host", "")):
        raise Refused(403, "REST has no token, so it is served as localhost only; the server needs AFTERCHECK_REST_TOKEN")
    # A page of any site may send a form or plain text anywhere, but must ask before it sends JSON.
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "expected Content-Type: application/json")


def taken(body: bytes) -> tuple[str, str]:
    """The sender and the message of a request. Raises Refused."""
    if len(body) > MAX_BODY:
        raise Refused(413, f"more than {MAX_BODY} bytes")
    incoming = decoded(body, Incoming)
    if incoming is None:
        raise Refused(400, 'expected JSON such as {"sender": "anna", "message": "my eyelid droops"}')
    sender = secrets.token_urlsafe(12) if incoming.sender is None else well_formed(incoming.sender)
    if not 0 < len(sender) <= MAX_SENDER:
        raise Refused(400, f"`sender` must have 1 to {MAX_SENDER} characters")
    return sender, incoming.message or ""
