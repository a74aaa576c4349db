"""Another main key (`aftercheck store rotate`): keys of conversations are wrapped anew, and the old one opens nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.settings import SettingsError, settings, strong_enough, variable
from bot.state.folder import Folder, finish_rotation, rotate_key_file, wrap_all
from bot.state.places import MEMORY
from bot.state.seal import Sealer
from bot.state.state import open_state

NEW_SECRET = "AFTERCHECK_NEW_SECRET"  # noqa: S105


def rotate() -> str:
    """Rotate the main key of AFTERCHECK_STORE, with the server stopped. What to do next. Raises SettingsError."""
    config = settings()
    if config.store == MEMORY:
        raise SettingsError("AFTERCHECK_STORE is `memory:`, which keeps nothing, so there is no key to rotate")
    secret, new = config.secret, _new_secret(config.secret)
    path = _checked()
    folder = Folder(path, alone=True)
    try:
        if secret is None or new is None:
            rotate_key_file(path)
            return f"The main key in {path} is a new one. Start the server again."
        finish_rotation(path)
        wrap_all(path, Sealer(secret.encode()), Sealer(new.encode()))
        return (
            f"The keys in {path} are under the new secret. Set AFTERCHECK_SECRET to it, unset {NEW_SECRET}, start the server."
        )
    except OSError as error:
        raise SettingsError(f"{path}: the rotation was not finished ({error.strerror or error}). Try again") from None
    finally:
        folder.close()


def _new_secret(secret: str | None) -> str | None:
    new = variable(NEW_SECRET)
    if secret is None:
        if new is not None:
            raise SettingsError(f"{NEW_SECRET} is set but AFTERCHECK_SECRET is not: the key is in a file. Unset {NEW_SECRET}")
        return None
    if new is None or new == secret:
        raise SettingsError(f"Set {NEW_SECRET} to another long random text (openssl rand -hex 32), and keep AFTERCHECK_SECRET")
    strong_enough(NEW_SECRET, new)
    return new


def _checked() -> Path:
    """The folder of the keys, after the store was opened with the present key: one from before is brought up to date."""
    opened = open_state()
    asyncio.run(opened.close())
    assert opened.folder is not None
    return opened.folder.path
