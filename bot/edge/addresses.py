"""Who speaks: the address that counts, and the address under which we are known, through proxies that the clinic named.

`X-Forwarded-*` and `Forwarded` are words of whoever sends them. They count only as far as AFTERCHECK_PROXIES says.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

import msgspec

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What a name in the Host header may be made of: letters, digits, and the brackets of IPv6. Anything else is no host.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]{1,100}){0,20}/?")
_FOR = "x-forwarded-for"
# Whoever sends one of these comes through a proxy, or pretends to.
FORWARDED = ("forwarded", _FOR, "x-real-ip", "x-forwarded-host")


class Proxies(msgspec.Struct, frozen=True):
    """Which proxies stand before us: how many (whatever their addresses are), or which addresses they have."""

    count: int = 0
    networks: tuple[Network, ...] = ()

    def knows(self, address: str) -> bool:
        """Whether whoever connects from an address is one of them."""
        return self.count > 0 or self._listed(address)

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The address of whoever asks: what the outermost of our proxies was connected from."""
        if not self.knows(peer):
            return peer
        chain = [each.strip() for each in _all(headers, _FOR).split(",") if each.strip()]
        if self.count:
            found = chain[-self.count] if len(chain) >= self.count else peer
        else:
            found = next((each for each in reversed(chain) if not self._listed(each)), peer)
        return found if _ip(found) is not None else peer

    def public_url(self, peer: str, headers: Mapping[str, str], path: str) -> str:
        """The address under which a path was asked for, as whoever asked knows it. The host may be empty."""
        told = headers if self.knows(peer) else {}
        scheme = _first(told.get("x-forwarded-proto", ""))
        host = _first(told.get("x-forwarded-host", ""))
        prefix = told.get("x-forwarded-prefix", "")
        return (
            f"{scheme if scheme in ('http', 'https') else 'http'}://"
            f"{host if is_host(host) else headers.get('host', '')}"
            f"{prefix.rstrip('/') if _PREFIX.fullmatch(prefix) else ''}{path}"
        )

    def _listed(self, address: str) -> bool:
        ip = _ip(address)
        return ip is not None and any(ip in network for network in self.networks)


def read_proxies(told: str) -> Proxies:
    """What AFTERCHECK_PROXIES says: a number, or addresses and networks with commas. Raises ValueError."""
    if told.strip().isascii() and told.strip().isdigit():
        return Proxies(count=int(told))
    listed = (each.strip() for each in told.split(","))
    return Proxies(networks=tuple(ipaddress.ip_network(each) for each in listed if each))


def share_of(address: str) -> str:
    """What is counted as one address: an IPv4 address, or the /64 of an IPv6 one, which belongs to one customer."""
    ip = _ip(address)
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip) if ip is not None else address


def is_host(text: str) -> bool:
    """Whether a text can stand in a Host header."""
    return _HOST.fullmatch(text) is not None


def is_this_machine(host: str) -> bool:
    """Whether a host (with or without port) names this machine, whatever a name server says."""
    name = host.rpartition(":")[0] if re.search(r":[0-9]*$", host) and not host.endswith("]") else host
    ip = _ip(name.strip("[]"))
    return ip.is_loopback if ip is not None else name.lower() == "localhost" or name.lower().endswith(".localhost")


def _all(headers: Mapping[str, str], name: str) -> str:
    """All lines of a header as one; those of a client stand before those of our proxies."""
    lines = getattr(headers, "getlist", None)
    return ",".join(lines(name)) if lines is not None else headers.get(name, "")


def _first(listed: str) -> str:
    return listed.partition(",")[0].strip()


def _ip(address: str) -> Any:
    """The address as an object; that of IPv4 where it is written as one of IPv6; None where it is none."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
