"""HTTP for adapters: a platform's request as typed data, and a call of its API with the errors that the engine knows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import httpx
import msgspec

from bot.channels.converse import well_formed
from bot.channels.messaging.platform import Malformed, Refused, Request, Unavailable

T = TypeVar("T")
# What may be told of a platform's own word for an error; anything else could quote a patient.
_CODE = re.compile(r"[\w.:-]{1,60}")


class Reply(msgspec.Struct, frozen=True):
    """What a platform's API answered. `body` is empty where it was no JSON object; `after` is its header Retry-After."""

    status: int
    body: Mapping[str, Any]
    after: float | None


# What went wrong, to be raised; None when all is well.
Fault = Callable[[Reply], Exception | None]


async def call(http: httpx.AsyncClient, method: str, url: str, fault: Fault, **request: Any) -> Mapping[str, Any]:
    """Call a platform's API; what it answered. Raises what `fault` finds, and Unavailable when nothing came back."""
    try:
        response = await http.request(method, url, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(type(error).__name__) from None
    reply = Reply(response.status_code, _json(response.content), _seconds(response.headers.get("retry-after")))
    found = fault(reply)
    if found is not None:
        raise found
    return reply.body


def usual_fault(reply: Reply, code: object = None, after: float | None = None) -> Exception | None:
    """What HTTP itself says: 429 and 5xx pass, any other status but 2xx stays. `code` is the platform's name for it."""
    if 200 <= reply.status < 300:
        return None
    says = told(reply.status, code)
    if reply.status == 429 or reply.status >= 500:
        return Unavailable(says, reply.after if after is None else after)
    return Refused(says)


def told(status: int, code: object) -> str:
    """An error in one line, as a log may hold it."""
    word = str(code)
    return f"HTTP {status}" + (f", {word}" if code is not None and _CODE.fullmatch(word) else "")


def json_of(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    """JSON as a `kind`. Raises Malformed. Half an emoji, which msgspec refuses, becomes a sign of its own."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        whole = well_formed(json.dumps(json.loads(bytes(body), strict=False), ensure_ascii=False))
        return msgspec.json.decode(whole, type=kind)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise Malformed from None


def form_of(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Malformed."""
    try:
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise Malformed from None


def _json(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and re.fullmatch(r"\d{1,6}(\.\d+)?", header) else None
