"""Places of a fixed size, each overwritten where it stands: in a file, or in the memory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

RECORD_BYTES = 128


class Records(Protocol):
    """Where the records are, each at its place."""

    def there(self) -> bool:
        """Whether they are still where they were opened."""

    def size(self) -> int:
        """How many bytes there are."""

    def read(self, place: int) -> bytes:
        """The record at a place."""

    def write(self, place: int, record: bytes) -> None:
        """Put a record at a place."""

    def sync(self) -> None:
        """Have everything that was written on the disk."""

    def close(self) -> None:
        """Let go of the file, and of the lock on it."""


class Disk:
    """Records in a file. `locked`: for writing, which one process can do at a time."""

    def __init__(self, file: Path, *, locked: bool) -> None:
        """Raises BlockingIOError when another process has the lock."""
        self._path = file
        self._file = os.open(file, os.O_RDWR if locked else os.O_RDONLY)
        if locked:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._file)
                raise

    def there(self) -> bool:
        """Whether they are still where they were opened."""
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False

    def size(self) -> int:
        """How many bytes there are."""
        return os.fstat(self._file).st_size

    def read(self, place: int) -> bytes:
        """The record at a place."""
        return os.pread(self._file, RECORD_BYTES, place * RECORD_BYTES)

    def write(self, place: int, record: bytes) -> None:
        """Put a record at a place."""
        if os.pwrite(self._file, record, place * RECORD_BYTES) != len(record):
            raise OSError("a key was written by half")

    def sync(self) -> None:
        """Have everything that was written on the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file, and of the lock on it."""
        os.close(self._file)


class Memory:
    """Records in the memory."""

    def __init__(self) -> None:
        self._content = bytearray()

    def there(self) -> bool:
        """Whether they are still where they were opened."""
        return True

    def size(self) -> int:
        """How many bytes there are."""
        return len(self._content)

    def read(self, place: int) -> bytes:
        """The record at a place."""
        return bytes(self._content[place * RECORD_BYTES : (place + 1) * RECORD_BYTES])

    def write(self, place: int, record: bytes) -> None:
        """Put a record at a place."""
        start = place * RECORD_BYTES
        self._content.extend(bytes(max(0, start - len(self._content))))
        self._content[start : start + len(record)] = record

    def sync(self) -> None:
        """There is no disk."""

    def close(self) -> None:
        """There is nothing to let go of."""
