"""The clinic (clinic.yml) and the settings of the environment. Nothing else in the project reads either."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from bot.edge.addresses import Proxies, read_proxies
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.load import COUNTRIES
from bot.knowledge.located import read_yaml

ROOT = Path(__file__).resolve().parents[1]
CLINIC_FILE = ROOT / "clinic.yml"
CREDENTIALS_FILE = ROOT / "credentials.yml"
SECRET_CHARACTERS = 8
STORE = "sqlite:///state/aftercheck.sqlite3"
# As a browser writes it in its Origin header: no path, and no port where it is the scheme's own.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


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
    crisis_number: str | None = None
    poison_number: str | None = None
    consent: Literal["notice", "ask"] = "notice"


class Settings(msgspec.Struct, frozen=True):
    """The environment: secrets and places. Every variable is described in docs/settings.md."""

    rest_token: str | None = None
    secret: str | None = None
    store: str = STORE
    origins: tuple[str, ...] = ()
    proxies: Proxies = Proxies()


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


def strong_enough(name: str, value: str) -> str:
    """A secret that the clinic made up, called `name`. Raises SettingsError when anybody could guess it."""
    if len(value) < SECRET_CHARACTERS or len(set(value)) == 1:
        raise SettingsError(
            f"{name}: this is easily guessed; it needs {SECRET_CHARACTERS} characters or more, and not the same one again and "
            "again. Set it to a long random text, such as `openssl rand -hex 32` gives"
        )
    return value


def settings() -> Settings:
    """The settings of the environment. Raises SettingsError."""
    return Settings(
        rest_token=_secret("AFTERCHECK_REST_TOKEN"),
        secret=_secret("AFTERCHECK_SECRET"),
        store=os.environ.get("AFTERCHECK_STORE") or STORE,
        origins=_origins(os.environ.get("AFTERCHECK_ORIGINS") or ""),
        proxies=_proxies(os.environ.get("AFTERCHECK_PROXIES") or ""),
    )


def _proxies(told: str) -> Proxies:
    try:
        return read_proxies(told)
    except ValueError:
        raise SettingsError(
            f"AFTERCHECK_PROXIES: `{told}` is neither a number of proxies nor their addresses; expected for example 1, or "
            "10.0.0.7,2001:db8::/32"
        ) from None


def _secret(name: str) -> str | None:
    value = os.environ.get(name) or None
    return None if value is None else strong_enough(name, value)


def _origins(listed: str) -> tuple[str, ...]:
    """The origins of a comma-separated list."""
    origins = tuple(origin.strip() for origin in listed.split(",") if origin.strip())
    for origin in origins:
        default = ":443" if origin.startswith("https:") else ":80"
        if not _ORIGIN.fullmatch(origin) or origin.endswith(default):
            raise SettingsError(
                f"AFTERCHECK_ORIGINS: `{origin}` is no origin; expected the addresses of sites that show the chat, in lower "
                f"case, without a path and without {default}, such as https://www.clinic.example,https://clinic.example:8443"
            )
    return origins
