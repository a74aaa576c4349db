"""The server is killed or stopped in mid-conversation, and nobody who talked to it notices more than a pause."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any

from websockets.client import connect

from bot.channels.web.channel import SESSIONS_PER_MINUTE
from tests.channels.web.client import PATH, Tab, new_token
from tests.serving import Answer, Server, request

SECRET = "Zanzibar-7431"


def polled(url: str, token: str, after: int = 0, wait: int = 0) -> Answer:
    return request(f"{url}/webhooks/web/entries?after={after}&wait={wait}", headers={"Authorization": f"Bearer {token}"})


async def in_thread(function: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)


async def settled(tab: Tab) -> list[dict[str, Any]]:
    """The whole log, once nothing is being answered."""
    end = time.monotonic() + 20
    while (now := await tab.resume())["typing"]:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    return list(now["entries"])


def check(log: list[dict[str, Any]], said: list[str]) -> None:
    """Each message once, in order, each with an answer, no number missing."""
    assert [entry["number"] for entry in log] == list(range(1, len(log) + 1))
    assert [entry["id"] for entry in log if entry["from"] == "patient"] == said
    for entry, following in zip(log, [*log[1:], None], strict=True):
        assert entry["from"] == "bot" or (following is not None and following["from"] == "bot")


async def test_a_conversation_goes_on_where_it_was_after_kill_9(trained: None, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        token = await in_thread(new_token, server.url)
        async with Tab(server.url, token) as tab:
            await tab.say("m0", f"I was treated 6 days ago and my left eyelid droops since yesterday {SECRET}")
            question = (await tab.heard(2))[-1]
            assert question["custom"]["type"] == "question"
            answers = [question["buttons"][0]["payload"], "since yesterday", "not sure", "not sure"]
            # The last ones are on their way when the process dies; who knows which of them arrived.
            sent = [await tab.start("say", {"id": f"m{i}", "text": answer}) for i, answer in enumerate(answers, 1)]
            await sent[0]
            server.stop(signal.SIGKILL)
            await tab.closed.wait()
            acknowledged = [f"m{i}" for i, each in enumerate(sent, 1) if each.done()]
        assert server.errors() == ""
    with Server(tmp_path) as server:
        async with Tab(server.url, token) as tab:
            known = [entry["id"] for entry in await settled(tab) if entry["from"] == "patient"]
            assert known[: 1 + len(acknowledged)] == ["m0", *acknowledged]
            for i, answer in enumerate(answers, 1):
                assert await tab.say(f"m{i}", answer) == {"ok": True}
            log = await settled(tab)
            check(log, ["m0", "m1", "m2", "m3", "m4"])
            # The interview is the same one: it knows the eyelid and the day, and does not begin anew.
            await tab.say("end", "no more questions")
            assessment = (await settled(tab))[-1]["custom"]
            assert "eyelid_ptosis" in assessment["concepts"]
            assert assessment["timeline"]["days_since_treatment"] == 6
        assert server.errors() == ""
    kept = b"".join(file.read_bytes() for file in (tmp_path / "state").iterdir())
    assert SECRET.encode() not in kept
    assert token.split(".")[0].encode() not in kept


async def test_it_limits_sessions_and_stops_in_time_with_sockets_and_polls_open(trained: None, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        tokens = [server.post("/webhooks/web/session", {}) for _ in range(SESSIONS_PER_MINUTE + 1)]
        assert [answer.status for answer in tokens] == [200] * SESSIONS_PER_MINUTE + [429]
        token = tokens[0].json["token"]
        deaf = await connect(server.url.replace("http", "ws") + PATH, ping_interval=None)
        await deaf.send(json.dumps({"token": token}))
        await deaf.recv()
        deaf.transport.pause_reading()
        async with Tab(server.url, token) as tab, Tab(server.url, token):
            await tab.say("a", SECRET)
            last = (await settled(tab))[-1]["number"]
            poll = asyncio.ensure_future(in_thread(polled, server.url, token, last, 25))
            await asyncio.sleep(0.2)
            began = time.monotonic()
            assert await in_thread(server.stop, signal.SIGTERM) == 0
            assert time.monotonic() - began < 3
            await asyncio.wait_for(tab.closed.wait(), 2)
            assert (await poll).json == {"entries": [], "typing": False}
        deaf.transport.abort()
        assert server.errors() == ""
