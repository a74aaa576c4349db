"""A call of a platform's API, with the errors that the engine knows.

An answer of the API counts as a success only if it is what the platform documents as one. What stands between us and the
platform (a proxy, a login page, a cache) answers too, and a reply that only such a thing took was never delivered.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar

import anyio
import httpx
import msgspec

from bot.channels.messaging.platform import Refused, Unavailable

T = TypeVar("T")
# Seconds for a call as a whole, also for one that is answered a byte at a time.
CALL_SECONDS = 20.0
# Bytes of an answer that are read. Those of the platforms are a few thousand at most.
LONGEST_ANSWER = 1_000_000
# Seconds that a platform may ask us to wait.
LONGEST_WAIT = 3600.0
# What may be told of a platform's own word for an error; anything else could quote a patient.
_CODE = re.compile(r"[\w.:-]{1,60}")
# Statuses from 400 to 499 that pass: too slow, too early, too many.
_PASSING = frozenset({408, 425, 429})

# A text that says something: the id of what was sent.
Filled = Annotated[str, msgspec.Meta(min_length=1)]


class Anything(msgspec.Struct, frozen=True):
    """The success of a call that need not be proven further: any JSON object."""


class Reply(msgspec.Struct, frozen=True):
    """What a platform's API answered. `body` is empty where it was no JSON object; `after` is its header Retry-After."""

    status: int
    body: Mapping[str, Any]
    after: float | None


# What went wrong, to be raised; None when nothing says so.
Fault = Callable[[Reply], Exception | None]


async def call(http: httpx.AsyncClient, method: str, url: str, success: type[T], fault: Fault, **request: Any) -> T:
    """Call a platform's API; its answer as the documented `success`.

    Raises what `fault` finds, and Unavailable when nothing came back or an answer that is no success.
    """
    try:
        # Not asyncio.wait_for, whose task of its own would hold up the note that the platform has taken it.
        with anyio.fail_after(CALL_SECONDS):
            response, content = await _answer(http, method, url, **request)
    except TimeoutError:
        raise Unavailable("no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(type(error).__name__) from None
    body = _json(content)
    known = body if isinstance(body, dict) else {}
    reply = Reply(response.status_code, known, seconds(response.headers.get("retry-after")))
    found = fault(reply)
    if found is not None:
        raise found
    try:
        return msgspec.convert(body, success)
    except msgspec.ValidationError:
        raise not_as_documented(reply) from None


async def _answer(http: httpx.AsyncClient, method: str, url: str, **request: Any) -> tuple[httpx.Response, bytes]:
    """The answer and its body, which is empty when it is too long or packed in an odd way. No redirect is followed."""
    headers = {**request.pop("headers", {}), "Accept-Encoding": "identity"}
    async with http.stream(method, url, headers=headers, follow_redirects=False, **request) as response:
        packed = "content-encoding" in response.headers
        content = bytearray()
        async for chunk in response.aiter_raw() if packed else response.aiter_bytes():
            content += chunk
            if len(content) > LONGEST_ANSWER:
                return response, b""
    return response, _unpacked(bytes(content)) if packed else bytes(content)


def _unpacked(content: bytes) -> bytes:
    """What a proxy packed although nobody asked it to, if that is short."""
    unpacking = zlib.decompressobj(wbits=47)
    try:
        whole = unpacking.decompress(content, LONGEST_ANSWER)
    except zlib.error:
        return b""
    return whole if unpacking.eof else b""


def usual_fault(reply: Reply, code: object = None, after: float | None = None) -> Exception | None:
    """What HTTP itself says: a redirect, 408, 425, 429 and 5xx pass, any other status but 2xx stays.

    `code` is the platform's name for what went wrong.
    """
    if 200 <= reply.status < 300:
        return None
    says = told(reply.status, code)
    if reply.status < 400 or reply.status in _PASSING or reply.status >= 500:
        return Unavailable(says, reply.after if after is None else after)
    return Refused(says)


def not_as_documented(reply: Reply) -> Unavailable:
    """An answer that is neither a success nor a refusal: whatever gave it, the platform did not take the message."""
    return Unavailable(f"HTTP {reply.status}, not as documented", reply.after)


def told(status: int, code: object) -> str:
    """An error in one line, as a log may hold it."""
    word = str(code)
    return f"HTTP {status}" + (f", {word}" if code is not None and _CODE.fullmatch(word) else "")


def seconds(asked: object, each: float = 1.0) -> float | None:
    """For how many seconds a platform asks us to wait, at most LONGEST_WAIT: a number (of `each` seconds) or a date.

    None where it asks for nothing, or for what makes no sense.
    """
    if isinstance(asked, str):
        if re.fullmatch(r"\d+(\.\d+)?", asked.strip(), re.ASCII):
            wait = float(asked)
        else:
            try:
                wait = max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
            except (ValueError, TypeError, OverflowError, IndexError):
                return None
    elif isinstance(asked, (int, float)) and not isinstance(asked, bool):
        wait = LONGEST_WAIT if asked > LONGEST_WAIT / each else asked * each
    else:
        return None
    return min(wait, LONGEST_WAIT) if wait >= 0.0 else None


def _json(content: bytes) -> object:
    """What JSON says; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
