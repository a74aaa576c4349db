"""PostgreSQL: connections that never wait without an end, and the lock that one server holds.

libpq waits for ever for a server that is there and says nothing. So psycopg2 waits by the function below (it offers that for
event loops), which has an end for each transaction.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2
import psycopg2.extensions as pg
import sqlalchemy as sa
from sqlalchemy.engine import URL

from bot.state.backend import StoreError
from bot.state.guard import PATIENCE, SILENT, claimed

THREADS = 8
# Any number: this one is "aftercheck" to all servers that use the same database.
LOCK = 0x61667465
_OPTIONS = {
    "statement_timeout": f"{PATIENCE:.1f}s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    # Lets go of a client that is gone without a word, and of its locks.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
}
_CONNECT = {
    "options": " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items()),
    "connect_timeout": 2,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 2000,
}
_ends = threading.local()


def _wait(connection: Any) -> None:
    """Called by psycopg2 to wait for a server; when this raises, it closes the connection. Other threads have no end."""
    end: float | None = getattr(_ends, "at", None)
    while (asked := connection.poll()) != pg.POLL_OK:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN if asked == pg.POLL_READ else select.POLLOUT)
        if not poll.poll(None if end is None else max(0.0, 1000 * (end - time.monotonic()))):
            raise psycopg2.OperationalError(SILENT)


class PostgresServer:
    """A database of a PostgreSQL server."""

    def __init__(self, url: URL) -> None:
        """Nothing is connected yet."""
        pg.set_wait_callback(_wait)
        self.engine = sa.create_engine(
            url, future=True, pool_size=THREADS, max_overflow=0, pool_pre_ping=True, connect_args=_CONNECT
        )
        self._claims: Any = None
        self._claimed = False

    def opened(self) -> None:
        """Nothing to do."""

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """What this thread asks meanwhile fails when it takes longer."""
        _ends.at = time.monotonic() + seconds
        try:
            yield
        finally:
            _ends.at = None

    def wipe(self) -> None:
        """What was removed is no longer found; when its bytes are overwritten, the server decides."""

    def check(self) -> None:
        """Called by a thread after it has written something: the claim is still ours. Raises StoreError."""
        if self._claimed:
            self._take()

    def inspect(self) -> None:
        """Nothing can be seen from outside."""

    def claim(self) -> None:
        """Hold a lock of the database for as long as its connection lasts. Raises StoreError."""
        claimed(self._take)
        self._claimed = True

    def _take(self) -> None:
        """See that the connection of the claim stands; connect and lock again where it does not."""
        if self._claims is not None:
            try:
                self._claims.cursor().execute("SELECT 1")
                return
            except psycopg2.Error:
                self._let_go()
        arguments, named = self.engine.dialect.create_connect_args(self.engine.url)
        self._claims = psycopg2.connect(*arguments, **{**named, **_CONNECT})
        self._claims.autocommit = True
        cursor = self._claims.cursor()
        cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
        if not cursor.fetchone()[0]:
            self._let_go()
            raise StoreError("another server uses it. Stop that one first; after one that was cut off, wait half a minute")

    def _let_go(self) -> None:
        with suppress(psycopg2.Error):
            self._claims.close()
        self._claims = None

    def close(self) -> None:
        """Let go of all connections."""
        if self._claims is not None:
            self._let_go()
        self.engine.dispose()
