"""Stores that fail in every way that we could think of: each call ends in time, and what is wrong is said in one line."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis

from bot.settings import ROOT
from bot.state.backend import Backend, StoreError
from bot.state.guard import AGAIN
from bot.state.model import Outcome, Received
from bot.state.places import backend_of
from tests.state.conftest import Place
from tests.state.servers import Line, Running, redis_server

LIMIT = 2.0


def message(id_: str = "1") -> Received:
    return Received(channel="chat", id=id_, conversation="chat:anna", at=time.time(), body=b"said")


def opened(url: str) -> Backend:
    return backend_of(url, Path())[0]


async def seconds(call: Awaitable[object]) -> float:
    """How long a call takes that must fail."""
    began = time.monotonic()
    with pytest.raises(StoreError) as raised:
        await call
    assert "\n" not in str(raised.value)
    return time.monotonic() - began


async def back(store: Backend) -> float:
    """How long it takes until the store answers again."""
    began = time.monotonic()
    while True:
        try:
            await store.load("anna")
            return time.monotonic() - began
        except StoreError:
            await asyncio.sleep(0.02)


async def until_back(store: Backend) -> None:
    await asyncio.sleep(AGAIN + 0.1)
    assert await back(store) < 1.5
    assert await store.check() is None
    assert store.sound


# ---- stores that do not answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
async def test_a_server_that_hangs_holds_nobody_up(kind: str, started: Callable[[str], Running]) -> None:
    server = started(kind)
    server.empty()
    store = opened(server.url)
    await store.save("anna", b"state", time.time())
    with server.hanging():
        assert await seconds(store.load("anna")) < LIMIT
        # A turn asks several times, and many patients ask at once: nobody waits again.
        assert await seconds(store.receive(message())) < 0.1
        await asyncio.sleep(AGAIN + 0.05)
        began = time.monotonic()
        found = await asyncio.gather(*(store.load("anna") for _ in range(40)), return_exceptions=True)
        assert all(isinstance(each, StoreError) for each in found)
        assert time.monotonic() - began < LIMIT
        assert await store.check() == "it does not answer"
        assert not store.sound
    await until_back(store)
    assert await store.load("anna") == b"state"
    await store.close()


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
async def test_connections_that_are_cut_without_a_word_are_given_up(kind: str, started: Callable[[str], Running]) -> None:
    server = started(kind)
    server.empty()
    line = Line(server.port)
    store = opened(server.url.replace(str(server.port), str(line.port)))
    await asyncio.gather(*(store.save(f"{number}", b"state", time.time()) for number in range(8)))
    line.whole.clear()
    assert await seconds(store.load("1")) < LIMIT
    assert await seconds(store.save("1", b"new", time.time())) < 0.1
    await asyncio.sleep(AGAIN)
    assert await seconds(store.load("1")) < LIMIT
    line.whole.set()
    await asyncio.sleep(AGAIN)
    # Each of the other connections may be found dead once.
    assert sum([await back(store) for _ in range(8)]) < 5.0
    await store.close()
    line.close()


async def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    with redis_server() as server:
        store = opened(server.url)
        await store.save("anna", b"state", time.time())
        assert server.process
        server.process.kill()
        server.process.wait()
        assert await seconds(store.load("anna")) < LIMIT
        assert "refused" in str(await store.check())
        command = ["redis-server", "--port", str(server.port), "--dir", str(server.folder), "--appendonly", "yes", "--save", ""]
        again = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220
        assert await back(store) < 3
        assert await store.load("anna") == b"state"
        assert await store.check() is None
        await store.close()
        again.kill()
        again.wait()


async def test_a_statement_that_waits_for_a_lock_is_given_up(started: Callable[[str], Running]) -> None:
    server = started("postgresql")
    server.empty()
    store = opened(server.url)
    with closing(psycopg2.connect(server.url)) as other:
        other.cursor().execute("LOCK TABLE aftercheck_conversations IN ACCESS EXCLUSIVE MODE")
        assert await seconds(store.load("anna")) < LIMIT
    await until_back(store)
    await store.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def store(file: Path) -> Backend:
    return opened(f"sqlite:///{file}")


async def test_who_locks_the_file_holds_up_writers_for_a_moment_and_readers_not_at_all(store: Backend, file: Path) -> None:
    await store.save("anna", b"state", time.time())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert await store.load("anna") == b"state"
        took = [await seconds(store.save("anna", b"new", time.time())) for _ in range(4)]
        assert sum(took) < LIMIT
        began = time.monotonic()
        await asyncio.gather(*(store.receive(message(str(n))) for n in range(20)), return_exceptions=True)
        assert time.monotonic() - began < LIMIT
    await until_back(store)
    await store.close()


async def test_who_reads_the_file_stalls_nobody_and_what_was_deleted_leaves_it_later(store: Backend, file: Path) -> None:
    await store.save("anna", b"secret" * 500, time.time())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM aftercheck_conversations").fetchone()
        began = time.monotonic()
        await store.save("anna", None, time.time())
        for number in range(10):
            await store.save(f"{number}", None, time.time())
        assert time.monotonic() - began < 0.5
        assert b"secret" in on_disk(file)
        other.execute("ROLLBACK")
    assert await store.check() is None
    assert b"secret" not in on_disk(file)
    await store.close()


def on_disk(file: Path) -> bytes:
    return b"".join(each.read_bytes() for each in file.parent.iterdir())


# ---- stores that are not what they were ------------------------------------------------------------------------------


def overwrite(file: Path) -> None:
    with file.open("r+b") as raw:
        raw.write(os.urandom(file.stat().st_size))


def damage(file: Path) -> None:
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(os.urandom(file.stat().st_size - 8192))


def replace(file: Path) -> None:
    shutil.copy(file, file.with_name("copy"))
    file.with_name("copy").rename(file)


def another(file: Path) -> None:
    """Another store is copied over it."""
    other = file.with_name("other.sqlite3")
    asyncio.run(opened(f"sqlite:///{other}").close())
    file.write_bytes(other.read_bytes())


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda file: file.unlink(), "its file was removed"),
        (lambda file: file.rename(file.with_name("moved")), "its file was removed"),
        (replace, "its file was replaced"),
        (another, "its file was replaced"),
        (overwrite, "overwritten with something else"),
        (damage, "damaged|malformed"),
        (lambda file: file.write_bytes(b""), "overwritten with something else"),
        (lambda file: file.chmod(0o400), "its file is read-only"),
        (lambda file: file.with_name(f"{file.name}-wal").unlink(), "write-ahead log was removed"),
    ],
    ids=["removed", "moved", "replaced", "another", "overwritten", "damaged", "emptied", "read-only", "without log"],
)
def test_a_file_that_is_not_what_it_was_is_found_and_nothing_is_taken(
    store: Backend, file: Path, harm: Callable[[Path], None], said: str
) -> None:
    async def fill() -> None:
        for number in range(30):
            await store.save(f"{number}", os.urandom(3000), time.time())
        await store.save("0", None, time.time())
        assert await store.check() is None

    async def after() -> None:
        wrong = await store.check()
        assert wrong is not None
        assert re.search(said, wrong), wrong
        assert "\n" not in wrong
        assert not store.sound
        assert await seconds(store.receive(message())) < LIMIT

    asyncio.run(fill())
    harm(file)
    asyncio.run(after())


async def test_a_full_disk_is_told_and_what_is_there_can_still_be_read(store: Backend) -> None:
    await store.save("anna", b"state", time.time())
    with store._database._raw() as raw:  # type: ignore[attr-defined]
        raw.execute(f"PRAGMA max_page_count = {raw.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(StoreError, match="full"):
        await store.save("bert", b"x" * 100_000, time.time())
    assert await store.load("anna") == b"state"
    await store.close()


async def test_the_least_that_must_be_free_is_looked_at(store: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.state.sqlite.LEAST_FREE", 2**60)
    assert await store.check() == "the disk is full"
    monkeypatch.undo()
    assert await store.check() is None
    await store.close()


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
async def test_a_database_that_was_emptied_is_not_ours_any_more(kind: str, started: Callable[[str], Running]) -> None:
    server = started(kind)
    server.empty()
    store = opened(server.url)
    assert await store.check() is None
    server.empty()
    assert await store.check() is not None
    assert await seconds(store.receive(message())) < LIMIT
    other = opened(server.url)
    assert "another one" in str(await store.check())
    assert await other.check() is None
    await store.close()
    await other.close()


def test_a_redis_that_keeps_nothing_is_refused() -> None:
    with redis_server(appends="no") as server:
        with pytest.raises(Exception, match="keeps nothing on its disk"):
            opened(server.url)
        redis.Redis.from_url(server.url).config_set("save", "60 1")
        asyncio.run(opened(server.url).close())


# ---- one server at a time --------------------------------------------------------------------------------------------


async def test_a_second_server_is_refused_until_the_first_has_stopped(durable: Place) -> None:
    first, second, looking = (opened(durable.url) for _ in range(3))
    await first.claim()
    with pytest.raises(StoreError, match="another server uses it"):
        await second.claim()
    assert await first.check() is None
    assert await looking.dead("chat") == []
    await first.close()
    await second.claim()
    assert await second.check() is None
    await second.close()
    await looking.close()


def test_a_server_that_was_killed_is_in_nobodys_way(durable: Place) -> None:
    code = (
        "import asyncio, sys, time; from pathlib import Path; from bot.state.places import backend_of\n"
        "store = backend_of(sys.argv[1], Path())[0]; asyncio.run(store.claim()); print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, durable.url], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    store = opened(durable.url)
    with pytest.raises(StoreError, match="another server"):
        asyncio.run(store.claim())
    process.kill()
    process.wait()
    process.stdout.close()
    asyncio.run(store.claim())
    asyncio.run(store.close())


async def test_the_oldest_message_that_waits_is_known(place: Place) -> None:
    store = opened(place.url)
    assert await store.oldest_waiting() is None
    for number in (3, 1, 2):
        waiting = Received(channel=f"c{number % 2}", id=str(number), conversation="c:a", at=1000.0 + number, body=b"")
        await store.receive(waiting)
    # Redis takes the first that arrived on each channel for the oldest.
    assert await store.oldest_waiting() == (1002.0 if place.url.startswith("redis") else 1001.0)
    for number in (1, 3):
        waiting = Received(channel="c1", id=str(number), conversation="c:a", at=0.0, body=b"")
        await store.finish(waiting, Outcome())
    assert await store.oldest_waiting() == 1002.0
    assert await store.last("c1", "c:a") == 0
    await store.close()
