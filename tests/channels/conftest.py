"""The channels over real HTTP in this process, so that a test can change what stands behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.channels.served import served
from tests.loading import load_rasa
from tests.serving import Answer, request

# Before any test module here imports it.
load_rasa()

Post = Callable[..., Answer]


ORIGIN = "https://www.clinic.example"


@pytest.fixture(scope="session")
def site(agent: Any) -> Iterator[str]:
    """The address of a server in this process with the channels of credentials.yml."""
    from bot.channels.credentials import load_channels
    from bot.server import Application
    from bot.settings import CREDENTIALS_FILE
    from bot.state.state import open_state

    with ExitStack() as serving:
        with pytest.MonkeyPatch.context() as settings:
            settings.setenv("AFTERCHECK_STORE", "memory:")
            settings.setenv("AFTERCHECK_ORIGINS", ORIGIN)
            # Every test begins a session, from the one address.
            settings.setattr("bot.channels.web.channel.SESSIONS_PER_MINUTE", 10_000)
            open_state()
            url = serving.enter_context(served(lambda: Application(agent, load_channels(CREDENTIALS_FILE))))
        yield url


@pytest.fixture
def rest(site: str, monkeypatch: pytest.MonkeyPatch) -> Post:
    """POST a body to the REST channel."""
    monkeypatch.delenv("AFTERCHECK_REST_TOKEN", raising=False)

    def post(body: bytes, **headers: str) -> Answer:
        return request(f"{site}/webhooks/rest/webhook", "POST", body, headers)

    return post


@pytest.fixture
def actions(agent: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Puts another function in the place of an action."""

    def replace(name: str, function: Any) -> None:
        monkeypatch.setitem(agent.action_endpoint._executor.actions, name, function)

    return replace
