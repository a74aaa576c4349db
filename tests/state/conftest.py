from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bot.state.places import MEMORY
from tests.state.servers import Running, postgresql, redis_server

SERVERS = {"postgresql": postgresql, "redis": redis_server}


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[[str], Running]]:
    """Starts each server once, when it is first needed."""
    running: dict[str, tuple[AbstractContextManager[Running], Running]] = {}

    def start(name: str) -> Running:
        if name not in running:
            context = SERVERS[name]()
            running[name] = (context, context.__enter__())
        return running[name][1]

    yield start
    for context, _ in running.values():
        context.__exit__(None, None, None)


class Place:
    """A place for a store: its address, and what it has on the disk."""

    def __init__(self, url: str, content: Callable[[], bytes]) -> None:
        self.url, self.content = url, content


def _place(kind: str, tmp_path: Path, started: Callable[[str], Running]) -> Place:
    if kind == "memory":
        return Place(MEMORY, lambda: b"")
    if kind == "sqlite":
        folder = tmp_path / "store"
        return Place(
            f"sqlite:///{folder}/aftercheck.sqlite3", lambda: b"".join(f.read_bytes() for f in folder.glob("*.sqlite3*"))
        )
    server = started(kind)
    server.empty()
    return Place(server.url, server.content)


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path, started: Callable[[str], Running]) -> Place:
    """An empty place of every kind."""
    return _place(request.param, tmp_path, started)


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def durable(request: pytest.FixtureRequest, tmp_path: Path, started: Callable[[str], Running]) -> Place:
    """An empty place of every kind that outlives a process."""
    return _place(request.param, tmp_path, started)
