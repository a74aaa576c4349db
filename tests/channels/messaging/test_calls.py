from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from bot.channels.matrix import _fault as matrix
from bot.channels.messaging import calls
from bot.channels.messaging.calls import LONGEST_ANSWER, LONGEST_WAIT, Anything, Reply, call, seconds, usual_fault
from bot.channels.messaging.platform import Refused, Unavailable, WindowClosed
from bot.channels.meta import graph_fault as meta
from bot.channels.slack import _fault as slack
from bot.channels.telegram import _fault as telegram
from bot.channels.twilio import _fault as twilio

Fault = Callable[[Reply], Exception | None]


@pytest.mark.parametrize(
    ("fault", "status", "body", "kind", "says", "after"),
    [
        (usual_fault, 200, {}, None, "", None),
        (usual_fault, 302, {}, Unavailable, "HTTP 302", 7.0),
        (usual_fault, 408, {}, Unavailable, "HTTP 408", 7.0),
        (usual_fault, 404, {}, Refused, "HTTP 404", None),
        (usual_fault, 429, {}, Unavailable, "HTTP 429", 7.0),
        (usual_fault, 502, {}, Unavailable, "HTTP 502", 7.0),
        (telegram, 429, {"error_code": 429, "parameters": {"retry_after": 35}}, Unavailable, "HTTP 429, 429", 35.0),
        (telegram, 400, {"error_code": 400, "description": "chat of Anna not found"}, Refused, "HTTP 400, 400", None),
        (telegram, 403, {"error_code": "chat of Anna", "parameters": 7}, Refused, "HTTP 403", None),
        (telegram, 200, {"ok": True}, None, "", None),
        (telegram, 200, {"ok": False}, Unavailable, "HTTP 200, not as documented", 7.0),
        (telegram, 200, {"ok": "true"}, Unavailable, "HTTP 200, not as documented", 7.0),
        (telegram, 200, {"ok": False, "error_code": 403}, Refused, "HTTP 403, 403", None),
        (
            telegram,
            200,
            {"ok": False, "error_code": 429, "parameters": {"retry_after": 10**400}},
            Unavailable,
            "HTTP 429, 429",
            3600.0,
        ),
        (meta, 400, {"error": {"code": 131047}}, WindowClosed, "HTTP 400, 131047", None),
        (meta, 400, {"error": {"code": 10, "error_subcode": 2018278}}, WindowClosed, "HTTP 400, 10.2018278", None),
        (meta, 400, {"error": {"code": 130429}}, Unavailable, "HTTP 400, 130429", 7.0),
        (meta, 400, {"error": {"code": 2, "is_transient": True}}, Unavailable, "HTTP 400, 2", 7.0),
        (meta, 401, {"error": {"code": 190, "message": "expired"}}, Refused, "HTTP 401, 190", None),
        (meta, 200, {"error": {"code": 100}}, Refused, "HTTP 200, 100", None),
        (meta, 400, {"error": "Anna"}, Refused, "HTTP 400", None),
        (meta, 400, {"error": {"code": [2]}}, Refused, "HTTP 400", None),
        (meta, 200, {"error": "Anna"}, Unavailable, "HTTP 200, not as documented", 7.0),
        (meta, 200, {"messages": []}, None, "", None),
        (twilio, 400, {"code": 63016}, WindowClosed, "HTTP 400, 63016", None),
        (twilio, 400, {"code": 21610}, Refused, "HTTP 400, 21610", None),
        (twilio, 429, {"code": 20429}, Unavailable, "HTTP 429, 20429", 7.0),
        (twilio, 400, {"code": 30001}, Unavailable, "HTTP 400, 30001", 7.0),
        (twilio, 201, {"sid": "SM1", "status": "queued", "error_code": None}, None, "", None),
        (twilio, 201, {"sid": "SM1", "status": "failed"}, Unavailable, "HTTP 201, not as documented", 7.0),
        (twilio, 201, {"sid": "SM1", "status": "failed", "error_code": 30001}, Unavailable, "HTTP 201, 30001", 7.0),
        (twilio, 201, {"sid": "SM1", "status": "failed", "error_code": 30006}, Refused, "HTTP 201, 30006", None),
        (twilio, 400, {"code": [63016], "status": []}, Refused, "HTTP 400", None),
        (slack, 200, {"ok": True}, None, "", None),
        (slack, 200, {"ok": False, "error": "account_inactive"}, Refused, "HTTP 200, account_inactive", None),
        (slack, 200, {"ok": False, "error": "internal_error"}, Unavailable, "HTTP 200, internal_error", 7.0),
        (slack, 200, {}, Unavailable, "HTTP 200, not as documented", 7.0),
        (slack, 200, {"ok": False, "error": ["internal_error"]}, Unavailable, "HTTP 200, not as documented", 7.0),
        (slack, 429, {"ok": False}, Unavailable, "HTTP 429", 7.0),
        (matrix, 429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, Unavailable, "HTTP 429, M_LIMIT_EXCEEDED", 2.5),
        (matrix, 403, {"errcode": "M_FORBIDDEN"}, Refused, "HTTP 403, M_FORBIDDEN", None),
        (matrix, 500, {"errcode": "M_FORBIDDEN"}, Refused, "HTTP 500, M_FORBIDDEN", None),
        (matrix, 500, {"errcode": "M_UNKNOWN"}, Unavailable, "HTTP 500, M_UNKNOWN", 7.0),
        (matrix, 200, {"errcode": "M_UNKNOWN"}, Unavailable, "HTTP 200, not as documented", 7.0),
    ],
)
def test_what_went_wrong_passes_or_stays(
    fault: Fault, status: int, body: Any, kind: type[Exception] | None, says: str, after: float | None
) -> None:
    found = fault(Reply(status, body, 7.0))
    assert type(found) is (kind or type(None))
    if found is not None:
        assert str(found) == says
        assert getattr(found, "after", None) == after


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        ("3", 3.0),
        (" 2.5 ", 2.5),
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("Fri, 99 Dec 2026 99:99:99 GMT", None),
        ("9" * 500, LONGEST_WAIT),
        ("nan", None),
        (7, 7.0),
        (-1, None),
        (10**400, LONGEST_WAIT),
        (float("inf"), LONGEST_WAIT),
        (float("nan"), None),
        (True, None),
        ([7], None),
    ],
)
def test_how_long_to_wait_is_said_in_numbers_or_in_words_and_has_an_end(asked: object, after: float | None) -> None:
    assert seconds(asked) == after


