"""Socket.IO for the widget. A connection is bound to the session of its token; nothing that a client sends names one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sanic import Blueprint, Sanic
from socketio import AsyncServer
from socketio.exceptions import ConnectionRefusedError

from bot.channels.web.chats import Chats, Refusal, Said

PATH = "/webhooks/web/socket.io"
MAX_BODY = 20_000
Check = Callable[[str], str | None]
AllowOrigin = Callable[[str, str], bool]


class _Token(msgspec.Struct):
    token: str


class _After(msgspec.Struct):
    after: int


class SocketBlueprint(Blueprint):
    """A blueprint with a Socket.IO server on the app that it is registered with."""

    def __init__(self, name: str, server: AsyncServer) -> None:
        super().__init__(name)
        self.ctx.server = server

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Attach the server, then the routes."""
        self.ctx.server.attach(app, PATH)
        super().register(app, options)


def socket_server(chats: Chats, check: Check, allowed: AllowOrigin) -> AsyncServer:
    """The server. `check` gives the session of a token; `allowed` judges an origin for a host."""
    server = AsyncServer(
        async_mode="sanic",
        cors_allowed_origins=lambda origin, environ: allowed(origin, _host(environ)),
        max_http_buffer_size=MAX_BODY,
        logger=False,
        engineio_logger=False,
    )

    async def connect(connection: str, environ: dict[str, Any], auth: Any = None) -> None:
        session = check(_converted(auth, _Token, _Token("")).token)
        if session is None or await chats.ended(session):
            raise ConnectionRefusedError({"error": "ended"})
        await server.save_session(connection, {"session": session})
        server.enter_room(connection, session)

    async def say(connection: str, data: Any = None) -> Any:
        session = (await server.get_session(connection))["session"]
        said = _converted(data, Said, None)
        refusal = Refusal("invalid") if said is None else await chats.say(session, said)
        return {"ok": True} if refusal is None else msgspec.to_builtins(refusal)

    async def resume(connection: str, data: Any = None) -> Any:
        session = (await server.get_session(connection))["session"]
        after = _converted(data, _After, _After(0)).after
        return {"entries": await chats.entries(session, after), "typing": chats.typing(session)}

    async def tell(session: str, entries: list[dict[str, Any]], typing: bool) -> None:
        if await chats.ended(session):
            await server.emit("ended", {}, room=session)
            await server.close_room(session)
            return
        if entries:
            await server.emit("entries", entries, room=session)
        await server.emit("typing", typing, room=session)

    for handler in (connect, say, resume):
        server.on(handler.__name__, handler)
    chats.follow(tell)
    return server


def _host(environ: dict[str, Any]) -> str:
    return str(environ.get("HTTP_X_FORWARDED_HOST") or environ.get("HTTP_HOST") or "")


def _converted(data: Any, kind: Any, otherwise: Any) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return otherwise
