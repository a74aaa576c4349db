"""Real PostgreSQL and Redis servers on free ports, with their files in a folder that is deleted afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
import redis

INSTALL = "scripts/debian.sh redis-server redis-server pg_ctlcluster postgresql"
SECONDS = 30.0


class Running:
    """A server: where it is (`url`, `port`) and where it keeps what it was given (`folder`)."""

    def __init__(self, url: str, port: int, folder: Path, empty: Callable[[], None], flush: Callable[[], None]) -> None:
        self.url, self.port, self.folder = url, port, folder
        self.empty, self._flush = empty, flush
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """All its processes stand still, while its connections stay open."""
        assert self.process
        everybody = [self.process.pid, *_children(self.process.pid)]
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)

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

    running = Running(
        f"postgresql://test@127.0.0.1:{port}/postgres",
        port,
        folder,
        lambda: execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"),
        lambda: execute("CHECKPOINT"),
    )
    with _process(command, folder, lambda: execute("SELECT 1"), signal.SIGINT) as running.process:
        yield running


@contextmanager
def redis_server(appends: str = "yes") -> Iterator[Running]:
    """A Redis server that appends each change to a file."""
    program = shutil.which("redis-server")
    assert program, f"Redis is missing: {INSTALL}"
    folder, port = Path(tempfile.mkdtemp(prefix="redis-")), _free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", appends, "--dir", str(folder)]
    client = redis.Redis(port=port)
    running = Running(f"redis://127.0.0.1:{port}/0", port, folder, client.flushdb, lambda: time.sleep(1.1))
    with _process(command, folder, client.ping, signal.SIGTERM) as running.process:
        yield running
        client.close()


@contextmanager
def _process(
    command: list[str | Path], folder: Path, answers: Callable[[], object], stop: int
) -> Iterator[subprocess.Popen[bytes]]:
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
        yield process
    finally:
        process.send_signal(stop)
        process.wait(SECONDS)
        shutil.rmtree(folder)
        Path(log.name).unlink()


def _children(pid: int) -> list[int]:
    pids = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    return [child for child in pids if _parent(child) == pid]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return 0


class Line:
    """A way to a server that can be cut without a word: both ends stay open, and nothing comes through any more."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.whole = threading.Event()
        self.whole.set()
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if not self.whole.is_set():
                    return  # what was on its way when the line was cut never arrives, also when there is a new one
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
