"""What is done already, since what was read from the store a moment ago may say that it is still to do."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import OrderedDict
from pathlib import Path

logger = logging.getLogger(__name__)

# How much of it is remembered.
REMEMBERED = 10_000
# Bytes of a name in a file.
_BYTES = 16


class Done:
    """The last things that were done, by name."""

    def __init__(self) -> None:
        self._names: OrderedDict[object, None] = OrderedDict()

    def add(self, name: object) -> None:
        """Remember one, and forget the oldest when there are too many."""
        self._names[name] = None
        if len(self._names) > REMEMBERED:
            self._names.popitem(last=False)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def close(self) -> None:
        """Let go of what it is kept in."""


class Noted(Done):
    """The same, noted in a file in that moment: the store's own note waits for the disk and for whatever it does before.

    A note outlives the process however it ends, but not a power cut: it is not forced to the disk. Names stand there as
    hashes. A file that cannot be written is told in the log, and then the store's note must do.
    """

    def __init__(self, file: Path) -> None:
        """Go on with what an earlier process noted."""
        super().__init__()
        self._file, self._opened, self._written = file, -1, 0
        try:
            for line in file.read_text(encoding="ascii", errors="replace").split("\n") if file.exists() else ():
                if len(line) == 2 * _BYTES:  # the last one may be cut
                    super().add(line)
            self._begin()
        except OSError as error:
            self._failed(error)

    def add(self, name: object) -> None:
        """Remember one."""
        line = _hashed(name)
        super().add(line)
        if self._opened < 0:
            return
        try:
            os.write(self._opened, f"{line}\n".encode())
            self._written += 1
            if self._written > REMEMBERED:
                self._begin()
        except OSError as error:
            self._failed(error)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(_hashed(name))

    def close(self) -> None:
        """Let go of the file."""
        if self._opened >= 0:
            os.close(self._opened)
            self._opened = -1

    def _begin(self) -> None:
        """Put a file with what is remembered in the place of the old one, and go on in that."""
        draft = self._file.with_name(f"{self._file.name}.draft")
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(opened, "".join(f"{name}\n" for name in self._names).encode())
            draft.replace(self._file)
        except OSError:
            os.close(opened)
            raise
        self.close()
        self._opened, self._written = opened, 0

    def _failed(self, error: OSError) -> None:
        logger.error("what is done cannot be noted beside the store: %s", error.strerror or type(error).__name__)


def _hashed(name: object) -> str:
    return hashlib.blake2b(repr(name).encode(), digest_size=_BYTES).hexdigest()
