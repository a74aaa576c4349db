"""Which package needs which, by the metadata of what is installed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bot.dependencies.licenses import license_of
from bot.dependencies.pins import Pin

Key = tuple[str, str, str]


class Installed:
    """The installed distributions by their normal names."""

    def __init__(self, distributions: Iterable[Distribution]) -> None:
        self._found: dict[str, Distribution] = {
            canonicalize_name(one.metadata["Name"]): one for one in distributions if one.metadata["Name"]
        }

    def requires(self, name: str) -> frozenset[str]:
        """What a distribution may need on any platform; extras left out. Nothing where it is not installed."""
        found = self._found.get(name)
        return frozenset(filter(None, map(_name, (found.requires or []) if found else [])))

    def license(self, name: str) -> str | None:
        """The license of a distribution: an SPDX expression where it can be told, else the text, else None."""
        found = self._found.get(name)
        return license_of(found.metadata) if found else None


def edges(pins: Iterable[Pin], installed: Installed) -> dict[Key, tuple[Key, ...]]:
    """For each pin of PyPI the pins that it needs: of two versions the one of its own environment."""
    by_name: dict[str, list[Pin]] = {}
    pins = [pin for pin in pins if pin.ecosystem == "PyPI"]
    for pin in pins:
        by_name.setdefault(pin.name, []).append(pin)
    found = {}
    for pin in pins:
        needed = [by_name[name] for name in installed.requires(pin.name) if name in by_name]
        near = [[one for one in those if _apart(one) == _apart(pin)] or those for those in needed]
        found[pin.key] = tuple(sorted(one.key for those in near for one in those))
    return found


def needed_by(graph: Mapping[Key, Iterable[Key]]) -> dict[Key, tuple[Key, ...]]:
    """The graph turned around: for each package those that need it."""
    found: dict[Key, set[Key]] = {}
    for key, needed in graph.items():
        for one in needed:
            found.setdefault(one, set()).add(key)
    return {key: tuple(sorted(those)) for key, those in found.items()}


def _apart(pin: Pin) -> bool:
    """Whether it is installed in an environment apart from that of the program."""
    return pin.scope not in ("run", "test")


def _name(line: str) -> str | None:
    """The name in a requirement; None where it is one only of an extra, or cannot be read."""
    try:
        requirement = Requirement(line)
        extra = requirement.marker is not None and "extra" in str(requirement.marker)
        if extra and requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            return None
    except (InvalidRequirement, UndefinedEnvironmentName):
        return None
    return canonicalize_name(requirement.name)
