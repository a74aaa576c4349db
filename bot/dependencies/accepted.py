"""The advisories that are known and accepted, each with its reason: data/dependencies/accepted.yml."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec
import yaml

from bot.dependencies.advisories import normal
from bot.dependencies.pins import Ecosystem, Pin
from bot.settings import ROOT, SettingsError

FILE = ROOT / "data" / "dependencies" / "accepted.yml"


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An advisory, by any of its names, that is accepted for a package. `since` is when that was decided."""

    id: str
    package: str
    reason: str
    since: date
    ecosystem: Ecosystem = "PyPI"

    def holds(self, pin: Pin, names: Iterable[str]) -> bool:
        """Whether it accepts an advisory of these names for a pin."""
        return self.id in names and pin.ecosystem == self.ecosystem and pin.name == normal(self.ecosystem, self.package)


def load_accepted(file: Path = FILE) -> tuple[Accepted, ...]:
    """The accepted advisories. Raises SettingsError."""
    try:
        entries = msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")) or [], tuple[Accepted, ...])
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise SettingsError(f"{file}: {error}; expected a list of `id`, `package`, `reason` and `since`") from None
    empty = next((entry.id for entry in entries if not entry.reason.strip()), None)
    if empty:
        raise SettingsError(f"{file}: {empty} has no reason; say why it is accepted")
    return entries
