"""The folder of the keys: the main key, and a file with the keys of each store that was opened with it.

Which file belongs to a store is known from a mark in the store with the file's id, whatever the file is called. Whoever
uses the folder holds a lock on it; only a rotation of the main key, and making good one that was cut short, has it alone.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

from bot.settings import SettingsError
from bot.state.backend import Backend
from bot.state.keys import Keys, WrongKeyError, id_of, in_memory, keys_of, new_file, wrapped_anew
from bot.state.seal import Sealer, key_in

KEY_FILE, FILE_OF_KEYS = "aftercheck.key", "aftercheck.keys"
_NEW, _OLD = ".new", ".old"
# The mark of a store whose bodies are sealed with keys of conversations, and of one from before there were any.
_MARK, _EARLIER = "keys", "key"

_ANOTHER_KEY = (
    "AFTERCHECK_STORE was written with another key. Set AFTERCHECK_SECRET to what it was then, or to the new one if it was "
    f"being rotated (if it was not set: unset it, and put back the file `{KEY_FILE}`). Without that key nothing in the store "
    "can be read: to begin anew, delete the store or choose another one"
)
_NO_FILE = (
    "AFTERCHECK_STORE was written with another file of keys than {folder} has. Put back the file `{file}` that was there. "
    "Without it no conversation and no waiting message in the store can be read: to begin anew, delete the store or choose "
    "another one"
)
_IN_USE = (
    "AFTERCHECK_STORE is in use: another server has {file}. One server uses a store at a time: stop the other one first, "
    "or choose another store"
)


class Folder:
    """The folder, while this process uses it."""

    def __init__(self, path: Path, *, alone: bool = False) -> None:
        """Make it when there is none, and lock it. Raises SettingsError."""
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._opened = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise SettingsError(f"{path}: the folder of the keys cannot be made or read ({type(error).__name__})") from None
        try:
            fcntl.flock(self._opened, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            doing = "a server or another command uses the keys: stop it" if alone else "the main key is being rotated: wait"
            why = doing if isinstance(error, BlockingIOError) else f"it cannot be locked ({error.strerror}): use a local disk"
            raise SettingsError(f"{path}: {why}, then try again") from None

    def close(self) -> None:
        """Let others have it alone."""
        os.close(self._opened)


def opened_folder(path: Path) -> Folder:
    """The folder, after a rotation that was cut short is brought to its end. Raises SettingsError."""
    if _leftovers(path):
        alone = Folder(path, alone=True)
        try:
            finish_rotation(path)
        except OSError as error:
            raise SettingsError(f"{path}: a rotation of the key cannot be finished ({error.strerror or error})") from None
        finally:
            alone.close()
    return Folder(path)


async def keys_in(folder: Path, store: Backend, sealer: Sealer, *, serving: bool) -> Keys:
    """The keys of a store; a new file of them for a store that has none. Raises SettingsError.

    Without `serving` nothing is made or changed: a server may be at work on them.
    """
    for file in _files(folder):
        if await _belongs(file, store):
            keys = _opened(file, sealer, serving=serving)
            if serving and not await store.marked(_MARK):
                await store.mark(_MARK, True)
            return keys
    if await store.marked(_MARK):
        raise SettingsError(_NO_FILE.format(folder=folder, file=FILE_OF_KEYS))
    earlier = await store.marked(_EARLIER)
    if earlier and not await store.marked(f"{_EARLIER}:{sealer.fingerprint}"):
        raise SettingsError(_ANOTHER_KEY)
    if not serving:
        return in_memory(sealer)
    keys = _opened(_made(folder, new_file(sealer, earlier=earlier)), sealer, serving=True)
    # The file's own mark first: what follows only says that there is one.
    await store.mark(f"{_MARK}:{keys.id.hex()}", True)
    await store.mark(_MARK, True)
    return keys


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.keys"))


async def _belongs(file: Path, store: Backend) -> bool:
    try:
        id_ = id_of(file)
    except OSError:
        return False
    return id_ is not None and await store.marked(f"{_MARK}:{id_.hex()}")


def _opened(file: Path, sealer: Sealer, *, serving: bool) -> Keys:
    try:
        return keys_of(file, sealer, locked=serving)
    except WrongKeyError:
        raise SettingsError(_ANOTHER_KEY) from None
    except BlockingIOError:
        raise SettingsError(_IN_USE.format(file=file)) from None
    except OSError as error:
        raise SettingsError(f"{file}: the keys of the store cannot be read ({error.strerror or error})") from None


def _made(folder: Path, content: bytes) -> Path:
    """A new file, whole or not at all. When another store has a file of the usual name, it gets a name of its own."""
    draft = folder / f"{FILE_OF_KEYS}.{secrets.token_hex(4)}"
    try:
        _write(draft, content)
        for name in (FILE_OF_KEYS, f"aftercheck-{secrets.token_hex(4)}.keys"):
            try:
                (folder / name).hardlink_to(draft)
            except FileExistsError:
                continue
            _sync(folder)
            return folder / name
        raise FileExistsError(draft)
    except OSError as error:
        raise SettingsError(f"{folder}: no file of keys can be made there ({error.strerror or error})") from None
    finally:
        draft.unlink(missing_ok=True)


# -- rotation ----------------------------------------------------------------------------------------------------------


def rotate_key_file(folder: Path) -> None:
    """Put a new main key in the place of the one in the key file, alone in the folder. Killed anywhere, it is begun or not;
    once begun, it is finished by the next start."""
    key_in(folder / f"{KEY_FILE}{_NEW}")
    _sync(folder)
    finish_rotation(folder)


def finish_rotation(folder: Path) -> None:
    """Bring a rotation to its end, alone in the folder, and destroy what it left."""
    key, new = folder / KEY_FILE, folder / f"{KEY_FILE}{_NEW}"
    for file in _leftovers(folder):
        if file != new:
            _destroy(file)
    if new.exists():
        wrap_all(folder, Sealer(key_in(key)), Sealer(key_in(new)))
        _put_in_place(new, key)


def wrap_all(folder: Path, old: Sealer, new: Sealer) -> int:
    """Wrap the keys of all stores that are under one main key with another one, alone in the folder; how many there were."""
    count = 0
    for file in _files(folder):
        wrapped = wrapped_anew(file.read_bytes(), old, new) if id_of(file) is not None else None
        if wrapped is not None:
            draft = file.with_name(f"{file.name}{_NEW}")
            _write(draft, wrapped)
            _put_in_place(draft, file)
            count += 1
    return count


def _put_in_place(new: Path, file: Path) -> None:
    """Replace a file in one step, and destroy what it held."""
    old = file.with_name(f"{file.name}{_OLD}")
    old.hardlink_to(file)
    new.replace(file)
    _sync(file.parent)
    _destroy(old)


def _leftovers(folder: Path) -> list[Path]:
    """What a rotation that was cut short leaves."""
    return [file for name in ("*.keys", KEY_FILE) for end in (_NEW, _OLD) for file in sorted(folder.glob(f"{name}{end}"))]


def _destroy(file: Path) -> None:
    """Overwrite a file and remove it; only its second name, where it is still in use under its first."""
    first = file.with_name(file.name.removesuffix(_OLD))
    if not (first != file and first.exists() and first.samefile(file)):
        with file.open("r+b") as opened:
            opened.write(bytes(os.fstat(opened.fileno()).st_size))
            opened.flush()
            os.fsync(opened.fileno())
    file.unlink()


def _write(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(content)
        new.flush()
        os.fsync(new.fileno())


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
