from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.rest import MAX_BODY, MAX_SENDER
from bot.knowledge.load import cached_pack
from tests.channels.conftest import Post
from tests.safety import LEVELS, assert_answers_what_is_odd, assert_safe, kinds, levels
from tests.serving import request

KINDS = {
    "consent", "treatment", "areas", "days_since_treatment", "onset", "severity", "course", "sides", "red_flags", "escalator",
    "context", "symptoms", "anything_else",
}  # fmt: skip
ANSWERS = {"yes_no", "choice", "days", "text"}
EMERGENCY = "I cannot breathe"


def body(message: Any, sender: Any = "anna") -> bytes:
    return json.dumps({"sender": sender, "message": message}).encode()


# ---- the contract


def assert_is_question(reply: dict[str, Any]) -> None:
    custom = reply["custom"]
    assert set(custom) == {"type", "id", "concepts", "answers", "options", "condition"}
    assert custom["id"] in KINDS
    assert custom["answers"] in ANSWERS
    known = cached_pack()
    assert set(custom["concepts"]) <= set(known.concepts)
    assert custom["condition"] is None or custom["condition"] in known.conditions
    for option in custom["options"]:
        assert set(option) == {"title", "payload", "concept", "none"}
        assert option["title"]
        assert option["payload"]
        assert option["concept"] is None or option["concept"] in custom["concepts"]
        assert isinstance(option["none"], bool)
    shown = [{"title": option["title"], "payload": option["payload"]} for option in custom["options"]]
    assert reply.get("buttons", []) == shown


def assert_is_assessment(reply: dict[str, Any]) -> None:
    custom = reply["custom"]
    assert {"type", "level", "concepts", "reasons", "knowledge"} <= set(custom)
    assert custom["level"] in LEVELS
    assert set(custom["concepts"]) <= set(cached_pack().concepts)
    for reason in custom["reasons"]:
        assert set(reason) == {"rule", "concepts", "source"}
        assert reason["rule"]
        assert reason["source"]
        assert set(reason["concepts"]) <= set(cached_pack().concepts)
    assert custom["knowledge"] == {"pack": cached_pack().id, "version": cached_pack().version}


def test_a_conversation_has_the_shapes_of_the_contract_from_the_first_question_to_the_assessment(rest: Post) -> None:
    text, seen = "my upper eyelid is drooping", []
    for _ in range(12):
        answer = rest(body(text, "contract"))
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert_safe(answer.json)
        for reply in answer.json:
            assert {"recipient_id", "text", "custom"} <= set(reply) <= {"recipient_id", "text", "custom", "buttons"}
            assert reply["recipient_id"] == "contract"
            if reply["custom"]["type"] == "question":
                assert_is_question(reply)
            if reply["custom"]["type"] == "assessment":
                assert_is_assessment(reply)
        seen += kinds(answer.json)
        if "assessment" in seen:
            break
        options = [option for reply in answer.json for option in reply["custom"].get("options", [])]
        text = next((option["payload"] for option in options if option["none"]), "3 days ago")
    assert "question" in seen
    assert seen[-1] == "assessment"


def test_an_emergency_is_assessed_at_once(rest: Post) -> None:
    [reply] = rest(body(EMERGENCY, "at once")).json
    assert_is_assessment(reply)
    assert reply["custom"]["level"] == "emergency"
    assert "buttons" not in reply


def test_the_state_of_the_channel_can_be_asked_for(rest: Post, site: str) -> None:
    assert request(f"{site}/webhooks/rest/").json == {"status": "ok"}


# ---- what is not as expected


