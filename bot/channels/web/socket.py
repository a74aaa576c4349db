"""Socket.IO for the widget. A connection is bound to the session of its token; nothing that a client sends names one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import engineio
import msgspec
from sanic.request import Request
from sanic.response import HTTPResponse
from socketio import AsyncServer
from socketio.exceptions import ConnectionRefusedError

from bot.channels.web.chats import Chats, News, Refusal, Said
from bot.dialogue.logs import kind_and_place

logger = logging.getLogger(__name__)

MAX_PACKET = 20_000
# Connections of one session: far more than some tabs need.
MAX_CONNECTIONS = 20
Check = Callable[[str], str | None]


class _Auth(msgspec.Struct):
    token: str


class _After(msgspec.Struct):
    after: int


class _EngineServer(engineio.AsyncServer):
    """Remembers its tasks, which would otherwise outlive their connection, and the server."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._tasks: set[asyncio.Task[Any]] = set()

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
        """Begin a task."""
        task: asyncio.Task[Any] = super().start_background_task(target, *args, **kwargs)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def hang_up(self, connection: str) -> None:
        """End a connection after what was sent on it, without waiting for a client that does not read."""
        line = self.sockets.get(connection)
        if line is not None:
            await line.close(wait=False, abort=True)
            await line.queue.put(None)  # ends the writer, and so the WebSocket

    async def stop(self) -> None:
        """End all connections and tasks."""
        await self.shutdown()
        for connection in list(self.sockets):
            await self.hang_up(connection)
        for task in list(self._tasks):
            task.cancel()


class _SocketServer(AsyncServer):
    """Hangs up on a client that speaks no Socket.IO."""

    def _engineio_server_class(self) -> type[_EngineServer]:
        return _EngineServer

    async def _handle_eio_message(self, line: str, packet: Any) -> None:
        try:
            await super()._handle_eio_message(line, packet)
        except Exception as error:  # our own handlers raise nothing, so the packet is to blame
            await self.hang_up(line, error)

    async def hang_up(self, line: str, error: Exception) -> None:
        """End a connection because of what was sent on it."""
        logger.warning("a connection was ended: %s", kind_and_place(error))
        await self.eio.hang_up(line)


class Sockets:
    """The Socket.IO server. `check` gives the session of a token."""

    def __init__(self, chats: Chats, check: Check) -> None:
        self._chats, self._check = chats, check
        # The token and the session of each connection.
        self._lines: dict[str, tuple[str, str]] = {}
        # Origins are checked before a request gets here (bot.channels.web.channel), and polling has routes of its own.
        self.server = _SocketServer(
            async_mode="sanic",
            transports=["websocket"],
            cors_allowed_origins=[],
            max_http_buffer_size=MAX_PACKET,
            # One after the other for each connection: messages are kept in the order in which they were sent.
            async_handlers=False,
            logger=_silent("socketio"),
            engineio_logger=_silent("engineio"),
        )
        for handler in (self._connect, self._disconnect, self._say, self._resume):
            self.server.on(handler.__name__.strip("_"), handler)
        chats.follow(self._tell)

    async def stop(self) -> None:
        """End all connections; the clients will come again."""
        await self.server.eio.stop()

    async def handle(self, request: Request) -> HTTPResponse | None:
        """Serve a connection until its end; the answer, where there was no connection."""
        answer, protocol = None, request.transport.get_protocol()  # type: ignore[no-untyped-call]
        try:
            answer = await self.server.handle_request(request)
        except Exception as error:
            for line, environ in list(self.server.environ.items()):
                if environ["sanic.request"] is request:
                    await self.server.hang_up(line, error)
        return None if getattr(protocol, "websocket", None) else answer

    async def _connect(self, connection: str, environ: dict[str, Any], auth: Any = None) -> None:
        token = _converted(auth, _Auth, _Auth("")).token
        session = self._check(token)
        try:
            ended = session is None or await self._chats.ended(session)
        except Exception as error:
            raise _refused("unavailable", error) from None
        if session is None or ended:
            raise _refused("ended")
        if len(self._of(session)) >= MAX_CONNECTIONS:
            raise _refused("too_fast")
        self._lines[connection] = token, session
        self.server.enter_room(connection, session)

    async def _disconnect(self, connection: str) -> None:
        self._lines.pop(connection, None)

    async def _say(self, connection: str, data: Any = None) -> Any:
        async def say(session: str) -> Refusal | None:
            said = _converted(data, Said, None)
            return Refusal("invalid") if said is None else await self._chats.say(session, said)

        return await self._answered(connection, say)

    async def _resume(self, connection: str, data: Any = None) -> Any:
        async def resume(session: str) -> News | Refusal:
            return await self._chats.news(session, max(0, _converted(data, _After, _After(0)).after))

        return await self._answered(connection, resume)

    async def _answered(self, connection: str, do: Callable[[str], Any]) -> Any:
        """What a client is acknowledged; also when the token has expired meanwhile, and when the store is away."""
        session = self._check(self._lines[connection][0]) if connection in self._lines else None
        try:
            done = Refusal("ended") if session is None else await do(session)
        except Exception as error:
            _log(error)
            done = Refusal("unavailable")
        if isinstance(done, News):
            return {"entries": done.entries, "typing": done.typing}
        return {"ok": True} if done is None else msgspec.to_builtins(done)

    async def _tell(self, session: str, news: News) -> None:
        if news.ended:
            await self.server.emit("ended", {}, room=session)
            for connection in self._of(session):
                line = self.server.manager.eio_sid_from_sid(connection, "/")
                await self.server.disconnect(connection)
                await self.server.eio.hang_up(line)
            return
        if news.entries:
            await self.server.emit("entries", news.entries, room=session)
        await self.server.emit("typing", news.typing, room=session)

    def _of(self, session: str) -> list[str]:
        """The connections of a session."""
        return [connection for connection, (_, theirs) in self._lines.items() if theirs == session]


def _refused(reason: str, error: Exception | None = None) -> ConnectionRefusedError:
    if error is not None:
        _log(error)
    return ConnectionRefusedError(reason, {"error": reason})


def _log(error: Exception) -> None:
    logger.error("a request over a socket failed: %s", kind_and_place(error))


def _converted(data: Any, kind: Any, otherwise: Any) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return otherwise


def _silent(name: str) -> logging.Logger:
    """A library's logger that says nothing: it quotes what clients send, and calls each odd packet an error of its own."""
    found = logging.getLogger(name)
    found.setLevel(logging.CRITICAL + 1)
    return found
