"""The WebSocket of the widget: JSON frames, each acknowledged by its number (docs/widget.md has the protocol).

A connection is bound to the session of the token that it shows first; nothing that a client sends later names one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.channels.http import decoded
from bot.channels.web.chats import Chats, News, Refusal, Said
from bot.dialogue.logs import kind_and_place

logger = logging.getLogger(__name__)

MAX_PACKET = 20_000
# Connections of one session, and of one address that may be a whole clinic's: far more than some tabs need.
MAX_CONNECTIONS = 20
CONNECTIONS_PER_ADDRESS = 100
STRANGERS_PER_ADDRESS = 50
# Seconds until the token must be shown, between pings, and that a silent side is waited for beyond that.
TOKEN_SECONDS = 10.0
PING_SECONDS = 20.0
PATIENCE_SECONDS = 20.0
# Frames that may wait to be written. A client that lets more pile up does not read; it comes again and catches up.
MAX_UNREAD = 500
_NOT_THIS_PROTOCOL, _OVER = 1008, 1000

Check = Callable[[str], str | None]


class _Token(msgspec.Struct, frozen=True):
    token: Any


class _After(msgspec.Struct, frozen=True):
    after: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = 0


class _Frame(msgspec.Struct, frozen=True):
    """What a client may send once it has shown its token: one of three things."""

    id: int | None = None
    say: Any = msgspec.UNSET
    resume: Any = msgspec.UNSET
    pong: bool = False


class _NotThisProtocol(Exception):
    """A client sent what is no frame of ours."""


class Sockets:
    """All open connections. `check` gives the session of a token."""

    def __init__(self, chats: Chats, check: Check) -> None:
        self._chats, self._check = chats, check
        self._of: dict[str, set[_Line]] = {}
        self._addresses: Counter[str] = Counter()
        # Those of each address that have not shown a token, the oldest first.
        self._strangers: dict[str, dict[_Line, asyncio.Task[Any]]] = {}
        chats.follow(self._tell)

    async def serve(self, socket: WebSocket, address: str) -> None:
        """Serve a connection from an address until its end."""
        await socket.accept()
        line = _Line(socket)
        self._addresses[address] += 1
        try:
            if self._addresses[address] > CONNECTIONS_PER_ADDRESS:
                await line.refuse("too_fast")
            else:
                await self._served(line, address)
        except (WebSocketDisconnect, OSError):
            pass  # the client is gone
        except (_NotThisProtocol, asyncio.TimeoutError):
            await line.close(_NOT_THIS_PROTOCOL)
        finally:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    async def _served(self, line: _Line, address: str) -> None:
        token = _shown(await self._introduced(line, address))
        session = self._check(token)
        try:
            ended = session is None or await self._chats.ended(session)
        except Exception as error:
            _log(error)
            await line.refuse("unavailable")
            return
        if session is None or ended:
            await line.refuse("ended")
            return
        lines = self._of.setdefault(session, set())
        if len(lines) >= MAX_CONNECTIONS:
            await line.refuse("too_fast")
            return
        lines.add(line)
        line.send({"ready": {"ping": PING_SECONDS, "patience": PATIENCE_SECONDS}})
        try:
            await self._talk(line, token, address)
        finally:
            lines.discard(line)
            if not lines and self._of.get(session) is lines:
                del self._of[session]

    async def _introduced(self, line: _Line, address: str) -> str:
        """The first frame of a connection. Raises TimeoutError, too, when many of its address wait to be introduced."""
        strangers = self._strangers.setdefault(address, {})
        if len(strangers) >= STRANGERS_PER_ADDRESS:
            next(iter(strangers.values())).cancel()
        reading: asyncio.Task[str] = asyncio.ensure_future(line.read())
        strangers[line] = reading
        try:
            await asyncio.wait({reading}, timeout=TOKEN_SECONDS)
            if not reading.done() or reading.cancelled():
                raise asyncio.TimeoutError
            return reading.result()
        finally:
            reading.cancel()
            del strangers[line]
            if not strangers and self._strangers.get(address) is strangers:
                del self._strangers[address]

    async def _talk(self, line: _Line, token: str, address: str) -> None:
        """Read and answer, one frame after the other: messages are kept in the order in which they were sent."""
        beside = [asyncio.ensure_future(line.write()), asyncio.ensure_future(line.ping())]
        reading = asyncio.ensure_future(self._read(line, token, address))
        try:
            done, _ = await asyncio.wait([reading, *beside], return_when=asyncio.FIRST_COMPLETED)
            if line.closing:  # what was said last still goes out
                await asyncio.wait_for(beside[0], PATIENCE_SECONDS)
            for task in done:
                task.result()
        finally:
            for task in (reading, *beside):
                task.cancel()
            await asyncio.gather(reading, *beside, return_exceptions=True)

    async def _read(self, line: _Line, token: str, address: str) -> None:
        while True:
            frame = decoded((await line.read()).encode(errors="surrogatepass"), _Frame)
            if frame is None:
                raise _NotThisProtocol
            if frame.pong and frame.id is None:
                continue
            if frame.id is None:
                raise _NotThisProtocol
            # The token may have expired meanwhile.
            session = self._check(token)
            if session is None:
                line.send({"id": frame.id, "answer": {"error": "ended"}})
            elif frame.say is msgspec.UNSET and frame.resume is not msgspec.UNSET:
                after = _converted(frame.resume, _After, _After()).after
                line.send({"id": frame.id, "answer": await _answered(self._chats.news(session, after))})
            else:
                said = _converted(frame.say, Said, None)
                saying = _refusal("invalid") if said is None else self._chats.say(session, said, address)
                line.send({"id": frame.id, "answer": await _answered(saying)})

    async def _tell(self, session: str, news: News) -> None:
        for line in list(self._of.get(session, ())):
            if news.ended:
                line.send({"ended": True})
                line.end()
                continue
            if news.entries:
                line.send({"entries": news.entries})
            line.send({"typing": news.typing})


class _Line:
    """One connection: what waits to be written, and when the client was last heard."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._unread: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._heard = time.monotonic()
        self.closing = False

    async def read(self) -> str:
        """The next frame. Raises WebSocketDisconnect, and _NotThisProtocol for one of bytes."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", _OVER))
        self._heard = time.monotonic()
        text = message.get("text")
        if not isinstance(text, str) or len(text) > MAX_PACKET:
            raise _NotThisProtocol
        return text

    def send(self, frame: dict[str, Any]) -> None:
        """Have a frame written, after those before it. A client that does not read is left behind."""
        if self._unread.qsize() >= MAX_UNREAD:
            self.end()
        elif not self.closing:
            self._unread.put_nowait(frame)

    def end(self) -> None:
        """End the connection after what waits to be written."""
        if not self.closing:
            self.closing = True
            self._unread.put_nowait(None)

    async def write(self) -> None:
        """Write what waits, until the end."""
        while (frame := await self._unread.get()) is not None:
            await self._socket.send_text(json.dumps(frame, separators=(",", ":")))
        await self._socket.close(_OVER)

    async def ping(self) -> None:
        """Ask every now and then whether the client is there; ends when it is not."""
        while time.monotonic() - self._heard < PING_SECONDS + PATIENCE_SECONDS:
            await asyncio.sleep(PING_SECONDS)
            self.send({"ping": True})
        await self._socket.close(_OVER)

    async def refuse(self, why: str) -> None:
        """Say why there is no connection, and close it."""
        await self._socket.send_text(json.dumps({"refused": {"error": why}}))
        await self._socket.close(_OVER)

    async def close(self, code: int) -> None:
        """Close at once; it may be closed already."""
        with contextlib.suppress(RuntimeError, OSError, WebSocketDisconnect):
            await self._socket.close(code)


def _shown(text: str) -> str:
    shown = decoded(text.encode(errors="surrogatepass"), _Token)
    if shown is None:
        raise _NotThisProtocol
    return shown.token if isinstance(shown.token, str) else ""


async def _answered(doing: Awaitable[News | Refusal | None]) -> Any:
    """What a client is acknowledged; also when the store is away."""
    try:
        done = await doing
    except Exception as error:
        _log(error)
        done = Refusal("unavailable")
    if isinstance(done, News):
        return {"entries": done.entries, "typing": done.typing}
    return {"ok": True} if done is None else msgspec.to_builtins(done)


async def _refusal(error: str) -> Refusal:
    return Refusal(error)


def _log(error: Exception) -> None:
    logger.error("a request over a socket failed: %s", kind_and_place(error))


def _converted(data: Any, kind: Any, otherwise: Any) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return otherwise
