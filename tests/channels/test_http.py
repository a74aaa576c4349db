from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.http import as_json, decoded, same, token_of
from bot.wording.reply import Button, Reply


class Thing(msgspec.Struct, frozen=True):
    message: str
    sender: str = "nobody"


@pytest.mark.parametrize(
    ("body", "thing"),
    [
        (b'{"message": "a", "sender": "b", "metadata": {"x": [1]}}', Thing("a", "b")),
        (b'\xef\xbb\xbf{"message": "a"}', Thing("a")),
        (b'{"message": "half \\ud83d"}', Thing("half \ud83d")),
        (b'{"message": "two\nlines"}', Thing("two\nlines")),
        (b'{"message": "\\u0000"}', Thing("\x00")),
        ('{"message": "ü"}'.encode("utf-16"), Thing("ü")),
        (b"", None),
        (b"null", None),
        (b"[]", None),
        (b"{}", None),
        (b'"message"', None),
        (b'{"message": 1}', None),
        (b'{"message": null}', None),
        (b'{"message": ["a"]}', None),
        (b'{"message": {"text": "a"}}', None),
        (b'{"message": "a", "sender": 7}', None),
        (b'{"message": "a"', None),
        (b'{"message": "\xff"}', None),
        (b"\x00\x01\xfe\xff", None),
        (b"message=a&sender=b", None),
        (b'{"message": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
        (b'{"message": "a", "x": ' + b"9" * 50_000 + b"}", None),
    ],
    ids=range(22),
)
def test_a_body_is_what_was_expected_or_nothing(body: bytes, thing: Thing | None) -> None:
    assert decoded(body, Thing) == thing


@given(st.binary(max_size=60))
def test_no_body_raises(body: bytes) -> None:
    assert decoded(body, Thing) is None or body


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("abc", ""),
        ("Basic abc", ""),
        ("Bearer", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_token_stands_behind_the_word_bearer(header: str | None, token: str) -> None:
    headers: dict[str, str] = {} if header is None else {"authorization": header}
    assert token_of(headers) == token


def test_secrets_are_equal_or_not_whatever_bytes_they_are() -> None:
    assert same("geheim", "geheim")
    assert same("geheïm", "geheïm")
    for given_ in ("", "geheim ", "Geheim", "\udcff\udcfe", "\ud800"):
        assert not same(given_, "geheim")


def test_a_reply_has_only_the_parts_that_it_has() -> None:
    assert as_json(Reply(text="a")) == {"text": "a"}
    reply = Reply(text="a", buttons=(Button("Yes", "yes"),), custom={"type": "info"})
    buttons = [{"title": "Yes", "payload": "yes"}]
    assert as_json(reply, "anna") == {"recipient_id": "anna", "text": "a", "buttons": buttons, "custom": {"type": "info"}}
