"""Bodies: each as large as its route allows, and all that are under way within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from bot.edge.body import MAX_FROM_ADDRESS, MAX_IN_ALL, Bodies

CHUNK = b"x" * 1_000_000


def request(receive: Receive, length: int | None = None) -> Request:
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def whole(*chunks: bytes) -> Receive:
    """A client that sends these and ends."""
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return messages.pop(0)

    return receive


class Slow:
    """A client that sends some chunks and then waits until it hangs up."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = list(chunks)
        self.sent, self.hung_up = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> Message:
        if self._chunks:
            return {"type": "http.request", "body": self._chunks.pop(0), "more_body": True}
        self.sent.set()
        await self.hung_up.wait()
        return {"type": "http.disconnect"}


async def refused(bodies: Bodies, received: Request, most: int, address: str) -> int:
    with pytest.raises(HTTPException) as caught:
        await bodies.of(received, most, address)
    assert caught.value.headers is not None
    assert caught.value.headers["Connection"] == "close"
    return caught.value.status_code


async def test_a_body_as_large_as_its_route_allows_is_read_and_a_larger_one_is_not() -> None:
    bodies = Bodies()
    assert await bodies.of(request(whole(b"ab", b"cd")), 4, "a") == b"abcd"
    assert await refused(bodies, request(whole(b"ab", b"cde")), 4, "a") == 413


async def test_one_that_tells_that_it_is_too_large_is_refused_before_it_comes() -> None:
    async def receive() -> Message:
        raise AssertionError("it was read")

    assert await refused(Bodies(), request(receive, length=5), 4, "a") == 413


@pytest.mark.parametrize(
    ("addresses", "budget"),
    [(["a"] * 20, MAX_FROM_ADDRESS), ([str(n) for n in range(100)], MAX_IN_ALL)],
)
async def test_unfinished_bodies_share_a_budget_and_give_it_back(addresses: list[str], budget: int) -> None:
    bodies = Bodies()
    clients = [Slow([CHUNK]) for _ in range(budget // len(CHUNK))]
    under_way = [
        asyncio.ensure_future(bodies.of(request(client), 2 * len(CHUNK), address))
        for client, address in zip(clients, addresses, strict=False)
    ]
    for client in clients:
        await client.sent.wait()
    last = addresses[len(clients)]
    assert await refused(bodies, request(whole(CHUNK)), 2 * len(CHUNK), last) == 503
    for client in clients:
        client.hung_up.set()
    ended = await asyncio.gather(*under_way, return_exceptions=True)
    assert {type(end) for end in ended} == {ClientDisconnect}
    assert await bodies.of(request(whole(CHUNK)), 2 * len(CHUNK), last) == CHUNK
