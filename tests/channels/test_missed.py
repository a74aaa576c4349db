from __future__ import annotations

import pytest

from bot.channels import missed as module
from bot.channels.missed import Missed


def test_the_last_one_of_each_conversation_is_heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    missed = Missed()
    for said in ("one", "two"):
        missed.add("anna", said)
    assert "anna" in missed
    assert [missed.pop("anna"), missed.pop("anna")] == ["two", None]
    assert "anna" not in missed


def test_it_keeps_neither_too_many_nor_for_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CONVERSATIONS", 2)
    missed = Missed()
    for name in ("a", "b", "c"):
        missed.add(name, name)
    assert [name in missed for name in ("a", "b", "c")] == [False, True, True]
    now = module.time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + module.KEEP_CONVERSATIONS_SECONDS + 1)
    missed.add("d", "d")
    assert [name in missed for name in ("b", "c", "d")] == [False, False, True]
