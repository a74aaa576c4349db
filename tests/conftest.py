"""What many tests share: the real agent, trained once, in this process; and the real server, in a process of its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.loading import load_rasa
from tests.serving import Server, aftercheck

# The same examples in every run, however slow the machine is.
settings.register_profile("aftercheck", deadline=None, derandomize=True, database=None)
settings.load_profile("aftercheck")


@pytest.fixture(scope="session")
def agent() -> Any:
    """The agent of `aftercheck serve`."""
    load_rasa()
    from bot.dialogue.agent import load_agent
    from bot.dialogue.model import ensure_model

    # Rasa's libraries warn of each other's age while they are loaded.
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        return load_agent(ensure_model())


@pytest.fixture(scope="session")
def trained() -> None:
    """A dialogue model for the present files."""
    trained = aftercheck("train")
    assert trained.returncode == 0, trained.stderr.decode()


@pytest.fixture(scope="session")
def server(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`aftercheck serve` on a free port. What it wrote to stderr must stay empty: nothing that the tests do is an error."""
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running
    assert running.errors() == ""