def test_a_time_to_wait_for_is_a_time_from_now() -> None:
    found = seconds(formatdate(time.time() + 90, usegmt=True))
    assert found is not None
    assert 85 < found <= 90
    assert seconds(2500, 0.001) == 2.5


async def test_a_platform_says_how_long_to_wait() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "3"}, content=b"<html>")

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(Unavailable) as raised:
            await call(http, "POST", "https://api.example/send", Anything, usual_fault, json={})
    assert raised.value.after == 3.0


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")])
async def test_a_network_that_fails_passes_and_says_nothing_of_what_was_sent(error: Exception) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(Unavailable, match=f"^{type(error).__name__}$"):
            await call(http, "POST", "https://api.example/bot123:secret/send", Anything, usual_fault, json={})


@asynccontextmanager
async def answering(write: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that answers each request in this way, whatever it is."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await write(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_of_an_answer_without_end_no_more_is_read_than_a_platform_writes() -> None:
    written = 0

    async def write(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" " * 1_000_000)
            await writer.drain()
            written += 1_000_000

    async with answering(write) as url, httpx.AsyncClient() as http:
        with pytest.raises(Unavailable, match="HTTP 200, not as documented"):
            await call(http, "POST", url, Anything, usual_fault, json={})
    assert written < 20 * LONGEST_ANSWER


async def test_a_short_answer_that_is_long_when_it_is_unpacked_is_not_unpacked_whole() -> None:
    def answer(content: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
        async def write(writer: asyncio.StreamWriter) -> None:
            packed = gzip.compress(content)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
            await writer.drain()

        return write

    async with answering(answer(b'{"a": 1}')) as url, httpx.AsyncClient() as http:
        assert await call(http, "POST", url, Anything, usual_fault, json={}) == Anything()
    async with answering(answer(b'{"a": "' + b" " * 100_000_000 + b'"}')) as url, httpx.AsyncClient() as http:
        with pytest.raises(Unavailable, match="not as documented"):
            await call(http, "POST", url, Anything, usual_fault, json={})


async def test_an_answer_a_byte_at_a_time_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def write(writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b" " * 1_000_000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)

    monkeypatch.setattr(calls, "CALL_SECONDS", 0.3)
    async with answering(write) as url, httpx.AsyncClient() as http:
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="no answer in time"):
            await call(http, "POST", url, Anything, usual_fault, json={})
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(status, headers={"Location": "https://elsewhere.example/"})

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, follow_redirects=True) as http:
        with pytest.raises(Unavailable, match=f"HTTP {status}"):
            await call(http, "POST", "https://api.example/send", Anything, usual_fault, json={})
    assert asked == ["api.example"]
