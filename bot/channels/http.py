"""What the HTTP channels share: the token of a request, its JSON body, and a reply as JSON."""

from __future__ import annotations

import hmac
import json
from typing import Any, TypeVar

import msgspec
from sanic.request import Request

from bot.wording.reply import Reply

T = TypeVar("T")


def token_of(request: Request) -> str:
    """The token that a request carries as `Authorization: Bearer ...`; empty when it carries none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
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
