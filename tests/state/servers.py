"""Real PostgreSQL and Redis servers on free ports, with their files in a folder that is deleted afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import redis

INSTALL = "scripts/debian.sh redis-server redis-server pg_ctlcluster postgresql"
SECONDS = 30.0


class Running:
    """A server: where it is (`url`) and where it keeps what it was given (`folder`)."""

    def __init__(self, url: str, folder: Path, empty: Callable[[], None], flush: Callable[[], None]) -> None:
        self.url, self.folder = url, folder
        self.empty, self._flush = empty, flush

    def content(self) -> bytes:
        """All that it has on the disk."""
        self._flush()
        return b"".join(file.read_bytes() for file in sorted(self.folder.rglob("*")) if file.is_file())


@contextmanager
def postgresql() -> Iterator[Running]:
    """A PostgreSQL server. It refuses to run as root, so that there it runs as its own user."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("initdb") or "/").parent]
    assert (programs[-1] / "initdb").exists(), f"PostgreSQL is missing: {INSTALL}"
    root = os.geteuid() == 0
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []
    folder, port = Path(tempfile.mkdtemp(prefix="postgresql-")), _free_port()
    if root:
        shutil.chown(folder, "postgres", "postgres")
    make = [*as_user, programs[-1] / "initdb", "--username=test", "--auth=trust", "--no-sync", "--encoding=UTF8", folder]
    subprocess.run(make, check=True, capture_output=True, cwd="/")
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*as_user, programs[-1] / "postgres", "-D", folder, "-p", str(port), *options]

    def execute(*statements: str) -> None:
        connection = psycopg2.connect(host="127.0.0.1", port=port, user="test", dbname="postgres")
        connection.autocommit = True
        try:
            for statement in statements:
                connection.cursor().execute(statement)
        finally:
            connection.close()

    with _process(command, folder, lambda: execute("SELECT 1"), signal.SIGINT):
        yield Running(
            f"postgresql://test@127.0.0.1:{port}/postgres",
            folder,
            lambda: execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"),
            lambda: execute("CHECKPOINT"),
        )


@contextmanager
def redis_server() -> Iterator[Running]:
    """A Redis server that appends each change to a file."""
    program = shutil.which("redis-server")
    assert program, f"Redis is missing: {INSTALL}"
    folder, port = Path(tempfile.mkdtemp(prefix="redis-")), _free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", str(folder)]
    client = redis.Redis(port=port)
    with _process(command, folder, client.ping, signal.SIGTERM):
        yield Running(f"redis://127.0.0.1:{port}/0", folder, client.flushdb, lambda: time.sleep(1.1))
        client.close()


@contextmanager
def _process(command: list[str | Path], folder: Path, answers: Callable[[], object], stop: int) -> Iterator[None]:
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                answers()
                break
            except (psycopg2.Error, redis.RedisError):
                assert process.poll() is None, Path(log.name).read_text()
                assert time.monotonic() < deadline, Path(log.name).read_text()
                time.sleep(0.05)
        yield
    finally:
        process.send_signal(stop)
        process.wait(SECONDS)
        shutil.rmtree(folder)
        Path(log.name).unlink()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
