from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web import sessions as module
from bot.channels.web.sessions import Sessions
from bot.state.seal import Sealer

OURS = Sessions(Sealer(b"ours").hashed)
THEIRS = Sessions(Sealer(b"theirs").hashed)


def test_a_session_is_known_again_also_after_a_restart() -> None:
    first, second = OURS.issue().token, OURS.issue().token
    assert OURS.check(first)
    assert OURS.check(first) == Sessions(Sealer(b"ours").hashed).check(first)
    assert OURS.check(first) != OURS.check(second)


def test_a_session_of_another_server_is_none_of_ours() -> None:
    assert OURS.check(THEIRS.issue().token) is None


def test_a_session_is_kept_under_a_name_from_which_no_token_can_be_made() -> None:
    token = OURS.issue().token
    assert OURS.check(token) not in token
    assert token.split(".")[0] not in str(OURS.check(token))


def test_a_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    session, now = OURS.issue(), time.time()
    assert session.expires_at == pytest.approx(now + 12 * 3600, abs=2)
    monkeypatch.setattr(module.time, "time", lambda: session.expires_at + 0.5)
    assert OURS.check(session.token) is None


@given(st.text(max_size=80))
def test_no_invented_token_is_a_session(token: str) -> None:
    assert OURS.check(token) is None


@given(st.text(max_size=80))
def test_no_invented_body_is_a_session_with_a_signature_of_something_else(body: str) -> None:
    signature = OURS.issue().token.rpartition(".")[2]
    assert OURS.check(f"{body}.{signature}") is None


@pytest.mark.parametrize("part", [0, 1, 2])
def test_no_part_of_a_token_can_be_changed(part: int) -> None:
    parts = OURS.issue().token.split(".")
    parts[part] = str(int(parts[part]) + 1) if part == 1 else parts[part][:-1] + ("A" if parts[part][-1] != "A" else "B")
    assert OURS.check(".".join(parts)) is None
