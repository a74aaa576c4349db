"""The clinic (clinic.yml) and the settings of the environment. Nothing else in the project reads either."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.load import COUNTRIES
from bot.knowledge.located import read_yaml

ROOT = Path(__file__).resolve().parents[1]
CLINIC_FILE = ROOT / "clinic.yml"
CREDENTIALS_FILE = ROOT / "credentials.yml"
STORE = "sqlite:///state/aftercheck.sqlite3"


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
    store: str = STORE


def load_clinic(file: Path = CLINIC_FILE) -> Clinic:
    """Read clinic.yml. Raises SettingsError with the file and the line."""
    try:
        located = read_yaml(file)
        made = located.convert(Clinic, located.data)
        countries = read_yaml(COUNTRIES).data["countries"]
    except KnowledgeError as error:
        raise SettingsError(f"{error}; known keys: {', '.join(Clinic.__struct_fields__)}") from None
    if made.country not in countries:
        where = f"{file}:{located.line('country')}"
        raise SettingsError(f"{where}: country `{made.country}` is not known; known: {', '.join(countries)}")
    return made


@lru_cache(maxsize=1)
def clinic() -> Clinic:
    """The clinic of this process."""
    file = os.environ.get("AFTERCHECK_CLINIC")
    return load_clinic(Path(file) if file else CLINIC_FILE)


def credentials_file() -> Path:
    """Which channels are served, and with which secrets."""
    file = os.environ.get("AFTERCHECK_CREDENTIALS")
    return Path(file) if file else CREDENTIALS_FILE


def variable(name: str) -> str | None:
    """A variable that credentials.yml names as `${NAME}`; None when it is not set or empty."""
    return os.environ.get(name) or None


def settings() -> Settings:
    """The settings of the environment."""
    return Settings(
        rest_token=os.environ.get("AFTERCHECK_REST_TOKEN") or None,
        secret=os.environ.get("AFTERCHECK_SECRET") or None,
        store=os.environ.get("AFTERCHECK_STORE") or STORE,
    )
