"""One server with all platforms, whose APIs are played by small servers beside it."""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.channels.platforms.simulation import Api, Sent, playing
from tests.channels.served import served
from tests.loading import load_rasa
from tests.serving import Answer, request

# The waits after failed attempts; those of the program take two hours.
RETRIES = (0.05, 0.1, 0.2, 0.4)
LOOK_SECONDS = 0.2
# How often it is looked whether all is said.
POLL_SECONDS = 0.02


class Log(logging.Handler):
    """All that was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()} {record.exc_info or ''}")


@dataclass(frozen=True)
class World:
    """The server, the platforms' APIs, and what was logged."""

    url: str
    credentials: Path
    apis: dict[str, Api]
    state: Any
    log: Log


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with all platforms and REST, and a state in memory."""
    load_rasa()
    from bot.channels.credentials import load_channels
    from bot.channels.messaging.channel import MessagingChannel
    from bot.dialogue.agent import load_agent
    from bot.dialogue.model import ensure_model
    from bot.server import Application
    from bot.state.state import open_state

    log = Log()
    logging.getLogger().addHandler(log)
    with playing() as apis, pytest.MonkeyPatch.context() as changed:
        file = credentials(tmp_path_factory.mktemp("channels"), apis)
        changed.setenv("AFTERCHECK_STORE", "memory:")
        changed.setattr(MessagingChannel, "retries", RETRIES)
        changed.setattr(MessagingChannel, "look_seconds", LOOK_SECONDS)
        state = open_state()
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("ignore")
            agent = load_agent(ensure_model(), state)
        with served(lambda: Application(agent, load_channels(file))) as url:
            yield World(url, file, apis, state, log)
    logging.getLogger().removeHandler(log)


def credentials(folder: Path, apis: dict[str, Api]) -> Path:
    """A credentials.yml with all platforms, and REST beside them."""
    entries: dict[str, Any] = {api.platform.channel: api.platform.options(api.url) for api in apis.values()}
    file = folder / "credentials.yml"
    file.write_text(yaml.safe_dump({**entries, "bot.channels.rest.RestChannel": {}}))
    return file


class Patient:
    """A patient on one platform."""

    def __init__(self, url: str, api: Api, name: str, state: Any) -> None:
        self.api, self.platform, self.name = api, api.platform, name
        self._state = state
        self.webhook = f"{url}/webhooks/{api.platform.name}/webhook"
        self._seen = 0

    def post(self, body: bytes, *, number: int = 0, at: float | None = None, headers: dict[str, str] | None = None) -> Answer:
        """A webhook with this body, signed unless headers are given."""
        url = self.webhook + self.platform.path(number or self.platform.next_number())
        given = self.platform.headers(body, url, time.time() if at is None else at) if headers is None else headers
        return request(url, self.platform.method, body, given)

    def send(self, payload: str, text: str = "") -> None:
        """A webhook of this kind, which is taken."""
        answer = self.post(self.platform.body(payload, sender=self.name, text=text))
        assert answer.status == 200, answer

    def say(self, text: str) -> list[Sent]:
        """What is answered to a text."""
        self.send("text", text)
        return self.heard()

    def press(self, payload: str) -> list[Sent]:
        """What is answered to a pressed button."""
        self.send("button", payload)
        return self.heard()

    def heard(self) -> list[Sent]:
        """What came since this was last asked: at least one message, and all that there is."""
        self.api.wait_for(lambda: len(self.api.to(self.name)) > self._seen)
        self.quiet()
        found = self.api.to(self.name)[self._seen :]
        self._seen += len(found)
        return found

    def quiet(self, seconds: float = 20.0) -> None:
        """Wait until every message of the channel is answered, and every reply sent or given up."""
        end = time.monotonic() + seconds
        while asyncio.run(self._waiting()):
            assert time.monotonic() < end, "something is never answered or sent"
            time.sleep(POLL_SECONDS)

    async def _waiting(self) -> bool:
        channel = self.platform.name
        return bool(await self._state.unanswered(channel) or await self._state.unsent(channel))


@pytest.fixture
def api(world: World, name: str) -> Iterator[Api]:
    """The API of a platform; what was sent to it must be what its reference says."""
    api = world.apis[name]
    yield api
    api.plan.clear()
    api.down = False
    assert api.faults == []


@pytest.fixture
def patient(world: World, api: Api, request: pytest.FixtureRequest) -> Callable[[], Patient]:
    """Makes a new patient of the platform each time."""
    made: list[Patient] = []

    def make() -> Patient:
        made.append(Patient(world.url, api, f"patient-{request.node.name}-{len(made)}", world.state))
        return made[-1]

    return make
