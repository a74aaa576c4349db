"""Conversations of the widget without a server: what ends, what waits, and a store that is away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.fair import Turns
from bot.channels.limits import MESSAGES_PER_MINUTE
from bot.channels.web import chats as module
from bot.channels.web.chats import Chats, News, Refusal, Said
from bot.channels.web.socket import Sockets
from bot.state.seal import Sealer
from bot.state.sql import SqlBackend
from bot.state.state import State
from bot.wording.reply import Reply
from tests.safety import assert_safe, levels


class Dialogue:
    """Repeats what is said, once it may."""

    def __init__(self) -> None:
        self.begun, self.may = asyncio.Event(), asyncio.Event()
        self.may.set()

    async def converse(self, session: str, text: str) -> list[Reply]:
        self.begun.set()
        await self.may.wait()
        return [Reply(text=f"{text}!", custom={"type": "info"})]


@pytest.fixture
async def state() -> AsyncIterator[State]:
    opened = State(SqlBackend("sqlite://"), Sealer(b"secret"))
    yield opened
    await opened.close()


@pytest.fixture
def dialogue() -> Dialogue:
    return Dialogue()


@pytest.fixture
async def chats(state: State, dialogue: Dialogue) -> AsyncIterator[Chats]:
    made = Chats(state, dialogue.converse, Turns())
    await made.start()
    yield made
    await made.stop()


async def texts(chats: Chats, session: str, after: int = 0, seconds: float = 5.0) -> list[str]:
    news = await chats.news(session, after, seconds)
    assert isinstance(news, News)
    return [entry["text"] for entry in news.entries]


async def test_what_is_ended_while_it_is_answered_leaves_nothing(chats: Chats, state: State, dialogue: Dialogue) -> None:
    told: list[News] = []

    async def follower(session: str, news: News) -> None:
        told.append(news)

    chats.follow(follower)
    dialogue.may.clear()
    assert await chats.say("s", Said("a", "hello")) is None
    await dialogue.begun.wait()
    await asyncio.wait_for(chats.end("s"), 1)
    assert told[-1].ended
    dialogue.may.set()
    while chats.typing("s"):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert await state.entries("web", "web:s") == []
    assert await state.load("web:s") is None
    assert not any(news.entries for news in told)
    assert await chats.say("s", Said("b", "hello")) == Refusal("ended")
    assert await chats.news("s", 0) == Refusal("ended")


async def test_whoever_leaves_without_waiting_has_left(chats: Chats, state: State) -> None:
    await chats.say("s", Said("a", "hello"))
    assert await texts(chats, "s")
    leaving = asyncio.ensure_future(chats.end("s"))
    await asyncio.sleep(0)
    leaving.cancel()
    while await state.entries("web", "web:s"):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert await chats.ended("s")


async def test_a_message_that_comes_with_the_end_is_not_answered(chats: Chats, state: State) -> None:
    await asyncio.gather(*(chats.say("s", Said(f"m{i}", "hello")) for i in range(5)), chats.end("s"))
    while chats.typing("s"):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert await state.entries("web", "web:s") == []


async def test_polls_wait_wake_and_leave_nothing(chats: Chats) -> None:
    polls = [asyncio.ensure_future(texts(chats, "s")) for _ in range(5)]
    await asyncio.sleep(0.05)
    await chats.say("s", Said("a", "hello"))
    heard = [text for poll in polls for text in await poll]
    assert set(heard) <= {"hello", "hello!"}
    assert await texts(chats, "s") == ["hello", "hello!"]
    assert chats._waiting == {}


async def test_only_so_many_polls_of_a_session_wait(chats: Chats, state: State) -> None:
    polls = [asyncio.ensure_future(texts(chats, "s", 0, 30)) for _ in range(module.MAX_WAITING)]
    for _ in range(5):  # behind what they ask of the store
        await state.entries("web", "nobody")
    assert await asyncio.wait_for(texts(chats, "s", 0, 30), 5) == []
    other = asyncio.ensure_future(texts(chats, "other", 0, 30))
    for _ in range(5):
        await state.entries("web", "nobody")
    assert not other.done()
    await chats.stop()
    assert await asyncio.wait_for(asyncio.gather(other, *polls), 5) == [[]] * (module.MAX_WAITING + 1)


async def test_nobody_looks_more_often_than_a_widget_does(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(module.LOOKS_PER_MINUTE):
        assert isinstance(await chats.news("s", 0), News)
    assert await chats.news("s", 0) == Refusal("too_fast")
    assert isinstance(await chats.news("other", 0), News)


class Line:
    """A connection that was told what to say, and keeps what it hears."""

    def __init__(self, *frames: Any) -> None:
        self._frames = [json.dumps(frame) for frame in frames]
        self.heard: list[Any] = []
        self._answered = asyncio.Event()

    async def accept(self) -> None: ...

    async def close(self, code: int) -> None: ...

    async def receive(self) -> dict[str, Any]:
        if self._frames:
            return {"type": "websocket.receive", "text": self._frames.pop(0)}
        await self._answered.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send_text(self, text: str) -> None:
        self.heard.append(json.loads(text))
        if self.heard[-1].get("id") == 2:
            self._answered.set()


async def test_while_the_store_is_away_a_socket_is_told_so(
    chats: Chats, state: State, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sockets = Sockets(chats, lambda token: "s" if token == "right" else None)
    saying, asking = {"id": 1, "say": {"id": "a", "text": "hello"}}, {"id": 2, "resume": {"after": 0}}
    loads, load = 0, state.load

    async def away(conversation: str) -> bytes | None:
        nonlocal loads
        loads += 1
        if loads == 1:
            return await load(conversation)
        raise OSError("Zanzibar")

    with monkeypatch.context() as broken:
        broken.setattr(state, "load", away)
        line: Any = Line({"token": "right"}, saying, asking)
        await sockets.serve(line, "1.2.3.4")
        assert line.heard[1:] == [{"id": 1, "answer": {"error": "unavailable"}}, {"id": 2, "answer": {"error": "unavailable"}}]
        refused: Any = Line({"token": "right"})
        await sockets.serve(refused, "1.2.3.4")
        assert refused.heard == [{"refused": {"error": "unavailable"}}]
    line = Line({"token": "right"}, saying, asking)
    await sockets.serve(line, "1.2.3.4")
    assert {"id": 1, "answer": {"ok": True}} in line.heard
    assert await texts(chats, "s")
    assert "Zanzibar" not in caplog.text


async def test_an_emergency_is_answered_while_the_store_is_away(
    chats: Chats, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise OSError("away")

    monkeypatch.setattr(state, "receive", away)
    with pytest.raises(OSError, match="away"):
        await chats.say("s", Said("a", "I have a headache"))
    refusal = await chats.say("s", Said("b", "I cannot breathe"))
    assert refusal is not None
    assert refusal.error == "unavailable"
    assert refusal.replies is not None
    assert_safe(refusal.replies)
    assert levels(refusal.replies) == ["emergency"]


async def test_over_the_limit_an_emergency_is_still_taken(chats: Chats) -> None:
    for i in range(MESSAGES_PER_MINUTE):
        assert await chats.say("s", Said(f"m{i}", "")) is None
    refusal = await chats.say("s", Said("calm", "I have a headache"))
    assert refusal is not None
    assert refusal.error == "too_fast"
    assert "911" in (refusal.text or "")
    assert await chats.say("s", Said("urgent", "I cannot breathe")) is None


async def test_half_characters_are_kept_as_whole_ones(chats: Chats) -> None:
    assert await chats.say("s", Said("a", "half \ud83d", "title \ud83d")) is None
    while chats.typing("s"):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert await texts(chats, "s") == ["title \ufffd", "half \ufffd!"]
