"""The agent of this process: Rasa with in-process actions, conversations that are forgotten, and quiet logs."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from bot.settings import SettingsError
from bot.state.state import State


def prepare() -> None:
    """Set up Rasa before its first import: no telemetry, no TensorFlow, no noise, nothing of patients in the log."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from bot.dialogue.logs import keep_patients_out
    from bot.dialogue.without_tensorflow import install

    keep_patients_out()
    install()
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)


def load_agent(model: Path, state: State | None = None) -> Any:
    """The agent for a trained model, with the actions of this project in this process. Raises SettingsError.

    Its conversations are kept in the state, or without one in memory.
    """
    from rasa.core.agent import Agent
    from rasa.shared.core.domain import Domain

    from bot.dialogue.in_process import InProcessActions, trust_own_actions
    from bot.dialogue.locks import ConversationLocks
    from bot.dialogue.store import ForgettingTrackerStore

    trust_own_actions()
    agent = Agent(domain=Domain.empty(), lock_store=ConversationLocks(), action_endpoint=InProcessActions())
    # Rasa wraps a store that it is given: on an error it would go on with an empty conversation, whose level is lower.
    agent.tracker_store = ForgettingTrackerStore(Domain.empty(), state=state)
    try:
        agent.load_model(model_path=str(model))
    except Exception as error:  # a broken file fails in as many ways as there are libraries that read it
        raise SettingsError(
            f"{model}: cannot be loaded ({type(error).__name__}). Delete it: the next start trains it anew"
        ) from None
    return agent
