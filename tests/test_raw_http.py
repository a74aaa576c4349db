"""HTTP as an attacker writes it: what each request gets, and that the next patient is answered within a second."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.serving import Server

PATIENT = json.dumps({"sender": "next", "message": "I cannot breathe"}).encode()
HELLO = b"Host: localhost\r\n"
JSON = HELLO + b"Content-Type: application/json\r\n"
REST = b"POST /webhooks/rest/webhook HTTP/1.1\r\n"
SECRET = b"Zanzibar-7431"
WEBSOCKET = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
SESSION = b"POST /webhooks/web/session HTTP/1.1\r\nContent-Length: 0\r\n" + HELLO
SOCKET = b"GET /webhooks/web/socket HTTP/1.1\r\n" + HELLO


def posted(headers: bytes, body: bytes = b"hello") -> bytes:
    return REST + JSON + headers + b"\r\n" + body


# What is sent, and the status that it gets. 0: the connection is closed without an answer.
TABLE: dict[str, tuple[bytes, int]] = {
    "length: negative": (posted(b"Content-Length: -5\r\n"), 400),
    "length: empty": (posted(b"Content-Length: \r\n"), 400),
    "length: signed": (posted(b"Content-Length: +5\r\n"), 400),
    "length: underscored": (posted(b"Content-Length: 0_5\r\n"), 400),
    "length: hexadecimal": (posted(b"Content-Length: 0x5\r\n"), 400),
    "length: a fraction": (posted(b"Content-Length: 5.0\r\n"), 400),
    "length: of other digits": (posted("Content-Length: ٥\r\n".encode()), 400),
    "length: without end": (posted(b"Content-Length: " + b"9" * 5000 + b"\r\n"), 400),
    "length: enormous": (posted(b"Content-Length: 99999999999999999999\r\n"), 413),
    "length: contradicting": (posted(b"Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
    "length: a contradicting list": (posted(b"Content-Length: 5, 6\r\n"), 400),
    "length: doubled": (posted(b"Content-Length: 5\r\nContent-Length: 5\r\n"), 400),
    "length: and chunked": (posted(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
    "chunked: in HTTP/1.0": (
        posted(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400,
    ),
    "chunked: twice": (posted(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), 400),
    "chunked: and gzip": (posted(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), 400),
    "chunked: identity": (posted(b"Transfer-Encoding: identity\r\n"), 400),
    "chunked: misspelled": (posted(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), 400),
    "chunked: negative": (posted(b"Transfer-Encoding: chunked\r\n", b"-5\r\nhello\r\n0\r\n\r\n"), 400),
    "chunked: 0x": (posted(b"Transfer-Encoding: chunked\r\n", b"0x5\r\nhello\r\n0\r\n\r\n"), 400),
    "chunked: an endless size": (posted(b"Transfer-Encoding: chunked\r\n", b"f" * 40 + b"\r\nhello"), 400),
    "chunked: longer than it says": (posted(b"Transfer-Encoding: chunked\r\n", b"2\r\nhello\r\n0\r\n\r\n"), 400),
    "chunked: a request in the trailer": (
        posted(b"Transfer-Encoding: chunked\r\n", b"0\r\nGET /" + SECRET + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 400,
    ),
    "host: none": (b"GET /health HTTP/1.1\r\n\r\n", 400),
    "host: two": (b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
    "host: an open bracket": (b"GET /health HTTP/1.1\r\nHost: [x\r\n\r\n", 400),
    "host: with a password": (b"GET /health HTTP/1.1\r\nHost: a@localhost\r\n\r\n", 400),
    "host: a letter of another script": ("GET /health HTTP/1.1\r\nHost: löcalhost\r\n\r\n".encode(), 400),
    "host: empty": (b"GET /health HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "host: folded": (b"GET /health HTTP/1.1\r\nHost: localhost\r\n .evil\r\n\r\n", 400),
    "line: a path of other letters": ("GET /gesundheit/ä HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), 400),
    "line: a path of nonsense": (b"GET /%ff%00%zz HTTP/1.1\r\n" + HELLO + b"\r\n", 404),
    "line: CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HELLO + b"\r\n", 404),
    "line: an absolute address": (b"GET http://localhost/static/page.css HTTP/1.1\r\n" + HELLO + b"\r\n", 200),
    "line: an absolute address of another host": (b"GET http://evil.example/ HTTP/1.1\r\n" + HELLO + b"\r\n", 400),
    "line: an absolute address in disguise": (b"GET http%3A//x/static/page.css HTTP/1.1\r\n" + HELLO + b"\r\n", 404),
    "line: a slash too many": (b"GET /health/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 404),
    "line: a slash too few": (b"GET /webhooks/rest?a=" + SECRET + b" HTTP/1.1\r\n" + HELLO + b"\r\n", 404),
    "line: a star": (b"OPTIONS * HTTP/1.1\r\n" + HELLO + b"\r\n", 404),
    "line: an unknown method": (b"BREW / HTTP/1.1\r\n" + HELLO + b"\r\n", 405),
    "line: HTTP/2": (b"GET / HTTP/2.0\r\n" + HELLO + b"\r\n", 505),
    "line: HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "line: the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "line: two spaces": (b"GET  / HTTP/1.1\r\n" + HELLO + b"\r\n", 400),
    "line: a path of 20,000 bytes": (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HELLO + b"\r\n", 414),
    "line: TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "line: zeros": (b"\x00" * 100, 400),
    "header: a space before the colon": (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
    "header: no colon": (b"GET / HTTP/1.1\r\n" + HELLO + b"nonsense\r\n\r\n", 400),
    "header: a bare return": (b"GET / HTTP/1.1\r\n" + HELLO + b"X: a\rY: b\r\n\r\n", 400),
    "header: a zero": (b"GET / HTTP/1.1\r\n" + HELLO + b"X: a\x00b\r\n\r\n", 400),
    "header: 10,000 bytes": (b"GET / HTTP/1.1\r\n" + HELLO + b"X: " + b"a" * 10_000 + b"\r\n\r\n", 431),
    "header: a thousand": (b"GET / HTTP/1.1\r\n" + HELLO + b"X: a\r\n" * 3_000 + b"\r\n", 431),
    "header: a broken line in Origin": (
        SESSION + b"Origin: http://localhost\n X: " + SECRET + b"\r\n\r\n", 403,
    ),
    "header: an Origin that is no address": (
        SESSION + b"Origin: http://[x\r\n\r\n", 403,
    ),
    "body: gzip": (posted(b"Content-Encoding: gzip\r\nContent-Length: 5\r\n"), 415),
    "body: too large to begin with": (posted(b"Content-Length: 2800000\r\n"), 413),
    "body: where none belongs": (
        b"GET /health HTTP/1.1\r\n" + HELLO + b"Content-Length: 10\r\n\r\n0123456789", 200,
    ),
    "body: deep": (
        posted(b"Content-Length: 180000\r\n", b"[" * 180_000), 400,
    ),
    "websocket: no key": (SOCKET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", 400),
    "websocket: a short key": (SOCKET + WEBSOCKET.replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"x") + b"\r\n", 400),
    "websocket: two keys": (SOCKET + WEBSOCKET + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", 400),
    "websocket: in HTTP/1.0": ((SOCKET + WEBSOCKET + b"\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    "websocket: with a body": (SOCKET + WEBSOCKET + b"Content-Length: 5\r\n\r\nhello", 400),
    "websocket: a protocol that is none": (SOCKET + WEBSOCKET + b"Sec-WebSocket-Protocol: ,,x, \xff\r\n\r\n", 400),
    "websocket: with many headers": (SOCKET + WEBSOCKET + b"X: a\r\n" * 1_500 + b"\r\n", 431),
    "websocket: another version": (SOCKET + WEBSOCKET.replace(b"13", b"12") + b"\r\n", 426),
    "websocket: by POST": ((SOCKET + WEBSOCKET + b"\r\n").replace(b"GET", b"POST"), 400),
    "websocket: another protocol": (SOCKET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 404),
    "websocket: where there is none": (b"GET /health HTTP/1.1\r\n" + HELLO + WEBSOCKET + b"\r\n", 403),
    "websocket: of a foreign page": (SOCKET + WEBSOCKET + b"Origin: https://evil.example\r\n\r\n", 403),
    "websocket: none at all": (SOCKET + b"\r\n", 404),
}  # fmt: skip


@contextmanager
def line_to(server: Server) -> Iterator[socket.socket]:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as line:
        yield line


def received(line: socket.socket, seconds: float = 5.0) -> bytes:
    """All that comes until the server closes, or is silent."""
    line.settimeout(seconds)
    found = b""
    try:
        while part := line.recv(65536):
            found += part
            if b"\r\n\r\n" in found:
                line.settimeout(0.3)
    except (TimeoutError, OSError):
        pass
    return found


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.mark.parametrize("name", TABLE)
def test_each_gets_its_status_and_the_next_patient_an_answer(server: Server, name: str) -> None:
    sent, status = TABLE[name]
    with line_to(server) as line:
        line.sendall(sent)
        answer = received(line)
        assert status_of(answer) == status, answer[:300]
        assert answer.count(b"HTTP/1.1 ") == 1, answer
        assert SECRET not in answer
        began = time.monotonic()
        said = server.post("/webhooks/rest/webhook", PATIENT)
        assert time.monotonic() - began < 1.0
        assert b"Call 911" in said.body
    assert server.errors() == ""
