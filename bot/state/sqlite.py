"""SQLite: one connection to one file, and the question whether that is still the file that was opened."""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import time
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import StaticPool

from bot.state.backend import StoreError
from bot.state.guard import PATIENCE

THREADS = 1
# Less than this on the disk is full: SQLite may still find room in its log for a little, and not for the next message.
LEAST_FREE = 256 * 1024
# How long a check may read through the file; of a large one it sees a part.
CHECK_SECONDS = 0.3
_STEPS = 5000
_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_COUNTER, _MARK = slice(24, 28), slice(68, 72)
_REPLACED = "its file was replaced by another one. Put it back, and restart"


class SqliteFile:
    """A file that its owner alone can read, or (None) a database in memory. Used by one thread at a time, apart from `inspect`.

    The file carries a random mark in its header. The header is read past SQLite, which may have pages in memory; through a
    descriptor that stays open, since to close one would take SQLite's locks away (POSIX).
    """

    def __init__(self, file: Path | None) -> None:
        """Make the file where there is none. Raises OSError and StoreError."""
        self._file = file
        self._lock: int | None = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if file.exists() and not file.stat().st_mode & 0o200:
                raise StoreError("its file is read-only")
            file.touch(mode=0o600)
            file.chmod(0o600)
            self._seen = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self.engine = _engine(file)
        self._unwiped = False

    def opened(self) -> None:
        """Once the tables are there: give the file its mark, and see that it is whole. Raises StoreError."""
        if self._file is None:
            return
        with self._raw() as raw:
            self._mark = int(raw.execute("PRAGMA application_id").fetchone()[0])
            if not self._mark:
                self._mark = secrets.randbelow(2**31 - 1) + 1
                raw.execute(f"PRAGMA application_id = {self._mark}")
        self.wipe()
        self._counter = 0
        self.inspect()

    def bounded(self, seconds: float) -> AbstractContextManager[None]:
        """SQLite waits for locks alone, and no longer than it was told."""
        return nullcontext()

    def wipe(self) -> None:
        """Take what was removed out of the write-ahead log as well; later, while somebody reads the file.

        To wait for a reader here would hold up everybody.
        """
        with self._raw() as raw:
            raw.execute("PRAGMA busy_timeout = 0")
            try:
                self._unwiped = bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
            except sqlite3.OperationalError:
                self._unwiped = True
            finally:
                raw.execute(f"PRAGMA busy_timeout = {int(1000 * PATIENCE)}")

    def check(self) -> None:
        """Called by the thread after it has written something: what was removed leaves the log, if it was in the way before."""
        if self._unwiped:
            self.wipe()

    def inspect(self) -> None:
        """Look at the file from outside, in any thread. Raises StoreError."""
        if self._file is None:
            return
        kept = os.fstat(self._seen)
        try:
            found = self._file.stat()
        except OSError:
            raise StoreError("its file was removed. Put it back, and restart") from None
        if (found.st_dev, found.st_ino) != (kept.st_dev, kept.st_ino):
            raise StoreError(_REPLACED)
        if not found.st_mode & 0o200:
            raise StoreError("its file is read-only")
        disk = os.statvfs(self._file)
        if disk.f_frsize * (disk.f_bavail if os.geteuid() else disk.f_bfree) < LEAST_FREE:
            raise StoreError("the disk is full")
        if not self._file.with_name(f"{self._file.name}-wal").exists():
            raise StoreError("its write-ahead log was removed. Restart")
        self._look_into_it()

    def _look_into_it(self) -> None:
        header = os.pread(self._seen, _HEADER, 0)
        if not header.startswith(_MAGIC):
            raise StoreError("its file was overwritten with something else. Put it back, and restart")
        counter, mark = (int.from_bytes(header[part], "big") for part in (_COUNTER, _MARK))
        # While somebody reads the file, the mark may still be in the log alone.
        if mark not in (0, self._mark) or counter < self._counter:
            raise StoreError(_REPLACED)
        self._counter = counter
        assert self._file is not None
        end = time.monotonic() + CHECK_SECONDS
        with closing(sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as fresh:
            fresh.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            try:
                said = fresh.execute("PRAGMA quick_check(1)").fetchone()[0]
            except sqlite3.OperationalError as error:  # there was no time for more, or a lock is held for a moment
                if "interrupted" in str(error) or "locked" in str(error):
                    return
                raise
            if said != "ok":
                raise StoreError("its file is damaged. Put back a copy of it, and restart")

    def claim(self) -> None:
        """Hold the lock file beside it; the kernel lets go of it when this process ends, however it ends."""
        if self._file is None or self._lock is not None:
            return
        file = self._lock_file()
        while True:
            lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if file.exists() and file.stat().st_ino == os.fstat(lock).st_ino:
                    self._lock = lock
                    return
            except BlockingIOError:
                os.close(lock)
                raise StoreError("another server uses it. Stop that one first") from None
            os.close(lock)  # it was removed by the server that held it and stopped at this moment

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()
        if self._file is not None:
            os.close(self._seen)
        if self._lock is not None:
            self._lock_file().unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _lock_file(self) -> Path:
        assert self._file is not None
        return self._file.with_name(f"{self._file.name}-lock")

    def _raw(self) -> Any:
        """The connection itself, outside any transaction."""
        return _Raw(self.engine)


class _Raw:
    """The one connection of an engine, as the library has it."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.raw_connection()

    def __enter__(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self._connection.dbapi_connection
        return connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _engine(file: Path | None) -> Engine:
    engine = sa.create_engine(
        URL.create("sqlite", database=None if file is None else str(file)),
        future=True,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": PATIENCE},
    )
    sa.event.listen(engine, "connect", _connected)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _connected(connection: Any, _: Any) -> None:
    # Python would begin a transaction only with its first change; of two processes one would then find the file changed.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # Who only reads needs no lock, and waits for none.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
