"""A database of advisories on disk: a folder or a zip of JSON (osv.dev) or YAML (PyPA) files. Nothing is downloaded."""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

import msgspec

from bot.dependencies.advisories import Advisory, Malformed, decode, is_about, normal
from bot.dependencies.pins import Ecosystem

ECOSYSTEMS: tuple[Ecosystem, ...] = ("PyPI", "npm")
# The largest advisory of osv.dev has less than 3 MB, and the whole of npm about 1 GB.
LARGEST = 16 * 2**20
LARGEST_OF_ALL = 8 * 2**30
_JSON, _YAML = (".json",), (".yaml", ".yml")
# What the standard library raises for zips that are broken, encrypted, or packed in a way that it does not know.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError)


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what is expected."""


class Limits(msgspec.Struct, frozen=True):
    """What is read at the most, in bytes: of one advisory, and of all together."""

    one: int = LARGEST
    all: int = LARGEST_OF_ALL


class Database(msgspec.Struct, frozen=True):
    """What was read. `advisories` are those that name a wanted package and are not withdrawn.

    known      the names of packages for each ecosystem that any advisory names, withdrawn ones included
    newest     for each ecosystem that it has at all, when an advisory was last changed
    malformed  what is no advisory, and why
    """

    advisories: tuple[Advisory, ...]
    known: dict[Ecosystem, frozenset[str]]
    newest: dict[Ecosystem, datetime]
    malformed: tuple[str, ...]
    read: int


def read_database(places: Iterable[Path], wanted: Collection[tuple[Ecosystem, str]], limits: Limits | None = None) -> Database:
    """Read all advisories of some files and folders, and keep those that name a wanted package. Raises DatabaseError."""
    advisories: list[Advisory] = []
    known: dict[Ecosystem, set[str]] = {}
    newest: dict[Ecosystem, datetime] = {}
    malformed: list[str] = []
    read = 0
    for place, content in _documents(places, limits or Limits()):
        try:
            if isinstance(content, Malformed):
                raise content
            advisory = decode(content, as_yaml=place.endswith(_YAML))
        except Malformed as error:
            malformed.append(f"{place}: {error}")
            continue
        read += 1
        named = set(_names(advisory))
        for ecosystem, name in named:
            known.setdefault(ecosystem, set()).add(name)
            newest[ecosystem] = max(_aware(advisory.modified), newest.get(ecosystem, _aware(advisory.modified)))
        if advisory.withdrawn is None and not named.isdisjoint(wanted):
            advisories.append(advisory)
    if not read:
        problem = f"none of its {len(malformed)} files is one: {malformed[0]}" if malformed else "there is none"
        raise DatabaseError(f"no advisory could be read ({problem}); {EXPECTED}")
    kept = sorted(advisories, key=lambda advisory: advisory.id)
    return Database(tuple(kept), {key: frozenset(names) for key, names in known.items()}, newest, tuple(malformed), read)


EXPECTED = (
    "expected a folder or zip of advisories in the OSV schema, such as PyPI/all.zip and npm/all.zip of osv.dev, or a copy of "
    "the PyPA advisory database"
)


def _names(advisory: Advisory) -> Iterator[tuple[Ecosystem, str]]:
    for affected in advisory.affected or ():
        for ecosystem in ECOSYSTEMS:
            if affected.package and is_about(affected.package, ecosystem):
                yield ecosystem, normal(ecosystem, affected.package.name)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _documents(places: Iterable[Path], limits: Limits) -> Iterator[tuple[str, bytes | Malformed]]:
    """Every document by its place, the zips of a folder opened. What is too large is not read."""
    total = 0
    for place in places:
        for name, content in _folder(place, limits) if place.is_dir() else _file(place, limits):
            total += len(content) if isinstance(content, bytes) else 0
            if total > limits.all:
                raise DatabaseError(f"{place}: holds more than {limits.all // 2**20} MiB of advisories, which is not read")
            yield name, content


def _folder(folder: Path, limits: Limits) -> Iterator[tuple[str, bytes | Malformed]]:
    def failed(error: OSError) -> None:
        raise DatabaseError(f"{error.filename}: cannot be read ({error.strerror}); {EXPECTED}")

    for place, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and name.endswith((*_JSON, *_YAML, ".zip")):
                yield from _file(Path(place, name), limits)


def _file(file: Path, limits: Limits) -> Iterator[tuple[str, bytes | Malformed]]:
    try:
        if file.suffix == ".zip":
            yield from _zip(file, limits)
        elif file.name.endswith((*_JSON, *_YAML)):
            with file.open("rb") as opened:
                yield str(file), _limited(opened, limits.one)
        else:
            raise DatabaseError(f"{file}: is no folder, zip, JSON or YAML file; {EXPECTED}")
    except OSError as error:
        raise DatabaseError(f"{file}: cannot be read ({error.strerror or error}); {EXPECTED}") from None


def _zip(file: Path, limits: Limits) -> Iterator[tuple[str, bytes | Malformed]]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > limits.all:
                raise DatabaseError(f"{file}: would unpack to more than {limits.all // 2**20} MiB, so it is not read")
            for entry in archive.infolist():
                if entry.filename.endswith((*_JSON, *_YAML)):
                    yield f"{file}: {entry.filename}", _entry(archive, entry, limits.one)
    except _BROKEN as error:
        raise DatabaseError(f"{file}: is no zip file, or a broken one ({error}); {EXPECTED}") from None


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int) -> bytes | Malformed:
    try:
        with archive.open(entry) as opened:
            return _limited(opened, largest)
    except (*_BROKEN, OSError) as error:
        return Malformed(f"cannot be unpacked ({error})")


def _limited(opened: IO[bytes], largest: int) -> bytes | Malformed:
    content = opened.read(largest + 1)
    return Malformed(f"larger than {largest:,} bytes, so it is not read") if len(content) > largest else content
