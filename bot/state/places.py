"""Where the state is kept: what AFTERCHECK_STORE may say."""

from __future__ import annotations

from pathlib import Path

from bot.settings import SettingsError
from bot.state.backend import Backend

MEMORY = "memory:"
EXPECTED = (
    "expected `sqlite:///PATH`, `postgresql://USER:PASSWORD@HOST/DATABASE`, `redis://HOST:PORT/NUMBER`, "
    "or `memory:` to keep nothing over a restart"
)
_SQLITE = "sqlite:///"
# The project's own folder for its state, where the place itself is no file.
FOLDER = "state"


def backend_of(place: str, root: Path) -> tuple[Backend, Path]:
    """The backend for a place, and the folder for the key that belongs to it. Raises SettingsError.

    Relative paths begin at `root`. What is said of a place that fails holds no password.
    """
    # Not before Rasa's surroundings are prepared (bot.dialogue.agent.prepare), and Redis only where it is used.
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    from bot.state.sql import SqlBackend

    scheme = place.partition(":")[0]
    try:
        if place == MEMORY:
            return SqlBackend("sqlite://"), root / FOLDER
        if place.startswith(_SQLITE) and len(place) > len(_SQLITE):
            file = root / place.removeprefix(_SQLITE)
            return SqlBackend(f"{_SQLITE}{file}"), file.parent
        if scheme == "postgresql":
            return SqlBackend(place), root / FOLDER
        if scheme in ("redis", "rediss"):
            from bot.state.redis import RedisBackend

            return RedisBackend(place), root / FOLDER
    except ArgumentError:
        raise SettingsError(f"AFTERCHECK_STORE: this is no address of a store; {EXPECTED}") from None
    except (SQLAlchemyError, OSError, ValueError) as error:
        cause = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
        raise SettingsError(f"AFTERCHECK_STORE: the {scheme} store cannot be opened: {cause}; {EXPECTED}") from None
    raise SettingsError(f"AFTERCHECK_STORE: this is no address of a store; {EXPECTED}")
