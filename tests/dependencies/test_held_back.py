"""What Rasa holds back is imported by `aftercheck serve`, and nothing of it is made there (docs/dependencies.md)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT
from tests.channels.web.client import new_token
from tests.serving import Server

# The servers and clients through which the known faults would be reached.
DOORS = (
    "sanic.Sanic",
    "sanic.Blueprint",
    "socketio.Server",
    "socketio.AsyncServer",
    "socketio.ASGIApp",
    "engineio.Server",
    "engineio.AsyncServer",
    "aiohttp.ClientSession",
    "aiohttp.web.Application",
    "aiohttp.web.Server",
    "pymongo.MongoClient",
    "dns.resolver.Resolver",
)

# Run before anything else: each door says when it is opened.
SHUT = f"""
import importlib, sys
from bot.cli import main

def shut(door):
    module, _, name = door.rpartition(".")

    def made(self, *arguments, **options):
        print(door, "was made", file=sys.stderr, flush=True)
        raise RuntimeError(door)

    kind = getattr(importlib.import_module(module), name)
    kind.__init__ = made
    return kind

doors = [shut(door) for door in {DOORS}]
"""
SERVE = SHUT + "sys.exit(main(sys.argv[1:]))"
OPEN_ALL = """
for door in doors:
    try:
        door()
    except RuntimeError:
        continue
    sys.exit(1)
"""


def test_nothing_that_rasa_holds_back_is_made_in_aftercheck_serve(trained: None, tmp_path: Path) -> None:
    with Server(tmp_path, program=("-W", "ignore", "-c", SERVE)) as server:
        assert server.get("/").status == 200
        assert server.get("/health").status == 200
        assert server.rest("p", "hello")
        assert "911" in str(server.rest("p", "I cannot breathe"))
        token = f"Bearer {new_token(server.url)}"
        assert server.post("/webhooks/web/message", {"id": "1", "text": "hello"}, Authorization=token).status == 200
        assert server.get("/socket.io/?EIO=4&transport=polling").status == 404
    assert server.errors() == ""


def test_each_of_them_would_be_noticed() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SHUT + OPEN_ALL], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ran.stderr.splitlines() == [f"{door} was made" for door in DOORS]
    assert ran.returncode == 0
