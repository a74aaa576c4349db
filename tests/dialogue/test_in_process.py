from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.shared.exceptions import RasaException

from bot.dialogue import in_process
from bot.dialogue.in_process import InProcessActions, trust_own_actions

SECRET = "my lid droops"


def run(endpoint: InProcessActions, action: str) -> Any:
    call = {"next_action": action, "tracker": {"sender_id": "x", "slots": {}, "latest_message": {"text": SECRET}, "events": []}}
    return asyncio.run(endpoint.request(json=call, method="post", timeout=300, compress=False))


@pytest.fixture(scope="module")
def endpoint() -> InProcessActions:
    return InProcessActions()


def test_every_action_of_the_domain_is_there(endpoint: InProcessActions, agent: Any) -> None:
    wanted = {name for name in agent.domain.user_actions if name.startswith(("action_", "validate_"))}
    assert wanted <= set(endpoint._executor.actions)


def test_an_action_answers_without_a_server(endpoint: InProcessActions) -> None:
    answer = run(endpoint, "action_greet")
    assert answer["events"] == []
    assert "Hello" in answer["responses"][0]["text"]


async def fails(*_: Any) -> None:
    raise ValueError(SECRET)


async def hangs(*_: Any) -> None:
    await asyncio.sleep(3600)


@pytest.mark.parametrize(("function", "kind"), [(fails, "ValueError"), (hangs, "TimeoutError")])
def test_an_action_that_fails_or_hangs_is_named_and_what_was_said_is_not(
    endpoint: InProcessActions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, function: Any, kind: str
) -> None:
    monkeypatch.setattr(in_process, "SECONDS", 0.02)
    monkeypatch.setitem(endpoint._executor.actions, "action_greet", function)
    with caplog.at_level(logging.ERROR), pytest.raises(RasaException, match=r"^action action_greet failed$"):
        run(endpoint, "action_greet")
    assert f"action action_greet failed: {kind}" in caplog.text
    assert SECRET not in caplog.text


def test_an_action_that_is_not_there_fails(endpoint: InProcessActions) -> None:
    with pytest.raises(RasaException, match="no_such_action"):
        run(endpoint, "no_such_action")


def test_an_answer_of_our_own_is_not_checked_again() -> None:
    trust_own_actions()
    assert RemoteAction("x", None)._validate_action_result({"events": "whatever"})
