from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from bot.channels.matrix import _fault as matrix
from bot.channels.messaging.calls import Reply, call, form_of, json_of, usual_fault
from bot.channels.messaging.platform import Malformed, Refused, Request, Unavailable, WindowClosed
from bot.channels.meta import graph_fault as meta
from bot.channels.slack import _fault as slack
from bot.channels.telegram import _fault as telegram
from bot.channels.twilio import _fault as twilio

Fault = Callable[[Reply], Exception | None]


@pytest.mark.parametrize(
    ("fault", "status", "body", "kind", "says", "after"),
    [
        (usual_fault, 200, {}, None, "", None),
        (usual_fault, 302, {}, Refused, "HTTP 302", None),
        (usual_fault, 404, {}, Refused, "HTTP 404", None),
        (usual_fault, 429, {}, Unavailable, "HTTP 429", 7.0),
        (usual_fault, 502, {}, Unavailable, "HTTP 502", 7.0),
        (telegram, 429, {"error_code": 429, "parameters": {"retry_after": 35}}, Unavailable, "HTTP 429, 429", 35.0),
        (telegram, 400, {"error_code": 400, "description": "chat of Anna not found"}, Refused, "HTTP 400, 400", None),
        (telegram, 403, {"error_code": "chat of Anna", "parameters": 7}, Refused, "HTTP 403", None),
        (meta, 400, {"error": {"code": 131047}}, WindowClosed, "HTTP 400, 131047", None),
        (meta, 400, {"error": {"code": 10, "error_subcode": 2018278}}, WindowClosed, "HTTP 400, 10.2018278", None),
        (meta, 400, {"error": {"code": 130429}}, Unavailable, "HTTP 400, 130429", 7.0),
        (meta, 400, {"error": {"code": 2, "is_transient": True}}, Unavailable, "HTTP 400, 2", 7.0),
        (meta, 401, {"error": {"code": 190, "message": "expired"}}, Refused, "HTTP 401, 190", None),
        (meta, 200, {"error": {"code": 100}}, Refused, "HTTP 200, 100", None),
        (meta, 400, {"error": "Anna"}, Refused, "HTTP 400", None),
        (meta, 200, {"messages": []}, None, "", None),
        (twilio, 400, {"code": 63016}, WindowClosed, "HTTP 400, 63016", None),
        (twilio, 400, {"code": 21610}, Refused, "HTTP 400, 21610", None),
        (twilio, 429, {"code": 20429}, Unavailable, "HTTP 429, 20429", 7.0),
        (twilio, 400, {"code": 30001}, Unavailable, "HTTP 400, 30001", 7.0),
        (slack, 200, {"ok": True}, None, "", None),
        (slack, 200, {"ok": False, "error": "account_inactive"}, Refused, "HTTP 200, account_inactive", None),
        (slack, 200, {"ok": False, "error": "internal_error"}, Unavailable, "HTTP 200, internal_error", None),
        (slack, 200, {}, Refused, "HTTP 200", None),
        (slack, 429, {"ok": False}, Unavailable, "HTTP 429", 7.0),
        (matrix, 429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, Unavailable, "HTTP 429, M_LIMIT_EXCEEDED", 2.5),
        (matrix, 403, {"errcode": "M_FORBIDDEN"}, Refused, "HTTP 403, M_FORBIDDEN", None),
    ],
)
def test_what_went_wrong_passes_or_stays(
    fault: Fault, status: int, body: Any, kind: type[Exception] | None, says: str, after: float | None
) -> None:
    found = fault(Reply(status, body, 7.0))
    assert type(found) is (kind or type(None))
    if found is not None:
        assert str(found) == says
        assert getattr(found, "after", None) == after


@pytest.mark.parametrize(
    ("header", "after"), [("3", 3.0), ("2.5", 2.5), (None, None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
)
async def test_a_platform_says_how_long_to_wait(header: str | None, after: float | None) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={} if header is None else {"Retry-After": header}, content=b"<html>")

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(Unavailable) as raised:
            await call(http, "POST", "https://api.example/send", usual_fault, json={})
    assert raised.value.after == after


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")])
async def test_a_network_that_fails_passes_and_says_nothing_of_what_was_sent(error: Exception) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(Unavailable, match=f"^{type(error).__name__}$"):
            await call(http, "POST", "https://api.example/bot123:secret/send", usual_fault, json={})


class Thing(msgspec.Struct):
    text: str


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"text": "a"}', "a"),
        (b'{"text": "a", "more": [1, {}]}', "a"),
        (b'{"text": "a\\ud83d b"}', "a\ufffd b"),
        (b'{"text": "a\\ud83d\\ude42"}', "a🙂"),
        (b'{"text": "line\nbreak"}', "line\nbreak"),
        (json.dumps({"text": "x"}).encode("utf-16"), "x"),
        (b'{"text": 7}', None),
        (b"{", None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 200_000, None),
    ],
)
def test_json_is_a_thing_or_malformed(body: bytes, text: str | None) -> None:
    if text is None:
        with pytest.raises(Malformed):
            json_of(body, Thing)
    else:
        assert json_of(body, Thing).text == text


def test_a_form_is_its_fields_or_malformed() -> None:
    def form(body: bytes) -> dict[str, str]:
        return form_of(Request(method="POST", url="", headers={}, query={}, body=body))

    assert form(b"Body=a+b%26c&NumMedia=&From=%2B1") == {"Body": "a b&c", "NumMedia": "", "From": "+1"}
    for broken in (b"Body", b"a=1&&b", b"\xff=1"):
        with pytest.raises(Malformed):
            form(broken)
