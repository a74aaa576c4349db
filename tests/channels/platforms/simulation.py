"""A messaging platform as our server meets it: it sends signed webhooks, and its API takes and checks what we send.

Each platform is a folder beside this file: `__init__.py` with a subclass of `Simulation` (how it signs, how its calls are
read), `payloads.yml` (its webhooks, as its documentation gives them, and what they must be read as) and `sent.schema.json`
(what its API takes, from its published reference).
"""

from __future__ import annotations

import importlib
import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

STALLED_SECONDS = 60.0
FOLDER = Path(__file__).parent
NAMES = tuple(sorted(file.parent.name for file in FOLDER.glob("*/payloads.yml")))


@dataclass(frozen=True)
class Call:
    """A request that our server made to the platform's API."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Sent:
    """A message that a patient would see: whose chat, its text, and its buttons with what they send back."""

    to: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What the platform's API answers."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


class Simulation(ABC):
    """One platform."""

    name: ClassVar[str]
    channel: ClassVar[str]
    method: ClassVar[str] = "POST"
    # The chat of the group in the payload `group`; what the platform can do, where not all can.
    group: ClassVar[str | None] = None
    most_buttons: ClassVar[int] = 0
    sends_batches: ClassVar[bool] = True
    # Where the API's answer says what was sent: without it nothing was.
    proof: ClassVar[tuple[str | int, ...]]

    def __init__(self) -> None:
        self.payloads = payloads(self.name)
        self._validator = _validator(self.name)
        self._numbers = 0
        self._lock = threading.Lock()

    # -- webhooks

    @abstractmethod
    def options(self, api: str) -> dict[str, str]:
        """The entry of credentials.yml."""

    @abstractmethod
    def headers(self, body: bytes, url: str, at: float) -> dict[str, str]:
        """The headers of a genuine request."""

    def person(self, name: str) -> Any:
        """The platform's id of a patient."""
        return name

    def chat(self, name: str) -> str:
        """Where a patient's messages are sent, as `said` gives it."""
        return str(self.person(name))

    def path(self, number: int) -> str:
        """What follows the webhook's address."""
        return ""

    def body(self, payload: str, *, number: int | None = None, sender: str = "anna", text: str = "My eyelid droops") -> bytes:
        """A webhook's body. `number` makes the message's id; without it the message is a new one."""
        given = self.payloads[payload]
        values = self.values(number if number is not None else self.next_number(), sender, text)
        return self.encoded(filled(given.get("json", given.get("form")), values), form="form" in given)

    def next_number(self) -> int:
        with self._lock:
            self._numbers += 1
            return 1000 + self._numbers

    def values(self, number: int, sender: str, text: str) -> dict[str, Any]:
        """What stands for the names in the payloads."""
        ids = {"$ID": f"id-{number}", "$NUMBER": number, "$NEXT": f"id-{number}-next", "$TIME": str(int(time.time()))}
        return {**ids, "$SENDER": self.person(sender), "$TEXT": text}

    def encoded(self, payload: Any, *, form: bool) -> bytes:
        """A payload as it travels."""
        if not form:
            return json.dumps(payload).encode()
        return urlencode({k: json.dumps(v) if isinstance(v, dict) else v for k, v in payload.items()}).encode()

    def beside(self, odd: Any, good: Any) -> Any:
        """One request with the messages of two, where a request may hold several."""
        raise NotImplementedError

    # -- the API

    def answer(self, call: Call) -> Answer:
        """What the API answers when all is well."""
        return Answer()

    @abstractmethod
    def said(self, call: Call) -> Sent | None:
        """The message of a call; None when it sends none."""

    def same(self, call: Call) -> str | None:
        """What two calls share of which the platform takes one; None where it takes all."""
        return None

    def busy(self, seconds: int) -> Answer:
        """The API asks to wait."""
        return Answer(429, {}, {"Retry-After": str(seconds)})

    @abstractmethod
    def refusal(self) -> Answer:
        """The API will never take this message."""

    def fault(self, call: Call) -> str | None:
        """What is wrong with a call, by the platform's schema."""
        error = best_match(self._validator.iter_errors({"call": call.name, "body": call.body}))
        return None if error is None else f"{call.name}: {error.message[:300]} at {list(error.absolute_path)}"


class Api:
    """The API of a platform as a small server. `plan` holds what it answers to the next messages, before all is well."""

    def __init__(self, platform: Simulation) -> None:
        self.platform = platform
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.refused: list[Sent] = []
        self._taken: set[str | None] = set()
        self.faults: list[str] = []
        self.plan: list[Answer] = []
        self.down = False
        # While it is set, calls get no answer, and what they say was not taken.
        self.stalled = threading.Event()
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def to(self, name: str) -> list[Sent]:
        """What a patient was sent so far."""
        chat = self.platform.chat(name)
        return [sent for sent in list(self.sent) if sent.to == chat]

    def wait(self, name: str, count: int = 1, seconds: float = 20.0) -> list[Sent]:
        """What a patient was sent, once there are so many messages."""
        self.wait_for(lambda: len(self.to(name)) >= count, seconds)
        return self.to(name)

    def wait_for(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        with self._changed:
            assert self._changed.wait_for(true, seconds), f"{self.platform.name}: {len(self.calls)} calls, {self.faults}"

    def _take(self, call: Call) -> Answer:
        sent, fault = self.platform.said(call), self.platform.fault(call)
        with self._changed:
            self.calls.append(call)
            if self.stalled.is_set():
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self.stalled.is_set(), STALLED_SECONDS)
                return Answer(503)
            if fault is not None:
                self.faults.append(fault)
            if self.down:
                answer = Answer(503)
            elif sent is not None and self.plan:
                answer = self.plan.pop(0)
            else:
                answer = self.platform.answer(call)
                same = self.platform.same(call)
                if sent is not None and (same is None or same not in self._taken):
                    self.sent.append(sent)
                    self._taken.add(same)
            self._changed.notify_all()
            return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                content = self.rfile.read(length)
                if len(content) < length:
                    return  # who asked was killed in the middle of it
                headers = {name.lower(): value for name, value in self.headers.items()}
                form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
                body = dict(parse_qsl(content.decode(), keep_blank_values=True)) if form else json.loads(content or b"null")
                answer = take(Call(self.command, self.path, headers, body))
                data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                with suppress(BrokenPipeError, ConnectionResetError):  # who asked may be dead
                    self.send_response(answer.status)
                    for name, value in {**answer.headers, "content-type": "application/json"}.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = _answer

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nothing."""

        return Handler


def simulation(name: str) -> Simulation:
    """The platform of a folder."""
    module = importlib.import_module(f"{__package__}.{name}")
    made: Simulation = module.PLATFORM()
    return made


@contextmanager
def playing() -> Iterator[dict[str, Api]]:
    """The APIs of all platforms, played on this machine; what was sent to them must be what their references say."""
    apis = {name: Api(simulation(name)) for name in NAMES}
    yield apis
    for api in apis.values():
        api.close()
    assert [fault for api in apis.values() for fault in api.faults] == []


@lru_cache
def payloads(name: str) -> dict[str, Any]:
    """The webhooks of a platform."""
    with (FOLDER / name / "payloads.yml").open(encoding="utf-8") as file:
        found: dict[str, Any] = yaml.load(file, yaml.CSafeLoader)
    return found


@lru_cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / name / "sent.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: filled(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, values) for each in value]
    return values.get(value, value) if isinstance(value, str) else value


def cases() -> Iterator[tuple[str, str]]:
    """Each platform with each of its payloads."""
    for name in NAMES:
        for payload in payloads(name):
            yield name, payload
