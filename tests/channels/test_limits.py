from __future__ import annotations

from bot.channels.limits import Flood, RateLimit


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


def test_a_flood_is_warned_of_once_and_a_retry_is_no_message() -> None:
    flood = Flood(2)
    assert [flood.of("anna", message) for message in "aaabbcccdd"] == ["pass"] * 5 + ["warn"] * 3 + ["drop"] * 2
    assert flood.of("berta", "a") == "pass"
