"""A patient who has not written for long is asked once to write again, whatever the store does."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import msgspec
import pytest

from bot.channels.messaging.answering import Outgoing
from bot.channels.messaging.channel import Kept, _Turns, adapter_of
from bot.channels.messaging.platform import Incoming, Kind, Part, WindowClosed
from bot.channels.whatsapp import WhatsApp
from bot.state.backend import StoreError
from bot.state.model import Entry, Outcome, Received
from bot.state.seal import Sealer
from bot.state.sql import SqlBackend
from bot.state.state import State

OPTIONS = {"access_token": "an access", "app_secret": "a secret", "verify_token": "made up by us", "phone_number_id": "1"}
NAME = "whatsapp:anna"


class Asking(WhatsApp):
    """WhatsApp whose window has closed; it counts how often a patient was asked to write again."""

    window_seconds = 0.0
    asked = 0

    async def window_closed(self, address: Mapping[str, str]) -> None:
        self.asked += 1

    async def received(self, incoming: Incoming) -> None:
        """Nobody is told."""


@pytest.fixture
async def state() -> AsyncIterator[State]:
    opened = State(SqlBackend("sqlite://"), Sealer(b"secret"))
    yield opened
    await opened.close()


@pytest.fixture
async def adapter() -> AsyncIterator[Asking]:
    made = adapter_of(Asking, OPTIONS)
    assert isinstance(made, Asking)
    await made.http.aclose()
    async with httpx.AsyncClient() as made.http:
        yield made


def turns_of(adapter: Asking, state: State) -> _Turns:
    async def converse(*_: str) -> list[Any]:
        return []

    return _Turns(adapter, state, converse)


def entry(number: int) -> Entry:
    body = msgspec.json.encode(Outgoing({"to": "15550100"}, Part("Call 911 now.")))
    return Entry(channel="whatsapp", conversation=NAME, number=number, at=time.time() - 1, body=body)


async def deliver(turns: _Turns, *numbers: int, raises: type[Exception] = WindowClosed) -> None:
    for number in numbers:
        with pytest.raises(raises):
            await turns.deliver(entry(number))


async def test_a_patient_is_asked_once_and_again_after_a_new_message(adapter: Asking, state: State) -> None:
    turns = turns_of(adapter, state)
    await deliver(turns, 1, 2)
    assert adapter.asked == 1
    await turns.answer(heard())
    await deliver(turns, 3, 4)
    assert adapter.asked == 2


async def test_a_patient_is_asked_once_though_the_store_cannot_note_it(
    adapter: Asking, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mark(name: str, on: bool) -> None:
        raise StoreError("the disk is full")

    turns = turns_of(adapter, state)
    with monkeypatch.context() as full:
        full.setattr(state, "mark", mark)
        await deliver(turns, 1, 1, 1, raises=StoreError)
    assert adapter.asked == 1
    await deliver(turns, 1, 2)
    assert adapter.asked == 1


async def test_a_message_is_answered_though_the_store_cannot_be_written(
    adapter: Asking, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mark(name: str, on: bool) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(state, "mark", mark)
    assert await turns_of(adapter, state).answer(heard()) == Outcome()


def heard() -> Received:
    incoming = Incoming(id="1", sender="anna", kind=Kind.TEXT, text="hello")
    return Received(channel="whatsapp", id="1", conversation=NAME, at=time.time(), body=msgspec.json.encode(Kept(incoming)))
