"""The address that is served: checked and taken before anything slow is loaded."""

from __future__ import annotations

import ipaddress
import socket

from bot.settings import SettingsError, settings


def listen(host: str, port: str) -> socket.socket:
    """A socket bound to the address; port 0 takes a free one.

    Raises SettingsError when there is no such address, when it is taken, or when it would open REST to the network
    while REST has no token.
    """
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SettingsError(f"port {port}: expected a number from 0 to 65535 (0 takes a free one)")
    try:
        found = socket.getaddrinfo(host or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise SettingsError(f"host {host}: no such address. Use --host 127.0.0.1 to serve this machine only") from None
    # An IPv4 address first: a browser that is told "localhost" tries it in any case.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] is not socket.AF_INET)
    if not ipaddress.ip_address(address[0]).is_loopback and settings().rest_token is None:
        raise SettingsError(
            f"host {host}: REST has no token, so only this machine may be served. "
            "Set AFTERCHECK_REST_TOKEN to a long random text, or use --host 127.0.0.1"
        )
    taken = socket.socket(family, kind, protocol)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise SettingsError(f"port {port} on {host}: {error.strerror}. Choose another with --port") from None
    return taken


def address_of(bound: socket.socket) -> str:
    """The address of a socket as it stands in a URL: `127.0.0.1:5005`, `[::1]:5005`."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
