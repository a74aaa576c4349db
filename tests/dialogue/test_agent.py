from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.agent import load_agent
from bot.dialogue.in_process import InProcessActions
from bot.dialogue.locks import ConversationLocks
from bot.dialogue.store import ForgettingTrackerStore
from bot.settings import SettingsError


def test_the_agent_has_our_actions_our_store_and_our_locks(agent: Any) -> None:
    assert isinstance(agent.action_endpoint, InProcessActions)
    assert isinstance(agent.lock_store, ConversationLocks)
    # Bare: within Rasa's wrapper, an error would end in an empty conversation, whose level is lower.
    assert type(agent.tracker_store) is ForgettingTrackerStore
    assert agent.processor.tracker_store is agent.tracker_store
    assert agent.tracker_store.domain is agent.domain


def test_nothing_is_told_to_rasas_makers(agent: Any) -> None:
    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"


@pytest.mark.parametrize("content", [b"", b"no model", None], ids=["empty", "broken", "missing"])
def test_a_model_that_cannot_be_loaded_is_named(tmp_path: Path, content: bytes | None) -> None:
    model = tmp_path / "aftercheck-1.tar.gz"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(SettingsError, match=r"aftercheck-1\.tar\.gz: cannot be loaded .*Delete it") as raised:
        load_agent(model)
    assert "\n" not in str(raised.value)
