from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.channels import canary as module
from bot.channels.canary import Canary
from bot.understanding.read import Reader
from bot.understanding.reading import Reading


@pytest.fixture(autouse=True)
def check_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)


def canary(agent: Any) -> Canary:
    return Canary(agent.handle_message, agent.tracker_store)


def healthy(checked: Canary) -> bool:
    return asyncio.run(checked.healthy())


def test_a_working_program_is_healthy_each_time_and_nothing_is_left_behind(agent: Any) -> None:
    checked = canary(agent)
    before = asyncio.run(agent.tracker_store.keys())
    assert [healthy(checked) for _ in range(3)] == [True, True, True]
    assert asyncio.run(agent.tracker_store.keys()) == before


def test_a_reader_that_breaks_later_is_found(agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = canary(agent)
    assert healthy(checked)
    with monkeypatch.context() as broken:
        broken.setattr(Reader, "read", lambda self, text: Reading(text=text))
        assert not healthy(checked)
    assert healthy(checked)


@pytest.mark.parametrize("action", ["validate_symptom_interview", "action_assess"])
def test_a_dialogue_that_fails_is_found_although_the_net_behind_it_would_answer(
    agent: Any, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    async def broken(*_: Any) -> list[Any]:
        raise ValueError

    monkeypatch.setitem(agent.action_endpoint._executor.actions, action, broken)
    assert not healthy(canary(agent))


def test_who_asks_often_gets_the_last_answer(agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 3600.0)
    heard: list[str] = []

    async def handle(message: Any) -> None:
        heard.append(message.sender_id)
        await agent.handle_message(message)

    checked = Canary(handle, agent.tracker_store)

    async def often() -> list[bool]:
        return list(await asyncio.gather(*(checked.healthy() for _ in range(5))))

    assert asyncio.run(often()) == [True] * 5
    assert len(heard) == 1
