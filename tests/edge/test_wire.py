"""Slow senders, slow readers, and too many connections, against a small application on the server's protocols."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.edge import wire
from bot.edge.guard import Guard
from bot.listen import listen

LATE = 0.6
UPGRADE = (
    b"GET /line HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def large(request: Request) -> Response:
    return PlainTextResponse(b"x" * 50_000_000)


async def slow(request: Request) -> Response:
    await asyncio.sleep(LATE / 2)
    return PlainTextResponse("slow")


async def line(socket: WebSocket) -> None:
    await socket.accept()
    async for _ in socket.iter_bytes():
        pass


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    for name, value in (("REQUEST_SECONDS", LATE), ("READ_SECONDS", LATE), ("CONNECTIONS_PER_ADDRESS", 5)):
        monkeypatch.setattr(wire, name, value)
    routes: list[Any] = [
        Route("/", hello),
        Route("/echo", echo, methods=["POST"]),
        Route("/large", large),
        Route("/slow", slow),
    ]
    app = Guard(Starlette(routes=[*routes, WebSocketRoute("/line", line)]))
    connections, sockets = (wire.Connections(lambda address: False) for _ in range(2))
    config = uvicorn.Config(
        app,
        http=wire.protocols(connections, sockets),
        ws=wire.WebSocketProtocol,
        log_config=None,
        access_log=False,
        ws_max_size=1000,
    )
    server, listener = uvicorn.Server(config), listen("127.0.0.1", "0")
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()
    server.should_exit = True
    thread.join(10)
    assert not connections._open + sockets._open, "each that closed is counted no more"


def opened(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, 5)


def received(line: socket.socket) -> bytes:
    """All that comes until the server closes, in one way or another."""
    line.settimeout(5)
    found = bytearray()
    with contextlib.suppress(ConnectionError):
        while part := line.recv(65536):
            found += part
    return bytes(found)


def test_whoever_sends_a_byte_now_and_then_is_not_waited_for(address: tuple[str, int]) -> None:
    for sent in (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", b""):
        with opened(address) as slowly:
            began = time.monotonic()
            slowly.sendall(sent)
            slowly.settimeout(0.2)
            found = b""
            while time.monotonic() - began < 5:
                try:
                    if sent:
                        slowly.sendall(b"a")
                    found += (part := slowly.recv(1000))
                    if not part:
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            assert LATE * 0.8 < time.monotonic() - began < 3
            assert found.startswith(b"HTTP/1.1 408 ")


def test_a_request_that_is_answered_slowly_is_not_late(address: tuple[str, int]) -> None:
    with opened(address) as line:
        for _ in range(3):
            line.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = line.recv(5000)
            while not answer.endswith(b"slow"):
                answer += line.recv(5000)


def test_whoever_does_not_read_is_left(address: tuple[str, int]) -> None:
    with opened(address) as deaf:
        deaf.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(LATE * 3)
        assert len(received(deaf)) < 50_000_000


def test_whoever_pings_without_reading_is_left(address: tuple[str, int]) -> None:
    ping = b"\x89\xfd\x00\x00\x00\x00" + b"x" * 125
    with opened(address) as deaf:
        deaf.sendall(UPGRADE)
        assert deaf.recv(1000).startswith(b"HTTP/1.1 101 ")
        deaf.settimeout(LATE)
        began, sent = time.monotonic(), 0
        with contextlib.suppress(OSError):
            while time.monotonic() - began < LATE * 5:
                sent += deaf.send(ping * 1000)
        assert sent < 50_000_000, "what nobody reads is not answered into our memory"
        assert len(received(deaf)) < sent


@pytest.mark.parametrize("frame", [b"\x00\x80\x00\x00\x00\x00", b"\x89\x80\x00\x00\x00\x00", b"\x8a\x80\x00\x00\x00\x00"])
def test_frames_without_end_end_the_line_and_keep_nobody_waiting(address: tuple[str, int], frame: bytes) -> None:
    with opened(address) as rude:
        rude.sendall(UPGRADE)
        assert rude.recv(1000).startswith(b"HTTP/1.1 101 ")
        with contextlib.suppress(ConnectionError):
            rude.sendall(b"\x01\x80\x00\x00\x00\x00" + frame * 200_000)
        with opened(address) as polite:
            began = time.monotonic()
            polite.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert received(polite).endswith(b"hello")
            assert time.monotonic() - began < 1
        assert b"HTTP" not in received(rude)


@pytest.mark.parametrize(
    "frame", [b"\xff\xff\xff", b"\x81\x05hello", b"\x83\x80\x00\x00\x00\x00", b"\x81\xfe\x7f\xff\x00\x00\x00\x00" + b"x" * 2000]
)
def test_what_is_no_frame_ends_the_line(address: tuple[str, int], frame: bytes) -> None:
    with opened(address) as rude:
        rude.sendall(UPGRADE)
        assert rude.recv(1000).startswith(b"HTTP/1.1 101 ")
        rude.sendall(frame)
        assert b"HTTP" not in received(rude)


def test_an_address_has_only_so_many_connections_and_gets_them_back(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 60.0)
    lines = [opened(address) for _ in range(5)]
    with opened(address) as line:  # whoever holds a line without using it makes room
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert line.recv(5000).startswith(b"HTTP/1.1 200 ")
        assert received(lines[0]) == b""
    for _ in range(5):
        lines.append(opened(address))
        lines[-1].sendall(UPGRADE)
        assert lines[-1].recv(1000).startswith(b"HTTP/1.1 101 ")
    with opened(address) as refused:
        refused.sendall(UPGRADE)
        assert received(refused).startswith(b"HTTP/1.1 503 ")
    with opened(address) as line:  # requests are answered all the same
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert received(line).endswith(b"hello")
    for each in lines:
        each.close()
    time.sleep(0.1)
    with opened(address) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert received(line).endswith(b"hello")


def test_whoever_hangs_up_after_asking_still_hears_the_answer(address: tuple[str, int]) -> None:
    with opened(address) as line:
        line.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        line.shutdown(socket.SHUT_WR)
        assert received(line).endswith(b"slow")
    for half in (b"GET / HT", b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"):
        with opened(address) as line:
            line.sendall(half)
            line.shutdown(socket.SHUT_WR)
            assert received(line).startswith(b"HTTP/1.1 400 ")


def test_a_line_may_stay_open_as_long_as_it_likes(address: tuple[str, int]) -> None:
    with opened(address) as line:
        line.sendall(UPGRADE)
        assert line.recv(1000).startswith(b"HTTP/1.1 101 ")
        time.sleep(LATE * 2.5)
        line.sendall(b"\x89\x80\x00\x00\x00\x00")
        assert line.recv(1000) == b"\x8a\x00", "the answer to the ping, and nothing before it"


def test_requests_one_behind_the_other_are_answered_in_order(address: tuple[str, int]) -> None:
    with opened(address) as line:
        asked = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n"
        line.sendall(asked)
        found = received(line)
    assert [found.count(status) for status in (b"HTTP/1.1 200 ", b"HTTP/1.1 400 ")] == [2, 1]
    assert found.index(b"slow") < found.index(b"hello") < found.index(b"HTTP/1.1 400 ")
