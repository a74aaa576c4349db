from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.located import read_yaml

TEXT = """# a comment
first: 1
list:
  - one
  - {key: two,
     other: three}
nested:
  inner:
    deep: yes
"""


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    parts: list[dict[str, int]] = []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.yml"


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("first",), 2),
        (("list",), 3),
        (("list", 0), 4),
        (("list", 1), 5),
        (("list", 1, "other"), 6),
        (("nested", "inner", "deep"), 9),
        (("nested", "inner", "missing"), 8),
        (("nowhere",), 1),
        ((), 1),
    ],
)
def test_every_key_knows_its_line(file: Path, key: tuple[str | int, ...], line: int) -> None:
    file.write_text(TEXT, encoding="utf-8")
    located = read_yaml(file)
    assert located.line(*key) == line
    assert located.data["list"] == ["one", {"key": "two", "other": "three"}]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("thing: {name: a, parts: [{x: 1}, {x: wrong}]}", "K006 Expected `int`, got `str`"),
        ("thing:\n  name: 5", "2: K006 Expected `str`, got `int`: put it in quotes"),
        ("thing:\n  name: a\n  nam: b", "3: K005 unknown key `nam`"),
        ("thing:\n  parts: []", "1: K006 Object missing required field `name`"),
        ("thing:\n  name: a\n  parts:\n    - x: 1\n    - y: b", "5: K006"),
    ],
)
def test_a_wrong_part_is_pointed_to(file: Path, text: str, problem: str) -> None:
    file.write_text(text, encoding="utf-8")
    located = read_yaml(file)
    with pytest.raises(KnowledgeError) as caught:
        located.convert(Thing, located.data["thing"], "thing")
    assert problem in str(caught.value)


def test_a_right_value_becomes_an_object(file: Path) -> None:
    file.write_text("name: a\nparts: [{x: 1}]", encoding="utf-8")
    located = read_yaml(file)
    assert located.convert(Thing, located.data) == Thing("a", [{"x": 1}])
