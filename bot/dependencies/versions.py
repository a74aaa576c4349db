"""Which of two versions is the later one, as each ecosystem orders them: PEP 440 for PyPI, Semantic Versioning for npm."""

from __future__ import annotations

from typing import Protocol, TypeVar

import semver
from packaging.version import InvalidVersion, Version

from bot.dependencies.pins import Ecosystem

Self = TypeVar("Self", bound="Ordered")


class Ordered(Protocol):
    """A version that can be compared with others of its ecosystem."""

    def __lt__(self: Self, other: Self, /) -> bool: ...

    def __le__(self: Self, other: Self, /) -> bool: ...


class UnknownVersion(ValueError):
    """A text is no version of its ecosystem, so nothing can be said of what comes before or after it."""


def parse(ecosystem: Ecosystem, text: str) -> Ordered:
    """The version that a text is. Raises UnknownVersion."""
    try:
        if ecosystem == "PyPI":
            return Version(text)
        return semver.Version.parse(text.removeprefix("v"), optional_minor_and_patch=True)
    except (InvalidVersion, ValueError, TypeError):
        raise UnknownVersion(f"`{text}` is no version that {ecosystem} orders") from None


def same(ecosystem: Ecosystem, one: str, other: str) -> bool:
    """Whether two texts are the same version, such as `1.0` and `1.0.0` on PyPI."""
    if one == other:
        return True
    try:
        first, second = parse(ecosystem, one), parse(ecosystem, other)
    except UnknownVersion:
        return False
    return first <= second and second <= first
