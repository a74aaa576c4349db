"""`rasa run` with `rasa run actions`: REST and the actions work in Rasa's own server too, and no other channel is there."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.channels.platforms.conftest import credentials
from tests.channels.platforms.simulation import playing
from tests.channels.platforms.test_contract import EMERGENCY
from tests.serving import Answer, environment, request

SECONDS_TO_START = 240.0


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def rasa(*arguments: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    store = {"AFTERCHECK_STORE": f"sqlite:///{folder / 'store.sqlite3'}"}
    with (folder / arguments[-1].strip("-")).open("wb") as log:
        command = [str(ROOT / ".venv" / "bin" / "rasa"), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(**quiet, **store), stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def answered(url: str, process: subprocess.Popen[bytes], body: bytes | None = None) -> Answer:
    """The first answer of a server that is starting."""
    until = time.monotonic() + SECONDS_TO_START
    while True:
        assert process.poll() is None, "it ended early"
        try:
            return request(url, "POST" if body else "GET", body)
        except OSError:
            assert time.monotonic() < until, "it did not start"
            time.sleep(1.0)


@pytest.mark.usefixtures("trained")
def test_rest_works_in_rasas_own_server_and_the_others_are_not_there(tmp_path: Path) -> None:
    actions, server = free_port(), free_port()
    url = f"http://127.0.0.1:{server}"
    endpoints = (ROOT / "endpoints.yml").read_text(encoding="utf-8").replace("5055", str(actions))
    (tmp_path / "endpoints.yml").write_text(endpoints, encoding="utf-8")
    with playing() as apis:
        files = ("--endpoints", str(tmp_path / "endpoints.yml"), "--credentials", str(credentials(tmp_path, apis)))
        serving = ("run", "--interface", "127.0.0.1", *files, "--port", str(server))
        with (
            rasa("run", "actions", "--port", str(actions), folder=tmp_path) as acting,
            rasa(*serving, folder=tmp_path) as running,
        ):
            answered(f"http://127.0.0.1:{actions}/health", acting)
            message = json.dumps({"sender": "anna", "message": EMERGENCY}).encode()
            (reply,) = answered(f"{url}/webhooks/rest/webhook", running, message).json
            assert reply["custom"]["level"] == "emergency"
            assert reply["text"].startswith("Call 911 now.")
            for name in (*apis, "web"):
                assert request(f"{url}/webhooks/{name}/webhook", "POST", b"{}").status == 404
            assert request(f"{url}/webhooks/rest/webhook", "POST", message, {"Content-Type": "text/plain"}).status == 415
