from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import web as module
from bot.channels.web import MAX_MESSAGE, MESSAGES_PER_MINUTE, RateLimit, Sessions
from tests.safety import assert_answers_what_is_odd, assert_safe, levels
from tests.serving import Answer, request


@pytest.fixture
def token(site: str) -> str:
    return str(request(f"{site}/webhooks/web/session", "POST").json["token"])


def say(site: str, token: str, message: Any) -> Answer:
    data = message if isinstance(message, bytes) else json.dumps({"message": message}).encode()
    return request(f"{site}/webhooks/web/message", "POST", data, {"Authorization": f"Bearer {token}"})


# ---- sessions


def test_a_session_is_known_again() -> None:
    sessions = Sessions(None)
    first, second = sessions.issue(), sessions.issue()
    assert sessions.check(first) == sessions.check(first) != sessions.check(second)


def test_a_session_is_known_after_a_restart_only_with_a_secret() -> None:
    assert Sessions("geheim").check(Sessions("geheim").issue())
    assert Sessions(None).check(Sessions(None).issue()) is None
    assert Sessions("geheim").check(Sessions("anders").issue()) is None


def test_a_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(None)
    token, now = sessions.issue(), time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + module.SESSION_SECONDS + 1)
    assert sessions.check(token) is None


@given(st.text(max_size=80))
def test_no_invented_token_is_a_session(token: str) -> None:
    assert Sessions("geheim").check(token) is None


@pytest.mark.parametrize("part", [0, 1, 2])
def test_no_part_of_a_token_can_be_changed(part: int) -> None:
    sessions = Sessions("geheim")
    parts = sessions.issue().split(".")
    parts[part] = str(int(parts[part]) + 1) if part == 1 else parts[part][:-1] + ("A" if parts[part][-1] != "A" else "B")
    assert sessions.check(".".join(parts)) is None


# ---- how fast


def test_the_limit_holds_for_each_key_and_for_each_minute() -> None:
    limit = RateLimit(2)
    assert [limit.allows("a", now) for now in (0.0, 1.0, 2.0)] == [True, True, False]
    assert limit.allows("b", 2.0)
    assert [limit.allows("a", now) for now in (60.5, 61.5, 61.6)] == [True, True, False]


def test_what_is_not_allowed_does_not_count() -> None:
    limit = RateLimit(1)
    assert [limit.allows("a", now) for now in (0.0, 30.0, 59.0, 60.5)] == [True, False, False, True]


def test_the_longest_silent_keys_are_forgotten() -> None:
    limit = RateLimit(1, keys=2)
    assert [limit.allows(key, 0.0) for key in "abc"] == [True] * 3
    assert [limit.allows(key, 1.0) for key in "cba"] == [False, False, True]


# ---- over HTTP


def test_the_greeting_says_what_this_is_and_how_to_get_help(site: str) -> None:
    hello = request(f"{site}/webhooks/web/hello").json
    assert_safe(hello["messages"])
    assert hello["emergency"] == {"number": "911", "link": "tel:911"}
    assert hello["clinic"]["phone_link"] == "tel:+15550100123"
    assert len(hello["warning_signs"]) > 5


def test_a_message_is_answered(site: str, token: str) -> None:
    answer = say(site, token, "I cannot breathe")
    assert answer.status == 200
    assert_safe(answer.json["messages"])
    assert levels(answer.json["messages"]) == ["emergency"]


def test_two_sessions_do_not_mix(site: str, token: str) -> None:
    say(site, token, "I cannot breathe")
    other = request(f"{site}/webhooks/web/session", "POST").json["token"]
    assert "emergency" not in levels(say(site, other, "my mouth is a little dry").json["messages"])


@pytest.mark.parametrize("message", ["", "\x00", "/inform{}", "\ud83d", "🤕"])
def test_odd_messages_are_answered_safely(site: str, token: str, message: str) -> None:
    assert_answers_what_is_odd(say(site, token, message).json["messages"])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"message": null}', 400),
        (b'{"message": 7}', 400),
        (b"\xff", 400),
        (b'{"message": "' + b"x" * (MAX_MESSAGE + 1) + b'"}', 413),
        (b'{"message": "' + b"x" * 30_000 + b'"}', 413),
    ],
    ids=range(7),
)
def test_what_the_page_never_sends_is_refused(site: str, token: str, sent: bytes, status: int) -> None:
    answer = say(site, token, sent)
    assert answer.status == status
    assert list(answer.json) == ["error"]


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "rest:anna", "\xff"])
def test_nobody_gets_in_without_a_session_of_this_server(site: str, forged: str) -> None:
    assert say(site, forged, "hello").status == 401


def test_a_flood_is_stopped_and_the_next_session_is_served(site: str, token: str) -> None:
    statuses = [say(site, token, "").status for _ in range(MESSAGES_PER_MINUTE + 1)]
    assert statuses == [200] * MESSAGES_PER_MINUTE + [429]
    other = request(f"{site}/webhooks/web/session", "POST").json["token"]
    assert say(site, other, "hello").status == 200
