"""The routes of the channel: who gets in, what is refused, and the numbered log by polling."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from bot.channels.limits import MESSAGES_PER_MINUTE
from bot.channels.web.channel import is_allowed
from bot.channels.web.chats import MAX_MESSAGE
from bot.channels.web.sessions import Sessions
from bot.state.seal import Sealer
from tests.channels.conftest import ORIGIN
from tests.channels.web.client import new_token
from tests.channels.web.conftest import Ask
from tests.safety import assert_answers_what_is_odd, assert_safe, levels

_ids = count()


def say(ask: Ask, token: str, text: str, id: str | None = None, **more: str) -> Any:
    return ask("message", {"id": id or f"m{next(_ids)}", "text": text, **more}, token=token)


def entries(ask: Ask, token: str, after: int = 0, wait: int = 10) -> list[dict[str, Any]]:
    answer = ask(f"entries?after={after}&wait={wait}", token=token)
    assert answer.status == 200, answer
    return list(answer.json["entries"])


def log(ask: Ask, token: str, size: int) -> list[dict[str, Any]]:
    """The whole log, once it has so many entries."""
    end = time.monotonic() + 20
    while len(found := entries(ask, token, 0, 0)) < size:
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


# ---- a conversation --------------------------------------------------------------------------------------------------


def test_the_greeting_says_what_this_is_and_how_to_get_help(ask: Ask) -> None:
    hello = ask("hello").json
    assert_safe(hello["messages"])
    assert hello["emergency"] == {"number": "911", "link": "tel:911"}
    assert hello["clinic"]["phone_link"] == "tel:+15550100123"
    assert len(hello["warning_signs"]) > 5


def test_a_message_and_its_answer_are_entries(ask: Ask, token: str) -> None:
    before = time.time()
    assert say(ask, token, "I cannot breathe", "first").json == {"ok": True}
    patient, bot = log(ask, token, 2)
    assert {**patient, "at": 0} == {"number": 1, "at": 0, "from": "patient", "id": "first", "text": "I cannot breathe"}
    assert before <= patient["at"] <= time.time()
    assert (bot["number"], bot["from"]) == (2, "bot")
    assert_safe([bot])
    assert levels([bot]) == ["emergency"]
    assert bot["custom"]["summary"]
    assert "window" in bot["custom"]["timeline"]


def test_a_button_is_kept_as_its_title(ask: Ask, token: str) -> None:
    say(ask, token, "I have a headache", title="Head")
    assert log(ask, token, 2)[0]["text"] == "Head"


def test_two_sessions_do_not_mix(ask: Ask, site: str, token: str) -> None:
    other = new_token(site)
    say(ask, token, "I cannot breathe", "same")
    say(ask, other, "my mouth is a little dry", "same")
    assert levels(log(ask, token, 2)[1:]) == ["emergency"]
    assert "emergency" not in levels(log(ask, other, 2)[1:])
    assert [entry["text"] for entry in log(ask, other, 2) if entry["from"] == "patient"] == ["my mouth is a little dry"]


@pytest.mark.parametrize("text", ["", "\x00", "/inform{}", '/symptom_report{"a": "b"}', "\ud83d", "🤕"])
def test_odd_messages_are_answered_safely_and_never_as_commands(ask: Ask, token: str, text: str) -> None:
    assert say(ask, token, text).status == 200
    assert_answers_what_is_odd([entry for entry in log(ask, token, 2) if entry["from"] == "bot"])


def test_the_same_id_is_answered_once_also_when_it_comes_at_once(ask: Ask, token: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: say(ask, token, "I have a headache", "same"), range(8)))
    assert [answer.json for answer in answers] == [{"ok": True}] * 8
    assert say(ask, token, "I have a headache", "other").status == 200
    patients = [entry["id"] for entry in log(ask, token, 4) if entry["from"] == "patient"]
    assert patients == ["same", "other"]


# ---- polling ---------------------------------------------------------------------------------------------------------


def test_a_poll_wakes_when_something_is_said(ask: Ask, token: str) -> None:
    threading.Timer(0.3, lambda: say(ask, token, "I cannot breathe")).start()
    began, found, last = time.monotonic(), [], 0
    while len(found) < 2:
        found += entries(ask, token, last, 25)
        last = found[-1]["number"] if found else 0
    assert [entry["number"] for entry in found] == [1, 2]
    assert 0.3 <= time.monotonic() - began < 5


def test_a_poll_ends_after_what_it_asked_for(ask: Ask, token: str) -> None:
    began = time.monotonic()
    assert entries(ask, token, 0, 1) == []
    assert 1 <= time.monotonic() - began < 3


def test_a_poll_that_waits_hears_of_the_end(ask: Ask, token: str) -> None:
    threading.Timer(0.3, lambda: ask("end", {}, token=token)).start()
    assert ask("entries?after=0&wait=25", token=token).json == {"error": "ended"}


@pytest.mark.parametrize("query", ["", "?after=", "?after=-1", "?after=x&wait=x", "?after=1e9", "?wait=nan", "?after=%D9%A3"])
def test_odd_numbers_in_a_poll_are_none(ask: Ask, token: str, query: str) -> None:
    assert ask(f"entries{query}", token=token).json == {"entries": [], "typing": False}


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_what_has_ended_is_forgotten_and_stays_ended(ask: Ask, token: str) -> None:
    say(ask, token, "I cannot breathe")
    log(ask, token, 2)
    assert ask("end", {}, token=token).json == {}
    for answer in (say(ask, token, "hello"), ask("entries?after=0", token=token)):
        assert (answer.status, answer.json) == (401, {"error": "ended"})
    assert ask("end", {}, token=token).status == 200


# ---- who gets in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "rest:anna", "\xff", "..", "a.99999999999.", "null"])
@pytest.mark.parametrize(("path", "data"), [("message", {"id": "a", "text": "b"}), ("entries?after=0", None), ("end", {})])
def test_nobody_gets_in_without_a_session_of_this_server(ask: Ask, forged: str, path: str, data: Any) -> None:
    for token in (forged, None):
        answer = ask(path, data, token=token)
        assert (answer.status, answer.json) == (401, {"error": "ended"})


def test_a_stolen_id_is_nothing_without_its_signature(ask: Ask, token: str) -> None:
    say(ask, token, "I cannot breathe")
    log(ask, token, 2)
    id, expiry, _ = token.split(".")
    of_another_server = Sessions(Sealer(b"another server").hashed).issue().token.split(".")
    for stolen in (id, f"{id}.{expiry}", f"{id}.{expiry}.", f"{id}.{of_another_server[1]}.{of_another_server[2]}"):
        assert ask("entries?after=0", token=stolen).status == 401


def test_a_token_counts_only_in_its_header(ask: Ask, token: str) -> None:
    assert ask(f"entries?after=0&token={token}").status == 401
    assert ask("message", {"id": "a", "text": "b", "token": token}).status == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://www.clinic.example.evil.example", "", "x"])
@pytest.mark.parametrize(
    ("path", "method"), [("hello", "GET"), ("session", "POST"), ("message", "POST"), ("entries", "GET"), ("end", "POST")]
)
def test_a_foreign_page_is_refused(ask: Ask, token: str, origin: str, path: str, method: str) -> None:
    data = None if method == "GET" else {"id": "a", "text": "b"}
    answer = ask(path, data, token=token, Origin=origin)
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers
    preflight = ask(path, method="OPTIONS", Origin=origin, **{"Access-Control-Request-Method": method})
    assert preflight.status == 403
    assert not any(header.startswith("access-control") for header in preflight.headers)


def test_a_page_of_a_listed_origin_is_served(ask: Ask, token: str) -> None:
    preflight = ask("message", method="OPTIONS", Origin=ORIGIN, **{"Access-Control-Request-Method": "POST"})
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    answer = ask("message", {"id": "a", "text": "I cannot breathe"}, token=token, Origin=ORIGIN)
    assert answer.status == 200
    assert (answer.headers["access-control-allow-origin"], answer.headers["vary"]) == (ORIGIN, "Origin")
    assert "access-control-allow-credentials" not in answer.headers


def test_our_own_page_is_served(ask: Ask, site: str) -> None:
    assert ask("session", {}, Origin=site).status == 200
    assert ask("session", {}, Origin=site + "1").status == 403


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://bot.clinic.example", True),
        ("http://bot.clinic.example", True),
        ("https://www.clinic.example", True),
        ("http://www.clinic.example", False),
        ("https://WWW.clinic.example", False),
        ("https://bot.clinic.example:444", False),
        ("https://x@bot.clinic.example", False),
        ("https://bot.clinic.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_who_is_allowed(origin: str, allowed: bool) -> None:
    assert is_allowed(origin, "bot.clinic.example", ("https://www.clinic.example",)) is allowed


def test_without_a_host_nobody_is_our_own_page() -> None:
    assert not is_allowed("null", "", ())
    assert not is_allowed("", "", ())


# ---- what is refused -------------------------------------------------------------------------------------------------

LONG = "x" * (MAX_MESSAGE + 1)


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        (b"", 400, "invalid"),
        (b"[]", 400, "invalid"),
        (b"\xff", 400, "invalid"),
        (b"[" * 15_000, 400, "invalid"),
        ({"text": "hello"}, 400, "invalid"),
        ({"id": "a"}, 400, "invalid"),
        ({"id": "", "text": "hello"}, 400, "invalid"),
        ({"id": "a b", "text": "hello"}, 400, "invalid"),
        ({"id": "a\n", "text": "hello"}, 400, "invalid"),
        ({"id": "a" * 65, "text": "hello"}, 400, "invalid"),
        ({"id": 1, "text": "hello"}, 400, "invalid"),
        ({"id": "a", "text": None}, 400, "invalid"),
        ({"id": "a", "text": "hello", "title": "x" * 301}, 400, "invalid"),
        ({"id": "a", "text": LONG}, 413, "too_long"),
        (b"x" * 30_000, 413, "too_long"),
    ],
    ids=range(15),
)
def test_what_the_widget_never_sends_is_refused(ask: Ask, token: str, sent: Any, status: int, error: str) -> None:
    answer = ask("message", sent, token=token)
    assert (answer.status, answer.json) == (status, {"error": error})
    assert entries(ask, token, 0, 0) == []


def test_a_flood_is_stopped_with_words_and_the_next_session_is_served(ask: Ask, site: str, token: str) -> None:
    answers = [say(ask, token, "") for _ in range(MESSAGES_PER_MINUTE + 1)]
    assert [answer.status for answer in answers] == [200] * MESSAGES_PER_MINUTE + [429]
    assert answers[-1].json["error"] == "too_fast"
    assert answers[-1].json["text"]
    assert say(ask, new_token(site), "hello").status == 200
