"""The protocols of uvicorn with what it leaves to a proxy: deadlines for slow senders and readers, and caps by address.

h11 refuses what is no HTTP; here it is answered in our own words, without a line in the log, and never twice.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from bot.edge.addresses import share_of
from bot.edge.guard import HEADERS

# Seconds in which a request must have come whole, and a client must have read what waits for it.
REQUEST_SECONDS = 15.0
READ_SECONDS = 15.0
# Connections at once from one address, and in all. Behind a proxy all come from the proxy's.
CONNECTIONS_PER_ADDRESS = 200
CONNECTIONS = 2000

# 16 bytes in base64 (RFC 6455, 4.1); wsproto takes anything.
_KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")
_BUSY = (503, b"too many connections")
_NO_HTTP = (400, b"this is no HTTP request")
_LATE = (408, b"the request took too long")


class Connections:
    """How many connections are open from each address. `known` says of an address that it is a proxy: it has no cap."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._open: Counter[str] = Counter()
        self._known = known

    def let_in(self, address: str) -> bool:
        """Count one that opens; False when there are too many."""
        if self._open.total() >= CONNECTIONS or (self._open[address] >= CONNECTIONS_PER_ADDRESS and not self._known(address)):
            return False
        self._open[address] += 1
        return True

    def gone(self, address: str) -> None:
        """One that was let in has closed."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


class WebSocketProtocol(WSProtocol):
    """A WebSocket whose client must read, and whose nonsense ends it quietly."""

    _slow: asyncio.TimerHandle | None = None
    # Called when the connection is gone.
    leave: Callable[[], None]

    def data_received(self, data: bytes) -> None:
        """Take bytes. wsproto raises more than uvicorn expects."""
        try:
            super().data_received(data)
        except Exception:  # whatever a library makes of such bytes, they are to blame
            self.transport.abort()

    def pause_writing(self) -> None:
        """The client does not read: neither do we, or its pings would be answered into our memory."""
        super().pause_writing()
        self.transport.pause_reading()
        self._slow = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._slow is not None:
            self._slow.cancel()
        if not self.read_paused:
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._slow is not None:
            self._slow.cancel()
        self.leave()
        super().connection_lost(exc)


def protocols(connections: Connections) -> type[asyncio.Protocol]:
    """The class of HTTP connections that are counted there."""

    class HttpProtocol(H11Protocol):
        """A connection. Its requests come whole in time, or it ends."""

        _deadline: asyncio.TimerHandle | None = None
        _counted: str | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Let it in, or say that there are too many."""
            super().connection_made(transport)
            address = share_of(self.client[0] if self.client else "")
            if connections.let_in(address):
                self._counted = address
                self._start_clock()
            else:
                self._refuse(*_BUSY)

        def connection_lost(self, exc: Exception | None) -> None:
            """The connection is gone."""
            self._stop_clock()
            self.leave()
            super().connection_lost(exc)

        def leave(self) -> None:
            """Count it no more. Called again, it changes nothing."""
            if self._counted is not None:
                connections.gone(self._counted)
                self._counted = None

        def data_received(self, data: bytes) -> None:
            """Take bytes, and see whether a request is still under way."""
            if self.transport.is_closing():
                return
            super().data_received(data)
            waiting = self.conn.their_state is h11.SEND_BODY or (
                self.conn.their_state is h11.IDLE and self.conn.trailing_data[0] != b""
            )
            if waiting:
                self._start_clock()
            else:
                self._stop_clock()

        def eof_received(self) -> bool:  # type: ignore[override]
            """Whoever has said all may still hear the answer; half a request gets one, too."""
            if self.transport.is_closing():
                return False
            if self.conn.their_state in (h11.SEND_BODY, h11.IDLE) and (
                self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]
            ):
                self._refuse(*_NO_HTTP)
                return True
            answering = self.cycle is not None and not self.cycle.response_complete
            if answering:
                self.cycle.keep_alive = False
            return answering

        def handle_websocket_upgrade(self, event: h11.Request) -> None:
            """From here on it is the WebSocket's; it stays counted until that ends."""
            if not any(name == b"sec-websocket-key" and _KEY.fullmatch(value) for name, value in self.headers):
                self._refuse(*_NO_HTTP)
                return
            self._stop_clock()
            super().handle_websocket_upgrade(event)
            self.transport.get_protocol().leave = self.leave  # type: ignore[attr-defined]

        def send_400_response(self, msg: str) -> None:
            """Say that this is no HTTP."""
            self._refuse(*_NO_HTTP)

        def pause_writing(self) -> None:
            """The client does not read."""
            super().pause_writing()
            self._slow = self.loop.call_later(READ_SECONDS, self.transport.abort)

        def resume_writing(self) -> None:
            """The client reads again."""
            super().resume_writing()
            self._slow.cancel()

        def _start_clock(self) -> None:
            if self._deadline is None:
                self._deadline = self.loop.call_later(REQUEST_SECONDS, lambda: self._refuse(*_LATE))

        def _stop_clock(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _refuse(self, status: int, why: bytes) -> None:
            """Answer without the application and close, unless an answer is on its way already."""
            if self.transport.is_closing():
                return
            if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
                self.transport.write(_response(status, why))
            if self.cycle is not None:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self.transport.close()

    return cast(type[asyncio.Protocol], HttpProtocol)


def _response(status: int, why: bytes) -> bytes:
    body = b'{"error":"' + why + b'"}'
    headers = {
        b"content-type": b"application/json",
        b"content-length": str(len(body)).encode(),
        b"connection": b"close",
        **HEADERS,
    }
    lines = [b"HTTP/1.1 %d %s" % (status, STATUS_PHRASES[status]), *(name + b": " + value for name, value in headers.items())]
    return b"\r\n".join([*lines, b"", body])
