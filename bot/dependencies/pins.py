"""The packages that the project pins: from lock files of pip and npm, and the Debian packages that its scripts name."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec
from packaging.utils import canonicalize_name

Ecosystem = Literal["PyPI", "npm"]
# What a pin is for. What runs is told first.
Scope = Literal["run", "test", "baselines", "training"]
SCOPES: tuple[Scope, ...] = ("run", "test", "baselines", "training")
_PINNED = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[\w.,\s-]*\])?\s*===?\s*(?P<version>[^\s;\\*]+)\s*(?:;.*)?$")
_HASH = re.compile(r"--hash=(?P<algorithm>sha256|sha384|sha512):(?P<digest>[0-9a-fA-F]+)")
_DEBIAN = re.compile(r"scripts/debian\.sh((?:[ \t]+[a-z0-9_+.-]+[ \t]+[a-z0-9+.-]+)+)")
_MODULES = "node_modules/"


class Pin(msgspec.Struct, frozen=True):
    """A package at one version. `hashes` are pairs of algorithm and hexadecimal digest, as the lock has them."""

    ecosystem: Ecosystem
    name: str
    version: str
    scope: Scope
    hashes: tuple[tuple[str, str], ...] = ()
    license: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the package that it is."""
        return self.ecosystem, self.name, self.version


class Locked(msgspec.Struct, frozen=True):
    """What lock files say: the pins, and the lines that pin nothing and so cannot be audited.

    `requires` says for pins whose lock tells it (npm) which they need; `asked` are those that the project names itself.
    """

    pins: tuple[Pin, ...] = ()
    unpinned: tuple[str, ...] = ()
    requires: Mapping[tuple[str, str, str], tuple[tuple[str, str, str], ...]] = {}
    asked: tuple[tuple[str, str, str], ...] = ()


class LockError(Exception):
    """A lock file cannot be used; the message says which and why."""


def read_requirements(text: str, source: str, scope: Scope) -> Locked:
    """The pins of a requirements file: `name==version ; marker \\` and the hashes below it. `source` names the file."""
    pins, unpinned = [], []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        hashes = tuple(sorted((match["algorithm"], match["digest"].lower()) for match in _HASH.finditer(line)))
        entry = _HASH.sub("", re.sub(r"(^|\s)#.*", "", line)).strip()
        found = _PINNED.match(entry)
        if found:
            pins.append(Pin("PyPI", canonicalize_name(found["name"]), found["version"], scope, hashes))
        elif entry:
            unpinned.append(f"{source}: {entry}")
    return Locked(tuple(pins), tuple(unpinned))


def read_package_lock(text: str | bytes, source: str) -> Locked:
    """The pins of a package-lock.json of npm 7 or later. Raises LockError."""
    try:
        lock = msgspec.json.decode(text, type=_PackageLock)
    except (msgspec.MsgspecError, ValueError) as error:
        raise LockError(f"{source}: {error}; expected a package-lock.json of npm 7 or later") from None
    pins = {place: _npm_pin(place, entry) for place, entry in lock.packages.items() if place and not entry.link}
    unpinned = tuple(f"{source}: {place} has no version" for place, pin in pins.items() if pin is None)
    known = {place: pin.key for place, pin in pins.items() if pin}
    requires = {known[place]: tuple(_needed(place, lock.packages[place], known)) for place in known}
    root = lock.packages.get("", _NpmEntry())
    return Locked(tuple(pin for pin in pins.values() if pin), unpinned, requires, tuple(_needed("", root, known)))


def debian_packages(texts: Iterable[str]) -> tuple[str, ...]:
    """The Debian packages that scripts install with scripts/debian.sh; their versions are those of the machine."""
    calls = (match[1].split() for text in texts for match in _DEBIAN.finditer(text))
    return tuple(sorted({name for call in calls for name in call[1::2]}))


def merged(pins: Iterable[Pin]) -> tuple[Pin, ...]:
    """Each package once for each version: what is needed to run as well as to test is needed to run."""
    found: dict[tuple[str, str, str], Pin] = {}
    for pin in sorted(pins, key=lambda pin: (*pin.key, SCOPES.index(pin.scope))):
        found.setdefault(pin.key, pin)
    return tuple(found.values())


class _NpmEntry(msgspec.Struct, frozen=True):
    name: str | None = None
    version: str | None = None
    integrity: str = ""
    license: str | dict[str, str] | None = None
    dev: bool = False
    link: bool = False
    dependencies: dict[str, str] = {}
    devDependencies: dict[str, str] = {}
    optionalDependencies: dict[str, str] = {}
    peerDependencies: dict[str, str] = {}


class _PackageLock(msgspec.Struct, frozen=True):
    packages: dict[str, _NpmEntry]


def _npm_pin(place: str, entry: _NpmEntry) -> Pin | None:
    if not entry.version:
        return None
    said = entry.license.get("type") if isinstance(entry.license, dict) else entry.license
    name = entry.name or place.rpartition(_MODULES)[2]
    return Pin("npm", name, entry.version, "test" if entry.dev else "run", tuple(_integrity(entry.integrity)), said)


def _integrity(value: str) -> Iterator[tuple[str, str]]:
    """The digests of an integrity attribute (`sha512-BASE64 ...`), as hexadecimal."""
    for one in sorted(value.split()):
        algorithm, _, digest = one.partition("-")
        try:
            yield algorithm, base64.b64decode(digest, validate=True).hex()
        except (binascii.Error, ValueError):
            continue


def _needed(place: str, entry: _NpmEntry, known: Mapping[str, tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """What an entry needs, found as Node finds it: in its own folder first, then in those above."""
    names = {*entry.dependencies, *entry.devDependencies, *entry.optionalDependencies, *entry.peerDependencies}
    for name in sorted(names):
        folder = place
        while True:
            here = f"{folder}/{_MODULES}{name}" if folder else f"{_MODULES}{name}"
            if here in known:
                yield known[here]
                break
            if not folder:
                break
            folder = folder.rpartition(_MODULES)[0].rstrip("/")
