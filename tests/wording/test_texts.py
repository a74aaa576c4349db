from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.knowledge import plain
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.located import read_yaml
from bot.settings import Clinic
from bot.triage.interview import Ask
from bot.wording.texts import WORDING, load_texts, names
from tests.wording.speakers import CLINIC, PACK, hard_parts

FILE = WORDING / "en.yml"
TEXTS = load_texts()
# Of each text that may use a name, what it is filled with here.
FILLED = {
    "clinic": CLINIC.name,
    "phone": CLINIC.phone,
    "hours": CLINIC.hours,
    "emergency": "911",
    "advice": TEXTS.advice.no_line,
    "crisis_line": "call 988 (Help)",
    "poison_line": "call 811 (Help)",
    "words": "it droops",
    "value": "4 days ago",
    "labels": "a low lid",
    "label": "a low lid",
    "when": "today",
    "line": "811",
    "number": "811",
    "name": "Help",
    "sources": "a book",
    "why": "I want to know.",
    "action": "Call the clinic.",
    "days": "3",
    "country": "France",
    "also": "15",
    "told": "You told me about a low lid.",
}


def leaves(value: Any, *key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, *key, name)
    elif isinstance(value, list):
        yield from leaves({str(place): item for place, item in enumerate(value)}, *key)
    else:
        yield ".".join(key), value


ALL = dict(leaves(read_yaml(FILE).data))


@pytest.mark.parametrize("key", ALL)
def test_every_text_is_plain(key: str) -> None:
    text = ALL[key].format(**FILLED)
    assert hard_parts(text) == {}
    assert plain.found(text) == []


@pytest.mark.parametrize("key", ALL)
def test_every_name_in_a_text_is_known(key: str) -> None:
    assert {name for _, name, _, _ in string.Formatter().parse(ALL[key]) if name is not None} <= set(FILLED)


@pytest.mark.parametrize(
    ("items", "expected"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_in_words(items: list[str], expected: str) -> None:
    assert TEXTS.listed(items) == expected


@pytest.mark.parametrize(
    ("clinic", "emergency", "advice"),
    [
        ({"country": "us"}, "911", "go to an urgent care center"),
        ({"country": "gb"}, "999", "call NHS 111 111"),
        ({"country": "ca"}, "911", "call Health advice line 811"),
        ({"country": "us", "emergency_number": "9"}, "9", "go to an urgent care center"),
        ({"country": "us", "advice_number": "the night nurse on 5"}, "911", "call the night nurse on 5"),
    ],
)
def test_the_numbers_are_those_of_the_country_or_the_clinic(clinic: dict[str, str], emergency: str, advice: str) -> None:
    filled = names(Clinic(name="A", phone="1", hours="x", **clinic), PACK, TEXTS)
    assert (filled["emergency"], filled["advice"]) == (emergency, advice)


@pytest.mark.parametrize(
    ("clinic", "crisis", "poison"),
    [
        ({"country": "us"}, "call 988 (Suicide & Crisis Lifeline, call or text)", "call 1-800-222-1222 (Poison Help)"),
        ({"country": "gb"}, "call 116 123 (Samaritans)", "call NHS 111 111, or call 999 if it is bad"),
        (
            {"country": "gh"},
            "call 193 or a crisis line near you",
            "go to an urgent care center, or call 193 if it is bad",
        ),
        (
            {"country": "gh", "emergency_number": "9", "advice_number": "8"},
            "call 9 or a crisis line near you",
            "call 8, or call 9 if it is bad",
        ),
        ({"country": "us", "crisis_number": "5", "poison_number": "our nurse on 6"}, "call 5", "call our nurse on 6"),
        ({"country": "gh", "crisis_number": "5", "poison_number": "our nurse on 6"}, "call 5", "call our nurse on 6"),
    ],
)
def test_the_crisis_and_the_poison_line_are_whole_phrases(clinic: dict[str, str], crisis: str, poison: str) -> None:
    filled = names(Clinic(name="A", phone="1", hours="x", **clinic), PACK, TEXTS)
    assert (filled["crisis_line"], filled["poison_line"]) == (crisis, poison)


def test_a_line_without_a_name_is_called_by_its_number() -> None:
    country = msgspec.structs.replace(PACK.countries["us"], crisis_line_name=None)
    pack = msgspec.structs.replace(PACK, countries={**PACK.countries, "us": country})
    assert names(Clinic("A", "1", "x", "us"), pack, TEXTS)["crisis_line"] == "call 988"


@pytest.mark.parametrize("country", PACK.countries)
def test_every_country_has_a_number_to_call(country: str) -> None:
    filled = names(Clinic("A", "1", "x", country), PACK, TEXTS)
    for name in ("emergency", "crisis_line", "poison_line"):
        assert any(character.isdigit() for character in filled[name]), name
        assert "{" not in filled[name]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("worried: ", "worry: ", "K005 unknown key `worry`"),
        ("  titel: x\n", "", "K006"),
        ("  comma: ", "  coma: ", "K005 unknown key `coma`"),
    ],
)
def test_a_wrong_key_is_pointed_to(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    text = text.replace(old, new, 1) if old in text else text.replace("    title: Emergency\n", "", 1)
    (tmp_path / "xx.yml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"xx\.yml:\d+: {message}"):
        load_texts("xx", tmp_path)


def test_the_questions_of_the_pack_are_plain() -> None:
    asked = [Ask(id=q.id, kind=q.kind, answers=q.answers, text=q.ask, why=q.why) for q in PACK.questions]
    assert [question.id for question in asked if hard_parts(question.text) or hard_parts(question.why)] == []
