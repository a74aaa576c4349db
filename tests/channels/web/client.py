"""A client of the widget's WebSocket that can also be rude: it sends what it is told to, and reads only when it is asked to."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import suppress
from types import TracebackType
from typing import Any

from websockets.client import WebSocketClientProtocol, connect
from websockets.exceptions import ConnectionClosed

from tests.serving import request

PATH = "/webhooks/web/socket"


class Refused(Exception):
    """The server refused the connection; `data` says why."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.data = data


class Tab:
    """One connection of a session. What the server said is in `entries`, `typing` and `ended`."""

    def __init__(self, url: str, token: Any, *, prefix: str = "", origin: str | None = None) -> None:
        self._address = url.replace("http://", "ws://") + prefix + PATH
        self._token, self._origin = token, origin
        self._numbers = itertools.count()
        self._acknowledged: dict[int, asyncio.Future[Any]] = {}
        self.entries: list[dict[str, Any]] = []
        self.typing: list[bool] = []
        self.ended = False
        self.closed, self._news = asyncio.Event(), asyncio.Event()

    async def __aenter__(self) -> Tab:
        self.socket: WebSocketClientProtocol = await connect(self._address, origin=self._origin, ping_interval=None)
        with suppress(ConnectionClosed):  # the server may have refused it already
            await self.socket.send(json.dumps({"token": self._token}))
        answer = json.loads(await self.socket.recv())
        if "refused" in answer:
            await self.socket.wait_closed()
            raise Refused(answer["refused"])
        assert set(answer["ready"]) == {"ping", "patience"}
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reading.cancel()
        with suppress(ConnectionClosed):
            await self.socket.close()

    async def call(self, event: str, data: Any, seconds: float = 10.0) -> Any:
        """What the server acknowledges."""
        return await asyncio.wait_for(await self.start(event, data), seconds)

    async def start(self, event: str, data: Any) -> asyncio.Future[Any]:
        """Send an event; the future gets the acknowledgement."""
        number = next(self._numbers)
        self._acknowledged[number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": number, event: data}))
        return self._acknowledged[number]

    async def say(self, id: str, text: str, **more: str) -> Any:
        return await self.call("say", {"id": id, "text": text, **more})

    async def resume(self, after: int = 0) -> Any:
        return await self.call("resume", {"after": after})

    async def heard(self, count: int, seconds: float = 10.0) -> list[dict[str, Any]]:
        """The entries, once there are so many."""

        async def wait() -> None:
            while len(self.entries) < count:
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(wait(), seconds)
        return self.entries

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                frame = json.loads(text)
                self._take(frame)
                if "ping" in frame:
                    await self.socket.send(json.dumps({"pong": True}))
        except ConnectionClosed:
            pass
        finally:
            self.closed.set()

    def _take(self, frame: dict[str, Any]) -> None:
        if "answer" in frame:
            self._acknowledged.pop(frame["id"]).set_result(frame["answer"])
        elif "entries" in frame:
            self.entries += frame["entries"]
            self._news.set()
        elif "typing" in frame:
            self.typing.append(frame["typing"])
        elif "ended" in frame:
            self.ended = True


def new_token(url: str) -> str:
    """The token of a new session."""
    answer = request(f"{url}/webhooks/web/session", "POST")
    assert answer.status == 200, answer
    return str(answer.json["token"])
