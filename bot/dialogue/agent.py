"""The agent of this process: Rasa with in-process actions, and one function that sends it a message."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any


def prepare() -> None:
    """Set up Rasa before its first import: no telemetry, no TensorFlow, no noise."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    # Rasa's libraries warn of their own age at every start; a filter would be undone by one of them.
    logging.captureWarnings(True)
    for name in ("py.warnings", "rasa", "sanic", "apscheduler", "matplotlib"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from bot.dialogue.without_tensorflow import install

    install()
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)


def load_agent(model: Path) -> Any:
    """The agent for a trained model, with the actions of this project in this process."""
    from rasa.core.agent import Agent
    from rasa.shared.core.domain import Domain

    from bot.dialogue.in_process import InProcessActions, build_validator_once
    from bot.dialogue.store import ForgettingTrackerStore

    build_validator_once()
    agent = Agent(
        domain=Domain.empty(),
        tracker_store=ForgettingTrackerStore(Domain.empty()),
        action_endpoint=InProcessActions(),
    )
    agent.load_model(model_path=str(model))
    return agent
