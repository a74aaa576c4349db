"""Labelled sets: read whole, or refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.sets import SetError, load_levels, load_messages, load_vignettes

GOOD = '{"id": "u1", "text": "my lid droops", "mentions": [{"concept": "eyelid_ptosis", "status": "present"}]}'


def test_reads_messages(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(f"{GOOD}\n\n{GOOD}\n", encoding="utf-8")
    messages = load_messages(file)
    assert [message.labels for message in messages] == [frozenset({("eyelid_ptosis", "present")})] * 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"{GOOD}\nnot json", "set.jsonl:2: "),
        (GOOD.replace("present", "perhaps"), "set.jsonl:1: Invalid enum value 'perhaps'"),
        (GOOD.replace('"text"', '"message"'), "set.jsonl:1: Object missing required field `text`"),
        ("\n", "set.jsonl: is empty"),
        (None, "set.jsonl: cannot be read"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, content: str | None, expected: str) -> None:
    file = tmp_path / "set.jsonl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SetError) as caught:
        load_messages(file)
    assert expected in str(caught.value)


def test_the_development_sets_fit() -> None:
    levels = load_levels()
    assert {concept for message in load_messages() for concept, _ in message.labels} <= levels.keys()
    assert {concept for v in load_vignettes() for concept in (*v.facts.present, *v.facts.context)} <= levels.keys()


def test_concepts_need_their_columns(tmp_path: Path) -> None:
    file = tmp_path / "concepts.tsv"
    file.write_text("id\tlevel\nheadache\troutine\n", encoding="utf-8")
    with pytest.raises(SetError, match="level_when_alone"):
        load_levels(file)
