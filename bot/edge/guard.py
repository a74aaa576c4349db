"""What every request passes before it reaches a route: is it one request, how large, and what leaves with the answer.

An ASGI application around the application. It raises nothing: what fails is answered, and logged without what was said.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import unquote

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.dialogue.logs import kind_and_place
from bot.edge.addresses import is_host

logger = logging.getLogger(__name__)

# Bytes of all headers together; a browser sends about 1,000.
MAX_HEADERS = 8_000
MAX_PATH = 2_000
# Sent with every response, unless the route says otherwise.
HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; "
        b"base-uri 'none'; frame-ancestors 'self'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}
CLOSE = (b"connection", b"close")


class Guard:
    """The application around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one WebSocket."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": _dressed(message.get("headers", ()))}
            await send(message)

        wrong = _wrong(scope)
        if wrong is not None:
            await answer(dressed, *wrong, close=True)
            return
        try:
            await self._app(_in_origin_form(scope), receive, dressed)
        except (ClientDisconnect, asyncio.CancelledError):
            if not begun:
                await answer(dressed, 503, "the request could not be answered", close=True)
        except Exception as error:  # a route failed
            logger.error("a request failed: %s", kind_and_place(error))
            if not begun:
                await answer(dressed, 500, "the request could not be answered")

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        wrong = _wrong(scope)
        if wrong is not None:
            await receive()
            await answer(send, *wrong, kind="websocket.http.response")
            return
        try:
            await self._app(_in_origin_form(scope), receive, send)
        except asyncio.CancelledError:
            pass
        except Exception as error:  # the line may be gone, which is no error; else ours
            if not isinstance(error, OSError):
                logger.error("a connection failed: %s", kind_and_place(error))


async def answer(send: Send, status: int, error: str, *, close: bool = False, kind: str = "http.response") -> None:
    """Answer with an error and nothing of the request; `close`: what follows on this connection is not to be trusted."""
    headers, body = error_of(error)
    await send({"type": f"{kind}.start", "status": status, "headers": [*headers, *([CLOSE] if close else [])]})
    await send({"type": f"{kind}.body", "body": body})


def error_of(why: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The headers and the body of an error, which are the same whoever finds it. `why` is ours and needs no escapes."""
    body = f'{{"error":"{why}"}}'.encode()
    return [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())], body


def _wrong(scope: Scope) -> tuple[int, str] | None:
    """The status and the reason for which a request is refused unread; None when it may go on.

    h11 has refused what breaks the grammar. Here is what two readers of one request might read differently (RFC 9112,
    6.1 and 11.2), and what is only large.
    """
    names = [name for name, _ in scope["headers"]]
    if scope.get("http_version") not in ("1.0", "1.1"):
        return 505, "expected HTTP/1.1"
    if b"transfer-encoding" in names and (b"content-length" in names or scope["http_version"] == "1.0"):
        return 400, "expected one length"
    if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > MAX_HEADERS:
        return 431, "the headers are too large"
    if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_PATH:
        return 414, "the address is too long"
    host = next((value for name, value in scope["headers"] if name == b"host"), None)
    if host is not None and not is_host(host.decode("latin-1")):
        return 400, "expected one host"
    asked = _whole_address(scope)
    if asked is not None and (host is None or asked[0].lower() != host.lower()):
        return 400, "expected one host"
    if any(name == b"content-encoding" and value != b"identity" for name, value in scope["headers"]):
        return 415, "expected a body that is not compressed"
    return None


def _whole_address(scope: Scope) -> tuple[bytes, bytes] | None:
    """Host and path where the whole address was asked for (RFC 9112, 3.2.2); None where the path alone was."""
    scheme, separator, rest = scope["raw_path"].partition(b"://")
    if not separator or scheme not in (b"http", b"https", b"ws", b"wss"):
        return None
    host, _, path = rest.partition(b"/")
    return host, b"/" + path


def _in_origin_form(scope: Scope) -> Scope:
    """The scope with its path alone."""
    asked = _whole_address(scope)
    if asked is None:
        return scope
    return {**scope, "raw_path": asked[1], "path": unquote(asked[1].decode("ascii"))}


def _dressed(headers: Any) -> list[tuple[bytes, bytes]]:
    """The headers of a response with those that each must have."""
    named = {name.lower() for name, _ in headers}
    return [*headers, *((name, value) for name, value in HEADERS.items() if name not in named)]
