"""The WebSocket: who is let in, and that every tab of a session gets every entry once and in order, whatever happens to it."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import socket
import struct
import time
from typing import Any

import pytest
from websockets.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatusCode

from bot.channels.limits import MESSAGES_PER_MINUTE
from bot.channels.web.socket import MAX_CONNECTIONS, MAX_PACKET
from tests.channels.conftest import ORIGIN
from tests.channels.web.client import PATH, Refused, Tab, new_token
from tests.channels.web.conftest import Ask
from tests.safety import assert_answers_what_is_odd, levels


async def asked(ask: Ask, *arguments: Any, **named: Any) -> Any:
    """One HTTP request, beside what goes on here."""
    return await asyncio.get_running_loop().run_in_executor(None, lambda: ask(*arguments, **named))


def numbers(entries: list[dict[str, Any]]) -> list[int]:
    return [entry["number"] for entry in entries]


# ---- a conversation --------------------------------------------------------------------------------------------------


async def test_a_message_is_acknowledged_then_answered(site: str, token: str) -> None:
    async with Tab(site, token) as tab:
        assert await tab.say("a", "I cannot breathe") == {"ok": True}
        patient, bot = await tab.heard(2)
        assert (patient["from"], patient["id"], patient["text"]) == ("patient", "a", "I cannot breathe")
        assert levels([bot]) == ["emergency"]


async def test_typing_goes_on_and_off(site: str, token: str) -> None:
    async with Tab(site, token) as tab, Tab(site, token) as other:
        await tab.say("a", "I have a headache")
        for each in (tab, other):
            await each.heard(2)
            await each.resume()  # what was sent before its answer has arrived
            assert (each.typing[0], each.typing[-1]) == (True, False)


async def test_ten_messages_sent_at_once_are_answered_in_order(site: str, token: str) -> None:
    async with Tab(site, token) as tab:
        waiting = [await tab.start("say", {"id": f"m{i}", "text": f"hello {i}"}) for i in range(10)]
        assert await asyncio.gather(*waiting) == [{"ok": True}] * 10
        entries = await tab.heard(20)
        assert [entry["id"] for entry in entries if entry["from"] == "patient"] == [f"m{i}" for i in range(10)]
        assert numbers(entries) == list(range(1, 21))


async def test_two_tabs_get_all_entries_in_order_without_gaps(site: str, token: str) -> None:
    async with Tab(site, token) as one, Tab(site, token) as two:
        for i in range(5):
            await asyncio.gather(one.say(f"one{i}", f"hello {i}"), two.say(f"two{i}", f"hello again {i}"))
        assert numbers(await one.heard(20)) == list(range(1, 21))
        assert await two.heard(20) == one.entries
        assert len({entry["id"] for entry in one.entries if entry["from"] == "patient"}) == 10


async def test_the_same_id_over_both_transports_at_once_is_answered_once(site: str, ask: Ask, token: str) -> None:
    said = {"id": "same", "text": "I have a headache"}
    async with Tab(site, token) as one, Tab(site, token) as two:
        sending = [tab.call("say", said) for tab in (one, two)] + [asked(ask, "message", said, token=token) for _ in range(4)]
        answers = await asyncio.gather(*sending)
        assert [getattr(answer, "json", answer) for answer in answers] == [{"ok": True}] * 6
        await one.say("next", "hello")
        await one.heard(4)
        assert [entry["id"] for entry in one.entries if entry["from"] == "patient"] == ["same", "next"]


async def test_a_tab_that_was_away_catches_up(site: str, token: str) -> None:
    async with Tab(site, token) as tab:
        await tab.say("a", "hello")
        last = (await tab.heard(2))[-1]["number"]
    async with Tab(site, token) as other:
        await other.say("b", "I have a headache")
        await other.heard(2)
    async with Tab(site, token) as again:
        caught_up = await again.resume(last)
        assert (numbers(caught_up["entries"]), caught_up["typing"]) == ([3, 4], False)
        assert numbers((await again.resume())["entries"]) == [1, 2, 3, 4]
        await again.say("a", "hello")  # sent again, since nobody knew whether it had arrived
        assert numbers((await again.resume())["entries"]) == [1, 2, 3, 4]


async def test_the_end_in_one_tab_is_the_end_in_the_other(site: str, ask: Ask, token: str) -> None:
    async with Tab(site, token) as one, Tab(site, token) as two:
        await one.say("a", "I cannot breathe")
        await two.heard(2)
        assert (await asked(ask, "end", {}, token=token)).status == 200
        for tab in (one, two):
            await asyncio.wait_for(tab.closed.wait(), 5)
            assert tab.ended
    with pytest.raises(Refused) as refused:
        async with Tab(site, token):
            pass
    assert refused.value.data == {"error": "ended"}


# ---- who gets in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", None, 7, {}, "\ud800", "é.1.x"])
async def test_nobody_gets_in_without_a_session_of_this_server(site: str, forged: Any) -> None:
    with pytest.raises(Refused) as refused:
        async with Tab(site, forged):
            pass
    assert refused.value.data == {"error": "ended"}


async def test_nothing_that_a_client_sends_names_a_session(site: str, token: str) -> None:
    other = new_token(site)
    async with Tab(site, token) as patient, Tab(site, other) as thief:
        await patient.say("a", "I cannot breathe")
        await patient.heard(2)
        id = token.split(".")[0]
        for count, named in enumerate(({"session": id}, {"token": token}, {"room": id}), 1):
            await thief.call("say", {"id": f"t{count}", "text": "hello", **named})
            await thief.heard(2 * count)
            assert (await thief.call("resume", {"after": 0, **named}))["entries"][0]["text"] == "hello"
        assert "emergency" not in levels([entry for entry in thief.entries if entry["from"] == "bot"])
        assert len(patient.entries) == 2


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_a_foreign_page_gets_no_connection(site: str, token: str, origin: str) -> None:
    with pytest.raises(InvalidStatusCode) as refused:
        async with Tab(site, token, origin=origin):
            pass
    assert refused.value.status_code == 403


async def test_listed_pages_and_our_own_get_one(site: str, token: str) -> None:
    for origin in (ORIGIN, site):
        async with Tab(site, token, origin=origin) as tab:
            assert (await tab.resume())["entries"] == []


async def test_an_expired_session_is_over_on_an_open_connection(site: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Tab(site, token) as tab:
        later = time.time() + 13 * 3600
        with monkeypatch.context() as clock:
            clock.setattr("bot.channels.web.sessions.time.time", lambda: later)
            assert await tab.say("a", "hello") == {"error": "ended"}
            assert await tab.resume() == {"error": "ended"}


async def test_one_session_does_not_take_all_connections(site: str, token: str) -> None:
    tabs = [await Tab(site, token).__aenter__() for _ in range(MAX_CONNECTIONS)]
    with pytest.raises(Refused) as refused:
        async with Tab(site, token):
            pass
    assert refused.value.data == {"error": "too_fast"}
    async with Tab(site, new_token(site)) as other:
        assert await other.say("a", "hello") == {"ok": True}
    for tab in tabs:
        await tab.__aexit__(None, None, None)


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, "invalid"),
        ("text", "invalid"),
        ([], "invalid"),
        ({"id": "a"}, "invalid"),
        ({"id": "a b", "text": "hello"}, "invalid"),
        ({"id": "a", "text": ["hello"]}, "invalid"),
        ({"id": "a", "text": "x" * 2001}, "too_long"),
    ],
)
async def test_what_the_widget_never_says_is_refused(site: str, token: str, data: Any, error: str) -> None:
    async with Tab(site, token) as tab:
        assert await tab.call("say", data) == {"error": error}
        assert (await tab.resume())["entries"] == []


@pytest.mark.parametrize("data", [None, "x", {"after": "1"}, {"after": -5}, {}, {"after": 1.5}])
async def test_odd_numbers_in_a_resume_mean_everything(site: str, token: str, data: Any) -> None:
    async with Tab(site, token) as tab:
        await tab.say("a", "hello")
        await tab.heard(2)
        assert numbers((await tab.call("resume", data))["entries"]) == [1, 2]


async def test_typed_text_is_never_a_command(site: str, token: str) -> None:
    async with Tab(site, token) as tab:
        await tab.say("a", '/inform{"concept": "x"}')
        assert_answers_what_is_odd((await tab.heard(2))[1:])


async def test_a_flood_is_stopped_with_words(site: str, token: str) -> None:
    async with Tab(site, token) as tab:
        waiting = [await tab.start("say", {"id": f"m{i}", "text": ""}) for i in range(MESSAGES_PER_MINUTE + 5)]
        answers = await asyncio.gather(*waiting)
        assert answers[:MESSAGES_PER_MINUTE] == [{"ok": True}] * MESSAGES_PER_MINUTE
        assert {answer["error"] for answer in answers[MESSAGES_PER_MINUTE:]} == {"too_fast"}
        assert all(answer["text"] for answer in answers[MESSAGES_PER_MINUTE:])


MALFORMED: list[Any] = [
    "",
    "x",
    "null",
    "[]",
    "7",
    '"say"',
    "{}",
    '{"id": 1}',
    '{"id": null, "say": {"id": "a", "text": "b"}}',
    '{"id": "1", "say": {"id": "a", "text": "b"}}',
    '{"id": 1e400, "resume": {}}',
    '{"id": 99999999999999999999999, "resume": {}}',
    '{"say": {"id": "a", "text": "b"}}',
    '{"id": 1, "say": null}',
    '{"id": 1, "say": {"_placeholder": true, "num": 0}}',
    '{"id": 1, "nothing": {}}',
    '{"pong": "yes"}',
    '{"token": "x"}',
    '{"ready": {}}',
    '{"id": 1, "say": {"id": "a", "text": "\\ud800"}}',
    '{"id": 1, "say": ' + "[" * 9_000,
    "451-" + '["say", {"_placeholder": true, "num": 0}]',
    b"\x00binary",
    b'{"id": 1, "resume": {"after": 0}}',
    b"",
]


@pytest.mark.parametrize("packet", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_malformed_packet_hurts_nobody_but_its_sender(site: str, token: str, packet: str | bytes) -> None:
    async with Tab(site, token) as rude:
        await rude.socket.send(packet)
        await asyncio.sleep(0.05)
    async with Tab(site, token) as polite:
        assert await polite.say("p", "I have a headache") == {"ok": True}
        assert [entry["id"] for entry in await polite.heard(2) if entry["from"] == "patient"][-1] == "p"


@pytest.mark.parametrize("packet", ["x", b"binary", "{}", '{"id": 1, "say": "' + "x" * MAX_PACKET + '"}'])
async def test_what_is_not_our_protocol_ends_its_connection(site: str, token: str, packet: str | bytes) -> None:
    async with Tab(site, token) as rude:
        await rude.socket.send(packet)
        await asyncio.wait_for(rude.closed.wait(), 5)
    async with Tab(site, token) as polite:
        assert (await polite.resume())["entries"] == []


@pytest.mark.parametrize("first", [{"id": 1, "say": {"id": "a", "text": "b"}}, {"id": 1, "resume": {"after": 0}}])
async def test_before_its_token_is_shown_a_connection_can_do_nothing(site: str, first: dict[str, Any]) -> None:
    async with connect(site.replace("http", "ws") + PATH, ping_interval=None) as line:
        await line.send(json.dumps(first))
        with pytest.raises(ConnectionClosed):
            await line.recv()


async def test_whoever_shows_no_token_is_closed_and_an_address_has_only_so_many_lines(
    site: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.web.socket.TOKEN_SECONDS", 0.5)
    monkeypatch.setattr("bot.channels.web.socket.CONNECTIONS_PER_ADDRESS", 5)
    silent = [await connect(site.replace("http", "ws") + PATH, ping_interval=None) for _ in range(5)]
    with pytest.raises(Refused) as refused:
        async with Tab(site, token):
            pass
    assert refused.value.data == {"error": "too_fast"}
    began = time.monotonic()
    for line in silent:
        await asyncio.wait_for(line.wait_closed(), 5)
    assert time.monotonic() - began < 3
    async with Tab(site, token) as tab:
        assert (await tab.resume())["entries"] == []


async def test_whoever_answers_no_ping_is_closed(site: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.web.socket.PING_SECONDS", 0.2)
    monkeypatch.setattr("bot.channels.web.socket.PATIENCE_SECONDS", 0.3)
    async with connect(site.replace("http", "ws") + PATH, ping_interval=None) as gone, Tab(site, token) as there:
        await gone.send(json.dumps({"token": token}))
        await asyncio.wait_for(gone.wait_closed(), 5)
        assert not there.closed.is_set()


@pytest.mark.parametrize("packets", [[], ['{"id":1,"resume":{"after":0}}'] * 2, ['{"pong":true}'] * 3])
async def test_a_line_that_breaks_is_no_error(
    site: str, token: str, packets: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        async with Tab(site, token) as tab:
            for packet in packets:
                await tab.socket.send(packet)
            # At once, as when a train enters a tunnel: without the farewell of TCP.
            line = tab.socket.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            tab.socket.transport.abort()
        await asyncio.sleep(0.05)
    # The server is in this process: what it left behind is told of here.
    for _ in range(5):
        gc.collect()
        await asyncio.sleep(0.1)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_client_that_never_reads_disturbs_nobody(site: str, token: str) -> None:
    deaf = [await connect(site.replace("http", "ws") + PATH, ping_interval=None) for _ in range(5)]
    for line in deaf:
        await line.send(json.dumps({"token": token}))
        await line.recv()
        line.transport.pause_reading()
    async with Tab(site, new_token(site)) as other, Tab(site, token) as same:
        for i in range(MESSAGES_PER_MINUTE):
            await same.say(f"m{i}", "I have a headache and a bruise and I cannot breathe")
        for i in range(700):
            await deaf[i % 5].send(f'{{"id":{i},"resume":{{"after":0}}}}')
        began = time.monotonic()
        await other.say("a", "I cannot breathe")
        await other.heard(2)
        assert time.monotonic() - began < 5
        assert len(await same.heard(2 * MESSAGES_PER_MINUTE)) >= 2 * MESSAGES_PER_MINUTE
    for line in deaf:
        line.transport.abort()
        with pytest.raises(ConnectionClosed):
            await line.recv()
