from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import redis

from bot.state.model import KEEP_CONVERSATIONS_SECONDS, KEEP_MESSAGES_SECONDS, Outcome, Received
from bot.state.places import backend_of
from bot.state.redis import KEEP_PUSHED_SECONDS
from tests.state.servers import Running


async def test_the_server_itself_forgets_while_nobody_is_there(started: Callable[[str], Running], tmp_path: Path) -> None:
    server = started("redis")
    server.empty()
    store, _ = backend_of(server.url, tmp_path)
    said = Received(channel="chat", id="1", conversation="chat:anna", at=time.time(), body=b"said")
    await store.receive(said)
    await store.finish(said, Outcome(entries=(b"one",), conversations={"anna": b"state"}))
    await store.save("bert", b"state", said.at)
    read = Received(channel="web", id="2", conversation="web:anna", at=time.time(), body=b"said")
    await store.receive(read)
    await store.finish(read, Outcome(entries=(b"one",), pushed=False))
    client = redis.Redis.from_url(server.url)
    keys = {
        "aftercheck:message:chat:1": KEEP_MESSAGES_SECONDS,
        "aftercheck:message:web:2": KEEP_MESSAGES_SECONDS,
        "aftercheck:log:chat:chat:anna": KEEP_PUSHED_SECONDS,
        "aftercheck:log:web:web:anna": KEEP_CONVERSATIONS_SECONDS,
        "aftercheck:dialogue:anna": KEEP_CONVERSATIONS_SECONDS,
        "aftercheck:dialogue:bert": KEEP_CONVERSATIONS_SECONDS,
    }
    assert all(seconds - 60 < client.ttl(key) <= seconds for key, seconds in keys.items())
    # What stands in the other keys is names alone, of which each index is cleared by `expire`.
    names = {key.decode() for key in client.scan_iter()} - set(keys)
    for_ever = {f"aftercheck:{name}" for name in ("arrivals", "channels", "store")}
    assert names == for_ever | {f"aftercheck:{name}" for name in ("messages", "logs", "dialogues", "unsent:chat")}
    client.delete(*keys)
    assert await store.unsent("chat") == []
    assert await store.entries("chat", "chat:anna") == []
    await store.expire(said.at + 1, said.at + 1)
    assert {key.decode() for key in client.scan_iter()} == for_ever
    client.close()
    await store.close()
