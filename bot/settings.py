"""The clinic (clinic.yml) and the settings of the environment. Nothing else in the project reads either."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

ROOT = Path(__file__).resolve().parents[1]
CLINIC_FILE = ROOT / "clinic.yml"


class SettingsError(Exception):
    """A setting cannot be used; the message says which, where and what is expected."""


class Clinic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The clinic as patients read it. Empty numbers are those of the country."""

    name: str
    phone: str
    hours: str
    country: str = "other"
    emergency_number: str | None = None
    advice_number: str | None = None
    consent: Literal["notice", "ask"] = "notice"


class Settings(msgspec.Struct, frozen=True):
    """The environment: secrets and places. Every variable is described in docs/settings.md."""

    rest_token: str | None = None
    secret: str | None = None


def load_clinic(file: Path = CLINIC_FILE) -> Clinic:
    """Read clinic.yml. Raises SettingsError."""
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        return msgspec.convert(data, Clinic)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror}); copy the one of the repository") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{file}:{line}: is not valid YAML: {error.problem}") from None
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file}: {error}; known keys: {', '.join(Clinic.__struct_fields__)}") from None


@lru_cache(maxsize=1)
def clinic() -> Clinic:
    """The clinic of this process."""
    file = os.environ.get("AFTERCHECK_CLINIC")
    return load_clinic(Path(file) if file else CLINIC_FILE)


def settings() -> Settings:
    """The settings of the environment."""
    return Settings(
        rest_token=os.environ.get("AFTERCHECK_REST_TOKEN") or None,
        secret=os.environ.get("AFTERCHECK_SECRET") or None,
    )
