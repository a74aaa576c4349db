"""The channels over real HTTP in this process, so that a test can change what stands behind them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from bot.dialogue.agent import prepare
from tests.serving import Answer, request

# Before the first import of Rasa, that is before any test module here.
prepare()

T = TypeVar("T")
Post = Callable[..., Answer]


@pytest.fixture(scope="session")
def site(agent: Any) -> Iterator[str]:
    """The address of a server in this process with the channels of credentials.yml."""
    from bot.channels.credentials import load_channels
    from bot.listen import address_of, listen
    from bot.server import make_app

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def wait_for(awaitable: Awaitable[T]) -> T:
        async def done() -> T:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(done(), loop).result(30)

    listener = listen("127.0.0.1", "0")
    app = make_app(agent, load_channels())
    server = wait_for(app.create_server(sock=listener, return_asyncio_server=True))
    for step in (server.startup(), server.before_start(), server, server.after_start()):
        wait_for(step)
    yield f"http://{address_of(listener)}"
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    listener.close()


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
