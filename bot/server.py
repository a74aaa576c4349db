"""The server: one process with the agent, its channels, the chat page and the health checks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from bot import pages
from bot.channels.base import Channel, Served
from bot.channels.canary import MESSAGE, Canary
from bot.channels.http import Edge, as_response
from bot.channels.web.socket import MAX_PACKET
from bot.dialogue.logs import task_failed
from bot.edge.guard import Guard
from bot.edge.wire import Connections, WebSocketProtocol, protocols
from bot.listen import address_of
from bot.settings import SettingsError, settings
from bot.state.backend import StoreError
from bot.state.state import State

# uvicorn tells of what it gives up when it stops, which is no error.
logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
# Seconds that a request that runs may go on after Ctrl-C.
LAST_SECONDS = 2
# Seconds for which a message may wait for its answer before the server counts as failing.
LONGEST_WAIT = 60.0
_ERRORS = {404: "there is no such page", 405: "this address takes no such request"}


class Application:
    """What is served: the routes, and what has to be started and stopped with them."""

    def __init__(self, agent: Any, channels: list[Channel], state: State | None = None) -> None:
        """For an agent. With a state it forgets there, as time goes by, what is too old."""
        self.edge = Edge(settings().proxies)
        self.canary = Canary(agent.handle_message, agent.tracker_store)
        self._state = state
        self._served = {channel.name(): channel.serve(agent.handle_message, self.edge) for channel in channels}
        self.app: ASGIApp = Guard(
            _starlette(
                routes=[*_pages(self.edge), *_health(self.canary, state), *_mounted(self._served)],
                exception_handlers={HTTPException: _refused},
                lifespan=self._life,
            )
        )

    @contextlib.asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(task_failed)
        for channel in self._served.values():
            await channel.start()
        looking_after = _looked_after(self._state) if self._state is not None else []
        yield
        await self.stop()
        for task in looking_after:
            task.cancel()
        if self._state is not None:
            await self._state.close()

    async def stop(self) -> None:
        """Take nothing in any more: what waits is left to the next process. Called again, it changes nothing."""
        await asyncio.gather(*(channel.stop() for channel in self._served.values()))


def _looked_after(state: State) -> list[asyncio.Future[None]]:
    return [asyncio.ensure_future(state.keep_expiring()), asyncio.ensure_future(state.keep_watching())]


def _pages(edge: Edge) -> list[Route]:
    async def page(request: Request) -> Response:
        return HTMLResponse(pages.page(""))

    async def embed(request: Request) -> Response:
        return HTMLResponse(pages.page("embed"))

    async def asset(request: Request) -> Response:
        try:
            return pages.asset_response(request, request.path_params["name"], edge)
        except KeyError:
            raise HTTPException(404) from None

    return [Route("/", page), Route("/embed", embed), Route("/static/{name}", asset)]


def _health(canary: Canary, state: State | None) -> list[Route]:
    """Whether the process is alive, and whether it may be sent patients: /health asks the second, in one word."""

    async def live(request: Request) -> Response:
        return as_response({"status": "ok"})

    async def checks() -> dict[str, bool]:
        waiting = await _waiting_too_long(state) if state is not None else False
        return {"dialogue": await canary.healthy(), "store": state is None or state.sound, "answers_in_time": not waiting}

    async def ready(request: Request) -> Response:
        found = await checks()
        good = all(found.values())
        return as_response({"status": "ok" if good else "failing", "checks": found}, 200 if good else 503)

    async def health(request: Request) -> Response:
        good = all((await checks()).values())
        return as_response({"status": "ok" if good else "failing"}, 200 if good else 503)

    return [Route("/health", health), Route("/health/ready", ready), Route("/health/live", live)]


async def _waiting_too_long(state: State) -> bool:
    """Whether a message waits for its answer for longer than it should, or nobody can tell."""
    try:
        oldest = await state.oldest_waiting()
    except StoreError:
        return True
    return oldest is not None and time.time() - oldest > LONGEST_WAIT


def _mounted(served: dict[str, Served]) -> list[Mount]:
    return [Mount(f"/webhooks/{name}", app=Router(channel.routes, redirect_slashes=False)) for name, channel in served.items()]


def _starlette(**options: Any) -> Starlette:
    """An application that redirects nobody: the address would be made of the request's own host."""
    app = Starlette(**options)
    app.router.redirect_slashes = False
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """The answer to what a route refused. It repeats nothing of the request, which may quote a patient."""
    assert isinstance(error, HTTPException)
    return as_response({"error": _ERRORS.get(error.status_code, error.detail)}, error.status_code, error.headers)


class Server(uvicorn.Server):
    """uvicorn, which stops quietly: the application stops before the connections do, and no signal is raised again."""

    def __init__(self, application: Application, ready: Callable[[], None] = lambda: None) -> None:
        """`ready` is called once it serves."""
        self._application, self._ready = application, ready
        known = application.edge.proxies.knows
        wire = protocols(Connections(known), Connections(known))
        super().__init__(
            uvicorn.Config(
                application.app,
                http=wire,
                ws=WebSocketProtocol,
                ws_max_size=MAX_PACKET,
                ws_ping_interval=None,  # bot.channels.web.socket has pings that a browser can see
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=LAST_SECONDS,
                h11_max_incomplete_event_size=16_000,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop the channels, which wakes whoever waits for news, then the connections."""
        await self._application.stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the server, and that is no failure."""
        loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)


def serve(application: Application, listener: socket.socket) -> None:
    """Serve until Ctrl-C. Raises SettingsError when not even the canary is answered."""
    address = address_of(listener)
    server = Server(application, lambda: print(f"Aftercheck is ready: http://{address}/  (Ctrl-C stops it)", flush=True))
    _allow_many_files()

    async def checked() -> None:
        if not await application.canary.healthy():
            raise SettingsError(f"“{MESSAGE}” was not answered as an emergency: nothing is served. `make test` names the fault")
        # What is loaded now stays: without this, collecting garbage costs each turn a millisecond.
        gc.collect()
        gc.freeze()
        await server.serve([listener])

    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(checked())
    finally:
        loop.close()


def _allow_many_files() -> None:
    """As many open connections as the system allows; the usual limit is 1,024 files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536) if most > 0 else 65_536, most))
