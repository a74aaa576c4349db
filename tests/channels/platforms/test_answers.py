"""What each answer of a platform's API means for a reply: delivered, tried again, or dead. Nothing here is served."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from bot.channels.messaging.channel import adapter_of
from bot.channels.messaging.platform import Part, Refused, Unavailable
from tests.channels.platforms.simulation import NAMES, Answer, Call, Simulation, simulation
from tests.channels.platforms.test_contract import LIES
from tests.channels.platforms.test_reading import API, channel_of, request_of

PASSING = (301, 302, 303, 307, 308, 408, 425, 429, 500, 502, 503, 504, 520)
STAYING = (400, 401, 403, 404, 405, 410, 413, 422)
MISSING = object()


def fate(platform: Simulation, answer: Answer | None) -> str:
    """What becomes of a reply that the API answers so; None: as it does when all is well."""

    def take(request: httpx.Request) -> httpx.Response:
        form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        content = request.content.decode()
        body = dict(parse_qsl(content, keep_blank_values=True)) if form else json.loads(content)
        call = Call(request.method, request.url.path, dict(request.headers), body)
        given = platform.answer(call) if answer is None or platform.said(call) is None else answer
        data = given.body if isinstance(given.body, bytes) else json.dumps(given.body).encode()
        return httpx.Response(given.status, headers=given.headers, content=data)

    async def sent() -> str:
        adapter = adapter_of(channel_of(platform).platform, platform.options(API))
        await adapter.http.aclose()
        [incoming] = adapter.read(request_of(platform, platform.body("text")))
        async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as adapter.http:
            try:
                await adapter.send(incoming.address, Part("Call 911 now.", name="1.1.0"))
            except Unavailable:
                return "again"
            except Refused:
                return "dead"
        return "delivered"

    return asyncio.run(sent())


@pytest.fixture
def platform(name: str) -> Simulation:
    return simulation(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_reply_is_delivered_refused_or_to_be_sent_later(platform: Simulation) -> None:
    assert fate(platform, None) == "delivered"
    assert fate(platform, platform.busy(1)) == "again"
    assert fate(platform, platform.refusal()) == "dead"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_no_delivery_and_no_refusal(platform: Simulation, lie: str) -> None:
    assert fate(platform, LIES[lie]) == "again"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"{}", b"<html>"])
def test_without_a_word_of_the_platform_the_status_decides(platform: Simulation, content: bytes) -> None:
    assert {status: fate(platform, Answer(status, content)) for status in (*PASSING, *STAYING)} == {
        **dict.fromkeys(PASSING, "again"),
        **dict.fromkeys(STAYING, "dead"),
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("odd", [MISSING, None, "", [], {}, [7]], ids=repr)
def test_without_what_proves_it_a_success_is_none(platform: Simulation, odd: Any) -> None:
    good: list[Answer] = []

    class Kept(type(platform)):  # type: ignore[misc]
        def answer(self, call: Call) -> Answer:
            good.append(super().answer(call))
            return good[-1]

    assert fate(Kept(), None) == "delivered"
    assert fate(platform, good[-1]) == "delivered"
    for length in range(1, len(platform.proof) + 1):
        body = deepcopy(good[-1].body)
        *before, last = platform.proof[:length]
        holder = body
        for key in before:
            holder = holder[key]
        if odd is MISSING:
            del holder[last]
        else:
            holder[last] = odd
        assert fate(platform, Answer(good[-1].status, body)) == "again", body
