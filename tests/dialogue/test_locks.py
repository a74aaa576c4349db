from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from rasa.core.lock_store import LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.locks import ConversationLocks


async def hold(locks: ConversationLocks, conversation: str, name: str, log: list[str]) -> None:
    async with locks.lock(conversation):
        log.append(f"{name} in")
        for _ in range(3):
            await asyncio.sleep(0)
        log.append(f"{name} out")


async def test_turns_of_one_conversation_follow_each_other_in_the_order_of_arrival() -> None:
    locks, log = ConversationLocks(), list[str]()
    await asyncio.gather(*(hold(locks, "anna", str(i), log) for i in range(5)))
    assert log == [f"{i} {what}" for i in range(5) for what in ("in", "out")]


async def test_conversations_do_not_wait_for_each_other() -> None:
    locks, log = ConversationLocks(), list[str]()
    await asyncio.gather(hold(locks, "anna", "a", log), hold(locks, "bert", "b", log))
    assert log == ["a in", "b in", "a out", "b out"]


async def test_a_turn_that_fails_or_is_cancelled_gives_the_lock_back() -> None:
    locks = ConversationLocks()
    with pytest.raises(ValueError, match="failed"):
        async with locks.lock("anna"):
            raise ValueError("failed")
    async with locks.lock("anna"):
        waiting = asyncio.ensure_future(hold(locks, "anna", "cancelled", []))
        await asyncio.sleep(0)
        waiting.cancel()
    log: list[str] = []
    await asyncio.wait_for(hold(locks, "anna", "next", log), 5)
    assert log == ["next in", "next out"]


async def test_locks_that_nobody_holds_are_forgotten() -> None:
    locks = ConversationLocks()
    for i in range(100):
        async with locks.lock(str(i)):
            assert len(locks._locks) >= 1
    gc.collect()
    assert len(locks._locks) <= 1


def test_rasa_makes_it_from_endpoints_yml() -> None:
    endpoint: Any = EndpointConfig.from_dict({"type": "bot.dialogue.locks.ConversationLocks"})
    assert isinstance(LockStore.create(endpoint), ConversationLocks)
