"""One advisory in the OSV schema (https://ossf.github.io/osv-schema/), and whether it speaks of a version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cmp_to_key
from typing import Any, Literal

import msgspec
import yaml
from packaging.utils import canonicalize_name

from bot.dependencies.pins import Ecosystem, Pin
from bot.dependencies.versions import Ordered, UnknownVersion, parse, same

# Affected; not affected; or not to be told, because its versions cannot be compared with ours.
Verdict = Literal["affected", "unaffected", "unclear"]

# An advisory is seven levels deep, and what a database adds of its own some more.
DEEPEST = 100


class Malformed(ValueError):
    """A document is no advisory in the OSV schema; the message says why."""


class Event(msgspec.Struct, frozen=True):
    """A point where being affected begins or ends. One of its fields is set."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, frozen=True):
    """Events between versions, or between commits (GIT), which say nothing of a version."""

    type: str
    events: tuple[Event, ...]


class Package(msgspec.Struct, frozen=True):
    """A package as the advisory names it."""

    ecosystem: str
    name: str


class Rating(msgspec.Struct, frozen=True):
    """How severe it is: in the words of a database, or as the vector of a scoring system (`type`)."""

    type: str = ""
    score: str = ""


class Specific(msgspec.Struct, frozen=True):
    """What the database that wrote the advisory adds, in whatever form it likes."""

    severity: Any = None


class Affected(msgspec.Struct, frozen=True):
    """A package and the versions of it that are affected."""

    package: Package | None = None
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[Rating, ...] | None = ()


class Advisory(msgspec.Struct, frozen=True):
    """An advisory. `modified` is when it was last changed; a `withdrawn` one no longer holds.

    Where the schema wants a list it allows null too.
    """

    id: str
    modified: datetime
    affected: tuple[Affected, ...] | None = ()
    aliases: tuple[str, ...] | None = ()
    withdrawn: datetime | None = None
    summary: str = ""
    severity: tuple[Rating, ...] | None = ()
    database_specific: Specific | None = None

    @property
    def names(self) -> frozenset[str]:
        """Its id and its other names."""
        return frozenset((self.id, *(self.aliases or ())))

    @property
    def rated(self) -> str:
        """Its severity as a word where it has one, else as a vector, else nothing."""
        word = self.database_specific.severity if self.database_specific else None
        if isinstance(word, str) and word:
            return word.upper()
        own = [self.severity, *(affected.severity for affected in self.affected or ())]
        ratings = [rating for each in own for rating in each or ()]
        return next((rating.score for rating in ratings if rating.score), "")


def decode(content: bytes, *, as_yaml: bool) -> Advisory:
    """The advisory that a document is. Raises Malformed."""
    try:
        if not as_yaml:
            return msgspec.json.decode(content, type=Advisory)
        _check_shape(content)
        # Every value stays a text: read as a number, version 1.10 would become 1.1.
        return msgspec.convert(yaml.load(content, Loader=yaml.CBaseLoader), Advisory, strict=False)  # noqa: S506
    except (msgspec.MsgspecError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise Malformed(" ".join(str(error).split())) from None


def _check_shape(content: bytes) -> None:
    """Raise Malformed for YAML that is nested so deeply that the parser in C would overflow the stack, or that refers to
    parts of itself: a few lines can stand for billions so. No database writes either."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise Malformed("refers to parts of itself (`*name`)")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Malformed(f"nested more than {DEEPEST} levels deep")


def is_about(package: Package, ecosystem: Ecosystem) -> bool:
    """Whether a package is of an ecosystem. What stands behind a colon narrows it, and is not looked at."""
    return package.ecosystem.partition(":")[0] == ecosystem


def normal(ecosystem: Ecosystem, name: str) -> str:
    """A name as its ecosystem compares it."""
    return canonicalize_name(name) if ecosystem == "PyPI" else name


def entries(advisory: Advisory, pin: Pin) -> Iterator[Affected]:
    """The parts of an advisory that speak of a pin's package, in whatever version."""
    for affected in advisory.affected or ():
        package = affected.package
        if package and is_about(package, pin.ecosystem) and normal(pin.ecosystem, package.name) == pin.name:
            yield affected


def verdict(advisory: Advisory, pin: Pin) -> Verdict:
    """Whether a pinned version is affected, by the schema's own rules. An unclear one must be looked at by a person."""
    said = [_verdict(affected, pin) for affected in entries(advisory, pin)]
    return "affected" if "affected" in said else "unclear" if "unclear" in said else "unaffected"


def fixes(advisory: Advisory, pin: Pin) -> tuple[str, ...]:
    """The versions that are named as mended and later than the pinned one, the earliest first."""
    found: dict[str, Ordered] = {}
    for affected in entries(advisory, pin):
        for event in (event for each in affected.ranges if each.type != "GIT" for event in each.events if event.fixed):
            try:
                mended = parse(pin.ecosystem, str(event.fixed))
                if parse(pin.ecosystem, pin.version) < mended:
                    found[str(event.fixed)] = mended
            except UnknownVersion:
                continue
    return tuple(sorted(found, key=lambda text: cmp_to_key(_compared)(found[text])))


def _verdict(affected: Affected, pin: Pin) -> Verdict:
    if any(same(pin.ecosystem, pin.version, version) for version in affected.versions):
        return "affected"
    ranges = [each for each in affected.ranges if each.type != "GIT"]
    try:
        if any(_within(each.events, pin) for each in ranges):
            return "affected"
    except UnknownVersion:
        return "unclear"
    return "unaffected" if ranges or affected.versions else "unclear"


def _within(events: Sequence[Event], pin: Pin) -> bool:
    """The evaluation of the schema: walk through the events in order, up to the version."""
    version = parse(pin.ecosystem, pin.version)
    limits = [event.limit for event in events if event.limit]
    if limits and not any(limit == "*" or version < parse(pin.ecosystem, limit) for limit in limits):
        return False
    inside = False
    for kind, at in sorted(_points(events, pin.ecosystem), key=cmp_to_key(_earlier)):
        if at is not None and not at <= version:
            break
        if kind == "introduced":
            inside = True
        elif kind == "fixed" or at is None or at < version:
            inside = False
    return inside


def _points(events: Sequence[Event], ecosystem: Ecosystem) -> Iterator[tuple[str, Ordered | None]]:
    """The events with their versions; None comes before every version."""
    begun = False
    for event in events:
        for kind in ("introduced", "fixed", "last_affected"):
            text = getattr(event, kind)
            if text:
                begun = begun or kind == "introduced"
                yield kind, None if text == "0" else parse(ecosystem, text)
    # A range that names no beginning is affected from the first version on.
    if not begun:
        yield "introduced", None


def _earlier(one: tuple[str, Ordered | None], other: tuple[str, Ordered | None]) -> int:
    if one[1] is None or other[1] is None:
        return (one[1] is not None) - (other[1] is not None)
    return _compared(one[1], other[1])


def _compared(one: Ordered, other: Ordered) -> int:
    return -1 if one < other else 1 if other < one else 0
