"""What this project pins, read from its files."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from bot.dependencies.graph import Installed, Key, edges
from bot.dependencies.pins import Locked, LockError, Scope, debian_packages, merged, read_package_lock, read_requirements
from bot.settings import ROOT

# Later ones add to earlier ones: what is in requirements.txt as well is needed to run.
REQUIREMENTS: tuple[tuple[str, Scope], ...] = (
    ("requirements.txt", "run"),
    ("requirements-dev.txt", "test"),
    ("evaluation/baselines/requirements.txt", "baselines"),
    ("training/requirements.in", "training"),
)
PACKAGE_LOCK = "web/package-lock.json"
_NAMED = re.compile(r'^  "(?P<name>[\w.-]+)', re.MULTILINE)


def read_project(root: Path = ROOT) -> Locked:
    """Everything that is pinned, with what needs what. Raises LockError."""
    locks = [read_requirements(_text(root, name), name, scope) for name, scope in REQUIREMENTS]
    npm = read_package_lock(_text(root, PACKAGE_LOCK), PACKAGE_LOCK)
    pins = merged(pin for lock in (*locks, npm) for pin in lock.pins)
    graph: dict[Key, tuple[Key, ...]] = {**edges(pins, Installed(distributions())), **npm.requires}
    named = {canonicalize_name(match["name"]) for match in _NAMED.finditer(_text(root, "pyproject.toml"))}
    asked = tuple(pin.key for pin in pins if pin.ecosystem == "PyPI" and pin.name in named and pin.scope in ("run", "test"))
    unpinned = tuple(line for lock in (*locks, npm) for line in lock.unpinned)
    return Locked(pins, unpinned, graph, (*asked, *npm.asked))


def debian(root: Path = ROOT) -> tuple[str, ...]:
    """The Debian packages that the scripts ask for."""
    return debian_packages(
        file.read_text(encoding="utf-8") for file in (root / "Makefile", *sorted((root / "scripts").glob("*.sh")))
    )


def _text(root: Path, name: str) -> str:
    try:
        return (root / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(f"{name}: cannot be read ({error})") from None
