"""What the HTTP channels share: who asks, the token of a request, its JSON body, and a reply as JSON."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from bot.channels.fair import Turns
from bot.edge.addresses import Proxies, share_of
from bot.edge.body import Bodies
from bot.wording.reply import Reply

T = TypeVar("T")


class Edge:
    """What all routes of a server share: the proxies before it, the bodies that it receives, and whose turn it is."""

    def __init__(self, proxies: Proxies) -> None:
        self.proxies, self.bodies, self.turns = proxies, Bodies(), Turns()

    def address(self, asked: HTTPConnection) -> str:
        """What counts as the address of whoever asks."""
        return share_of(self.proxies.client(peer_of(asked), asked.headers))

    async def body(self, request: Request, most: int) -> bytes:
        """The body of a request. Raises HTTPException when it has more bytes than that."""
        return await self.bodies.of(request, most, self.address(request))


def peer_of(asked: HTTPConnection) -> str:
    """The address from which a connection comes."""
    return asked.client.host if asked.client else ""


def as_response(found: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as a response. Half characters, which UTF-8 does not know, are written as escapes."""
    body = json.dumps(found, separators=(",", ":")).encode()
    return Response(body, status, headers, media_type="application/json")


def token_of(headers: Mapping[str, str]) -> str:
    """The token that a request carries as `Authorization: Bearer ...`; empty when it carries none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ. A header may hold any bytes."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), wanted.encode())


def decoded(body: bytes, kind: type[T]) -> T | None:
    """The JSON of a body as a `kind`; None when it is something else.

    The JSON of the standard library takes half an emoji, which a client that cuts texts sends, where msgspec refuses it.
    """
    try:
        return msgspec.convert(json.loads(body, strict=False), kind)
    except (ValueError, RecursionError, msgspec.ValidationError):
        return None


def as_json(reply: Reply, recipient: str | None = None) -> dict[str, Any]:
    """A reply in Rasa's shape; parts that it does not have are left out."""
    shape: dict[str, Any] = {"recipient_id": recipient} if recipient is not None else {}
    shape["text"] = reply.text
    if reply.buttons:
        shape["buttons"] = [{"title": button.title, "payload": button.payload} for button in reply.buttons]
    if reply.custom:
        shape["custom"] = reply.custom
    return shape
