"""Where the state is kept: what AFTERCHECK_STORE may say."""

from __future__ import annotations

from pathlib import Path

from bot.settings import SettingsError
from bot.state.backend import Backend, StoreError

MEMORY = "memory:"
EXPECTED = (
    "expected `sqlite:///PATH`, `postgresql://USER:PASSWORD@HOST/DATABASE`, `redis://HOST:PORT/NUMBER`, "
    "or `memory:` to keep nothing over a restart"
)
_SQLITE = "sqlite:///"
# The project's own folder for its state, where the place itself is no file.
FOLDER = "state"


def backend_of(place: str, root: Path) -> tuple[Backend, Path]:
    """The backend for a place, and the folder for the key that belongs to it. Relative paths begin at `root`.

    Raises SettingsError.
    """
    scheme = place.partition(":")[0]
    try:
        if place == MEMORY:
            return _sql("sqlite://"), root / FOLDER
        if place.startswith(_SQLITE) and place != _SQLITE:
            file = root / place.removeprefix(_SQLITE)
            return _file(file), file.parent
        if scheme == "postgresql":
            return _sql(place), root / FOLDER
        if scheme in ("redis", "rediss"):
            return _redis(place), root / FOLDER
    except StoreError as error:
        raise SettingsError(f"AFTERCHECK_STORE: the {scheme} store cannot be opened: {error}; {EXPECTED}") from None
    raise SettingsError(f"AFTERCHECK_STORE: this is no address of a store; {EXPECTED}")


# A backend's library is imported where it is used, and not before Rasa's surroundings are prepared (bot.dialogue.agent).
def _sql(url: str) -> Backend:
    from bot.state.sql import SqlBackend

    return SqlBackend(url)


def _file(file: Path) -> Backend:
    from sqlalchemy.engine import URL

    from bot.state.sql import SqlBackend

    return SqlBackend(URL.create("sqlite", database=str(file)))


def _redis(url: str) -> Backend:
    from bot.state.redis import RedisBackend

    return RedisBackend(url)
