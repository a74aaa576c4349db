"""The protocols of uvicorn with what it leaves to a proxy: deadlines for slow senders and readers, and caps by address.

h11 refuses what is no HTTP; here it is answered in our own words, without a line in the log, and never twice.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from bot.edge.addresses import share_of
from bot.edge.guard import CLOSE, HEADERS, error_of

# Seconds in which a request must have come whole, and a client must have read what waits for it.
REQUEST_SECONDS = 15.0
READ_SECONDS = 15.0
# Seconds that a client has to answer when its WebSocket is closed, and frames that it may send in one of them: far more
# than the widget does.
CLOSE_SECONDS = 2.0
FRAMES_PER_SECOND = 300
# Connections at once from one address, and in all. Behind a proxy all come from the proxy's.
CONNECTIONS_PER_ADDRESS = 200
CONNECTIONS = 2000

# 16 bytes in base64 (RFC 6455, 4.1); wsproto takes anything.
_KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")
_BUSY = (503, "too many connections")
_NO_HTTP = (400, "this is no HTTP request")
_LATE = (408, "the request took too long")


class Connections:
    """The open connections by address. `known` says of an address that it is a proxy: it has no cap.

    Where an address has as many as it may, the one of them goes that waits for its client the longest, so that whoever holds
    lines without using them shuts nobody out.
    """

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._open: Counter[str] = Counter()
        self._idle: dict[str, dict[object, Callable[[], None]]] = {}
        self._known = known

    def let_in(self, address: str) -> bool:
        """Count one that opens; False when there are too many."""
        if self._open[address] >= CONNECTIONS_PER_ADDRESS and not self._known(address) and not self._make_room(address):
            return False
        if self._open.total() >= CONNECTIONS and not self._make_room(self._idlest()):
            return False
        self._open[address] += 1
        return True

    def idle(self, address: str, name: object, hang_up: Callable[[], None]) -> None:
        """One that was let in waits for its client."""
        self._idle.setdefault(address, {})[name] = hang_up

    def at_work(self, address: str, name: object) -> None:
        """It does not any more."""
        idle = self._idle.get(address, {})
        idle.pop(name, None)
        if not idle:
            self._idle.pop(address, None)

    def gone(self, address: str, name: object) -> None:
        """One that was let in has closed."""
        self.at_work(address, name)
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]

    def _idlest(self) -> str:
        """The address of which most connections wait."""
        return max(self._idle, key=lambda each: len(self._idle[each]), default="")

    def _make_room(self, address: str) -> bool:
        """Hang up on the one that waits the longest; False when none does."""
        for hang_up in self._idle.get(address, {}).values():
            hang_up()
            return True
        return False


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
        self.close_timeout = CLOSE_SECONDS
        self._reading = Clock(self.loop, READ_SECONDS, transport.abort)
        self._frames, self._since = 0, self.loop.time()

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
            if not self.handshake_complete:
                self.transport.write(_response(*_NO_HTTP))
            self.transport.close()

    def handle_message(self, event: Any) -> None:
        """A frame of a message, or a whole one."""
        self._count()
        super().handle_message(event)

    def handle_ping(self, event: Any) -> None:
        """A ping, which is answered."""
        self._count()
        super().handle_ping(event)

    def handle_pong(self, event: Any) -> None:
        """A pong, of which nothing follows."""
        self._count()
        super().handle_pong(event)

    def _count(self) -> None:
        """A client that sends frames without end ends with them. Raises RuntimeError."""
        now = self.loop.time()
        if now - self._since > 1.0:
            self._frames, self._since = 0, now
        self._frames += 1
        if self._frames > FRAMES_PER_SECOND:
            raise RuntimeError("too many frames")

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


class HttpProtocol(H11Protocol):
    """A connection. Its requests come whole in time, and their answers are read in time, or it ends."""

    # Where it is counted; and where the WebSocket is that may become of it, so that however many of those an address holds,
    # its requests are answered.
    counted_in: ClassVar[Connections]
    sockets_in: ClassVar[Connections]

    _counted = False
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let it in, or say that there are too many."""
        super().connection_made(transport)
        self._coming = Clock(self.loop, REQUEST_SECONDS, lambda: self._refuse(*_LATE))
        self._reading = Clock(self.loop, READ_SECONDS, transport.abort)
        self._address = share_of(self.client[0] if self.client else "")
        self._counted = self.counted_in.let_in(self._address)
        if self._counted:
            self._coming.start()
            self.counted_in.idle(self._address, self, transport.abort)
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
        if self._counted:
            self.counted_in.gone(self._address, self)
            self._counted = False

    def data_received(self, data: bytes) -> None:
        """Take bytes, and see whether a request is still under way."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._begun():
            self._coming.start()
        else:
            self._coming.stop()
            self.counted_in.at_work(self._address, self)

    def on_response_complete(self) -> None:
        """The client may ask again."""
        if self._counted:
            self.counted_in.idle(self._address, self, self.transport.abort)
        super().on_response_complete()

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
        if self._upgraded:  # h11 waits for a body that will not come
            return False
        return state is h11.SEND_BODY or (state is h11.IDLE and self.conn.trailing_data[0] != b"")

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on it is the WebSocket's."""
        keys = [value for name, value in self.headers if name == b"sec-websocket-key"]
        with_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers)
        if event.http_version != b"1.1" or with_body or len(keys) != 1 or not _KEY.fullmatch(keys[0]):
            self._refuse(*_NO_HTTP)
            return
        if not self.sockets_in.let_in(self._address):
            self._refuse(*_BUSY)
            return
        self._upgraded = True
        self._coming.stop()
        self.leave()
        super().handle_websocket_upgrade(event)
        self.transport.get_protocol().leave = lambda: self.sockets_in.gone(self._address, self)  # type: ignore[attr-defined]

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

    def _refuse(self, status: int, why: str) -> None:
        """Answer without the application and close, unless an answer is on its way already."""
        if self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(_response(status, why))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def protocols(connections: Connections, sockets: Connections) -> type[asyncio.Protocol]:
    """The class of HTTP connections that are counted there."""
    return type("CountedHttpProtocol", (HttpProtocol,), {"counted_in": connections, "sockets_in": sockets})


def _response(status: int, why: str) -> bytes:
    headers, body = error_of(why)
    lines = (name + b": " + value for name, value in (*headers, CLOSE, *HEADERS.items()))
    return b"\r\n".join([b"HTTP/1.1 %d %s" % (status, STATUS_PHRASES[status]), *lines, b"", body])
