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


class Clock:
    """Does something when its time is over, unless it is stopped before. Started again while it runs, it goes on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, then: Callable[[], None]) -> None:
        self._loop, self._seconds, self._then = loop, seconds, then
        self._running: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Let it run."""
        if self._running is None:
            self._running = self._loop.call_later(self._seconds, self._then)

    def stop(self) -> None:
        """Set it back."""
        if self._running is not None:
            self._running.cancel()
            self._running = None


class WebSocketProtocol(WSProtocol):
    """A WebSocket whose client must read, and whose nonsense ends it quietly."""

    # Called when the connection is gone.
    leave: Callable[[], None]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The handshake has come."""
        super().connection_made(transport)
        self._reading = Clock(self.loop, READ_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._reading.stop()
        self.leave()
        super().connection_lost(exc)

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
        self._reading.start()

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._reading.stop()
        if not self.read_paused:
            self.transport.resume_reading()


def protocols(connections: Connections) -> type[asyncio.Protocol]:
    """The class of HTTP connections that are counted there."""

    class HttpProtocol(H11Protocol):
        """A connection. Its requests come whole in time, and their answers are read in time, or it ends."""

        _counted: str | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Let it in, or say that there are too many."""
            super().connection_made(transport)
            self._coming = Clock(self.loop, REQUEST_SECONDS, lambda: self._refuse(*_LATE))
            self._reading = Clock(self.loop, READ_SECONDS, transport.abort)
            address = share_of(self.client[0] if self.client else "")
            if connections.let_in(address):
                self._counted = address
                self._coming.start()
            else:
                self._refuse(*_BUSY)

        def connection_lost(self, exc: Exception | None) -> None:
            """The connection is gone."""
            self._coming.stop()
            self._reading.stop()
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
            if self._begun():
                self._coming.start()
            else:
                self._coming.stop()

        def eof_received(self) -> bool:  # type: ignore[override]
            """Whoever has said all may still hear the answer; half a request gets one, too."""
            if self.transport.is_closing():
                return False
            if self._begun():
                self._refuse(*_NO_HTTP)
                return True
            answering = self.cycle is not None and not self.cycle.response_complete
            if answering:
                self.cycle.keep_alive = False
            return answering

        def _begun(self) -> bool:
            """Whether a request has come in part."""
            state = self.conn.their_state
            return state is h11.SEND_BODY or (state is h11.IDLE and self.conn.trailing_data[0] != b"")

        def handle_websocket_upgrade(self, event: h11.Request) -> None:
            """From here on it is the WebSocket's; it stays counted until that ends."""
            if not any(name == b"sec-websocket-key" and _KEY.fullmatch(value) for name, value in self.headers):
                self._refuse(*_NO_HTTP)
                return
            self._coming.stop()
            super().handle_websocket_upgrade(event)
            self.transport.get_protocol().leave = self.leave  # type: ignore[attr-defined]

        def send_400_response(self, msg: str) -> None:
            """Say that this is no HTTP."""
            self._refuse(*_NO_HTTP)

        def pause_writing(self) -> None:
            """The client does not read."""
            super().pause_writing()
            self._reading.start()

        def resume_writing(self) -> None:
            """The client reads again."""
            super().resume_writing()
            self._reading.stop()

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
