from __future__ import annotations

import json
import logging
from typing import Any

import msgspec
import pytest

from bot.channels.messaging.platform import Malformed, Request
from bot.channels.messaging.reading import form_of, json_of, loosely, name_of, passed_over, words


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


class Inner(msgspec.Struct):
    id: int
    name: str = ""


class Outer(msgspec.Struct):
    text: str = ""
    many: tuple[Any, ...] = ()
    named: dict[str, Any] = {}
    on: bool = False
    from_: Inner | None = msgspec.field(default=None, name="from")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"text": "a", "more": [{}]}, Outer("a")),
        ({"text": 7, "on": "true"}, Outer("7", on=True)),
        ({"text": None, "many": 7, "named": [], "on": "maybe", "from": 7}, Outer()),
        ({"text": "a", "from": {"id": "12", "name": None}}, Outer("a", from_=Inner(12))),
        ({"text": "a", "from": {"id": None, "name": "Anna"}}, Outer("a")),
        ({"text": "null", "many": [None, 7], "named": {"a": None}}, Outer("null", (None, 7), {"a": None})),
        ([], None),
        (None, None),
    ],
)
def test_an_odd_field_costs_that_field_alone(value: object, read: Outer | None) -> None:
    assert loosely(value, Outer) == read
    assert loosely({"name": "Anna"}, Inner) is None


def test_words_are_texts_and_numbers() -> None:
    assert [words(value) for value in ("a", 7, 1.5, "", None, True, ["a"], {"a": "b"})] == ["a", "7", "1.5", "", "", "", "", ""]


def test_what_has_no_name_gets_the_same_one_each_time() -> None:
    assert name_of({"text": "a"}) == name_of(json.loads('{"text": "a"}')) != name_of({"text": "b"})


def test_of_what_is_passed_over_the_kind_alone_is_told(caplog: pytest.LogCaptureFixture) -> None:
    for kind in ("m.room.message", "Anna +1 555", None, 7, "x" * 41):
        passed_over("chat", kind)
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["m.room.message"] + 4 * [
        "of an unknown kind"
    ]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