@pytest.mark.parametrize(
    "sent",
    [
        {"sender": "odd 0"},
        {"sender": "odd 1", "message": None},
        {"sender": "odd 2", "message": ""},
        {"sender": "odd 3", "message": "\x00"},
        {"sender": "odd 4", "message": "\ud83d"},
        {"sender": "odd 5", "message": "/inform{}"},
        {"sender": "odd 6", "message": "x" * 150_000},
        {"sender": "\ud800", "message": "hm"},
        {"sender": "../\n\x00", "message": "hm"},
        {"sender": "' OR 1=1", "message": "hm", "input_channel": "web", "metadata": {"a": [1]}, "stream": True},
        {},
    ],
    ids=lambda sent: repr(sent)[:40],
)
def test_odd_but_well_formed_requests_get_a_safe_reply(rest: Post, sent: dict[str, Any]) -> None:
    answer = rest(json.dumps(sent).encode())
    assert answer.status == 200
    assert_answers_what_is_odd(answer.json)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\x00\xff", 400),
        (body(7), 400),
        (body(["I cannot breathe"]), 400),
        (body({"text": "I cannot breathe"}), 400),
        (body("hm", 7), 400),
        (body("hm", ""), 400),
        (body("hm", "x" * (MAX_SENDER + 1)), 400),
        (b'{"message": "a", "x": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", 400),
        (body("x" * MAX_BODY), 413),
    ],
    ids=range(12),
)
def test_a_request_that_makes_no_sense_is_told_what_was_expected_and_nothing_of_it_is_repeated(
    rest: Post, sent: bytes, status: int
) -> None:
    answer = rest(sent)
    assert answer.status == status
    assert list(answer.json) == ["error"]
    assert b"breathe" not in answer.body


def test_messages_without_a_sender_do_not_share_a_conversation(rest: Post) -> None:
    [first] = rest(json.dumps({"message": EMERGENCY}).encode()).json
    second = rest(json.dumps({"message": "my mouth is a little dry"}).encode()).json
    assert first["recipient_id"] != second[0]["recipient_id"]
    assert "emergency" not in levels(second)
    again = rest(body("my mouth is a little dry", first["recipient_id"])).json
    assert levels(again) == ["emergency"]


# ---- who may ask


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer streng-geheim", 200),
        ("bearer streng-geheim", 200),
        ("Bearer Geheim", 401),
        ("Bearer streng-geheim2", 401),
        ("Bearer geh", 401),
        ("Bearer ", 401),
        ("streng-geheim", 401),
        ("Bearer \xff\xfe", 401),
        ("Basic Z2VoZWlt", 401),
    ],
)
def test_with_a_token_only_who_has_it_is_answered(
    rest: Post, monkeypatch: pytest.MonkeyPatch, header: str, status: int
) -> None:
    monkeypatch.setenv("AFTERCHECK_REST_TOKEN", "streng-geheim")
    answer = rest(body(EMERGENCY), Authorization=header)
    assert answer.status == status
    assert (b"Call 911" in answer.body) == (status == 200)


def test_with_a_token_a_request_without_one_is_refused_before_it_is_read(rest: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCHECK_REST_TOKEN", "streng-geheim")
    assert rest(b"no json").status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:5005"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data"}, 415),
        ({"Content-Type": "text/plain;application/json"}, 415),
        ({"Content-Type": ""}, 415),
    ],
    ids=str,
)
def test_without_a_token_no_page_in_a_browser_gets_in(rest: Post, headers: dict[str, str], status: int) -> None:
    answer = rest(body(EMERGENCY), **headers)
    assert answer.status == status
    assert (b"Call 911" in answer.body) == (status == 200)
    assert "access-control-allow-origin" not in answer.headers


def test_with_a_token_a_program_may_call_us_as_it_likes(rest: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCHECK_REST_TOKEN", "streng-geheim")
    headers = {"Authorization": "Bearer streng-geheim", "Host": "bot.clinic.example", "Content-Type": "text/plain"}
    assert rest(body(EMERGENCY), **headers).status == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP"])
def test_without_a_token_who_comes_through_a_proxy_is_refused(rest: Post, header: str) -> None:
    answer = rest(body(EMERGENCY), **{header: "203.0.113.7"})
    assert answer.status == 401
    assert "AFTERCHECK_REST_TOKEN" in answer.json["error"]
