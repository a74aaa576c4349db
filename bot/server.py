"""The server: one process with the agent, its channels, the chat page and the health check."""

from __future__ import annotations

import ipaddress
import logging
import socket
from pathlib import Path
from typing import Any

import yaml
from rasa.core.channels.channel import UserMessage
from rasa.core.channels.channel import register as register_channels
from rasa.shared.utils.common import class_from_module_path
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, file, json

from bot.channels.converse import converse
from bot.settings import ROOT, SettingsError, settings

CREDENTIALS = ROOT / "credentials.yml"
WEB = ROOT / "web"
ASSETS = {"chat.js": "text/javascript; charset=utf-8", "chat.css": "text/css; charset=utf-8"}
CANARY = "I cannot breathe"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def check_address(host: str, port: int) -> None:
    """Refuse an address that cannot be served, or that would leave REST open to the network. Raises SettingsError."""
    if not 0 < port < 65536:
        raise SettingsError(f"port {port}: expected a number from 1 to 65535")
    if not _is_local(host) and settings().rest_token is None:
        raise SettingsError(
            f"host {host}: REST has no token, so only this machine may be served. "
            "Set AFTERCHECK_REST_TOKEN to a long random text, or use --host 127.0.0.1"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"port {port} on {host}: {error.strerror}. Choose another with --port") from None


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_channels(credentials: Path = CREDENTIALS) -> list[Any]:
    """The channels that credentials.yml names, each from its class. Raises SettingsError."""
    content = yaml.safe_load(credentials.read_text(encoding="utf-8")) or {}
    channels = []
    for path, options in content.items():
        try:
            channel = class_from_module_path(path)
        except (ImportError, ValueError):
            raise SettingsError(f"{credentials.name}: `{path}` is no channel; expected for example bot.channels.rest.RestChannel") from None
        channels.append(channel.from_credentials(options or {}))
    return channels


def make_app(agent: Any, channels: list[Any]) -> Sanic:
    """The web application for an agent."""
    app = Sanic("aftercheck", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.ACCESS_LOG = False
    app.ctx.agent = agent
    register_channels(channels, app, route="/webhooks/")

    async def handle(message: UserMessage) -> None:
        await agent.handle_message(message)

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return await file(WEB / "index.html", headers=HEADERS)

    @app.get("/static/<name:str>")
    async def asset(request: Request, name: str) -> HTTPResponse:
        if name not in ASSETS:
            return json({"error": "not found"}, status=404)
        return await file(WEB / name, mime_type=ASSETS[name], headers=HEADERS)

    @app.get("/health")
    async def health(request: Request) -> HTTPResponse:
        replies = await converse(handle, "health", "canary", CANARY)
        levels = [(reply.custom or {}).get("level") for reply in replies]
        healthy = "emergency" in levels
        return json({"status": "ok" if healthy else "failing"}, status=200 if healthy else 503)

    return app


def serve(app: Sanic, host: str, port: int) -> None:
    """Serve until Ctrl-C."""
    logging.getLogger("sanic.root").setLevel(logging.ERROR)
    shown = f"[{host}]" if ":" in host else host
    print(f"Aftercheck is ready: http://{shown}:{port}/  (Ctrl-C stops it)", flush=True)
    app.run(host=host, port=port, workers=1, debug=False, access_log=False)
