"""The server: one process with the agent, its channels, the chat page and the health check."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from functools import partial
from typing import Any

from rasa.core.channels.channel import register as register_channels
from sanic import Sanic
from sanic.exceptions import SanicException, ServiceUnavailable
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, html, json

from bot import pages
from bot.channels.base import Channel
from bot.channels.canary import MESSAGE, Canary
from bot.channels.messaging.channel import MAX_BODY
from bot.dialogue.logs import kind_and_place, task_failed
from bot.listen import address_of
from bot.settings import SettingsError
from bot.state.state import State

logger = logging.getLogger(__name__)

# Sent with every response, unless the route says otherwise.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# How long a request that runs may go on after Ctrl-C.
LAST_SECONDS = 2.0


def make_app(agent: Any, channels: list[Channel], state: State | None = None) -> Sanic:
    """The web application for an agent. With a state it forgets there, as time goes by, what is too old."""
    app = Sanic("aftercheck", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.ACCESS_LOG = False
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = LAST_SECONDS
    app.ctx.agent = agent
    app.ctx.canary = Canary(agent.handle_message, agent.tracker_store)
    register_channels(channels, app, route="/webhooks/")
    if state is not None:
        # Sanic stops in the reverse order: the tasks end before the store is closed.
        app.register_listener(partial(_close, state), "after_server_stop")
        app.register_listener(partial(_keep_expiring, state), "after_server_start")
    app.register_listener(_end_all_tasks, "after_server_stop")
    app.register_listener(_log_failed_tasks, "before_server_start")
    app.error_handler.add(Exception, _failed)
    app.register_middleware(_add_headers, "response")

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(pages.page(""))

    @app.get("/embed")
    async def embed(request: Request) -> HTTPResponse:
        return html(pages.page("embed"))

    @app.get("/static/<name:str>")
    async def asset(request: Request, name: str) -> HTTPResponse:
        try:
            return pages.asset_response(request, name)
        except KeyError:
            return json({"error": "there is no such page"}, status=404)

    @app.get("/health")
    async def health(request: Request) -> HTTPResponse:
        healthy = await app.ctx.canary.healthy()
        return json({"status": "ok" if healthy else "failing"}, status=200 if healthy else 503)

    return app


async def _log_failed_tasks(*_: Any) -> None:
    asyncio.get_running_loop().set_exception_handler(task_failed)


async def _end_all_tasks(*_: Any) -> None:
    """What still runs now waits for clients that do not read."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=0.5)


async def _keep_expiring(state: State, app: Sanic, *_: Any) -> None:
    app.add_task(state.keep_expiring())
    app.add_task(state.keep_watching())


async def _close(state: State, *_: Any) -> None:
    await state.close()


def _add_headers(request: Request, response: BaseHTTPResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


_ERRORS = {404: "there is no such page", 405: "this address takes no such request", 413: f"more than {MAX_BODY} bytes"}


def _failed(request: Request, error: Exception) -> HTTPResponse:
    """The answer to a request that failed. It repeats nothing of the request, which may quote a patient."""
    status = error.status_code if isinstance(error, SanicException) else 500
    if status >= 500 and not _hung_up(error):
        logger.error("a request failed: %s", kind_and_place(error))
    return json({"error": _ERRORS.get(status, "the request could not be answered")}, status=status)


def _hung_up(error: Exception) -> bool:
    """Whether whoever asked is gone, as every WebSocket is in the end; Sanic calls that an error of ours."""
    return isinstance(error, ServiceUnavailable) and str(error) == "Cancelled"


def serve(app: Sanic, listener: socket.socket) -> None:
    """Serve until Ctrl-C. Raises SettingsError when not even the canary is answered."""
    if not asyncio.run(app.ctx.canary.healthy()):
        raise SettingsError(f"“{MESSAGE}” was not answered as an emergency, so nothing is served. `make test` names the fault")
    # What is loaded now stays: without this, collecting garbage costs each turn a millisecond.
    gc.collect()
    gc.freeze()

    async def announce(*_: Any) -> None:
        print(f"Aftercheck is ready: http://{address_of(listener)}/  (Ctrl-C stops it)", flush=True)

    app.register_listener(announce, "after_server_start")
    app.run(sock=listener, workers=1, debug=False, access_log=False, motd=False)
