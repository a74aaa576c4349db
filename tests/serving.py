"""Starts `aftercheck` in a process of its own and talks to it over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from bot.settings import ROOT

READY = "Aftercheck is ready: "


def environment(**changes: str) -> dict[str, str]:
    """The environment without the settings of whoever runs the tests, with a store in memory, and with `changes`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AFTERCHECK_")}
    return {**kept, "AFTERCHECK_STORE": "memory:", **changes}


def aftercheck(*arguments: str, stdin: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(**settings), input=stdin, capture_output=True, timeout=120)


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(url: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """One request; anything may be in it. A body is called JSON where the headers do not call it something else."""
    parts = urlsplit(url)
    if body is not None:
        headers = {"Content-Type": "application/json", **(headers or {})}
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


class Server:
    """A running `aftercheck serve`, on a free port where none is given.

    What it keeps and its errors are in `folder`; a second one goes on there. `program`: what else Python runs as the command.
    """

    def __init__(self, folder: Path, port: int = 0, program: tuple[str, ...] = ("-m", "bot.cli"), **settings: str) -> None:
        self._stderr = folder / "stderr"
        command = [sys.executable, *program, "serve", "--port", str(port)]
        changes = {"AFTERCHECK_STORE": f"sqlite:///{folder}/state/aftercheck.sqlite3", **settings}
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(**changes), stdout=subprocess.PIPE, stderr=stderr
            )
        self.url = ""

    def __enter__(self) -> Server:
        assert self.process.stdout
        line = self.process.stdout.readline().decode()
        assert line.startswith(READY), line + self.errors()
        self.url = line.removeprefix(READY).split("/  ")[0]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self, with_signal: int = signal.SIGTERM, seconds: float = 3.0) -> int:
        """Stop it; the exit code. Raises TimeoutExpired when it takes longer."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            return self.process.wait(seconds)
        finally:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout
            self.process.stdout.close()

    def errors(self) -> str:
        """What it wrote to stderr so far."""
        return self._stderr.read_text(encoding="utf-8")

    def rest(self, sender: str, message: str) -> list[dict[str, Any]]:
        """What REST replies to a message."""
        answer = self.post("/webhooks/rest/webhook", {"sender": sender, "message": message})
        assert answer.status == 200, answer
        return list(answer.json)

    def post(self, path: str, data: Any, **headers: str) -> Answer:
        """POST data as JSON, or bytes as they are."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return request(self.url + path, "POST", body, headers)

    def get(self, path: str) -> Answer:
        """GET a path."""
        return request(self.url + path)
