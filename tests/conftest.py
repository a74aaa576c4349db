"""What many tests share: the real agent, trained once, in this process; and the real server, in a process of its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.serving import Server

# The same examples in every run, however slow the machine is.
settings.register_profile("aftercheck", deadline=None, derandomize=True, database=None)
settings.load_profile("aftercheck")


@pytest.fixture(scope="session")
def agent() -> Any:
    """The agent of `aftercheck serve`."""
    from bot.dialogue.agent import load_agent, prepare

    prepare()
    # Rasa's libraries warn of each other's age while they are imported.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bot.dialogue.model import ensure_model

        return load_agent(ensure_model())


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """`aftercheck serve` on a free port. What it wrote to stderr must stay empty: nothing that the tests do is an error."""
    with Server() as running:
        yield running
    assert running.errors() == ""
