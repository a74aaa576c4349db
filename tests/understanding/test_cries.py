"""Cries for help in known words, and what only sounds like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.errors import KnowledgeError
from bot.understanding import cries as module
from bot.understanding.cries import load_cries
from bot.understanding.normalise import normalise
from bot.understanding.scope import load_scope

CRIES, SCOPE = load_cries("en"), load_scope("en")

HEARD = [
    ("what's the point of living with this face", "self_harm"),
    ("everyone would be better off without me", "self_harm"),
    ("i wanna die", "self_harm"),
    ("I just want to be dead", "self_harm"),
    ("I don't want to be here any more", "self_harm"),
    ("thinking about ending my life", "self_harm"),
    ("im gonna kill myself", "self_harm"),
    ("My brow is low. I can't go on like this.", "self_harm"),
    ("I feel sucidal", "self_harm"),
    ("I took 12 paracetamol in 3 hours", "too_much_medicine"),
    ("4 ibuprofen every hour", "too_much_medicine"),
    ("a whole box of co-codamol", "too_much_medicine"),
    ("I overdosed", "too_much_medicine"),
    ("my mum took all her sleeping tablets", "too_much_medicine"),
    ("my toddler drank the vial", "swallowed_or_stuck"),
    ("the needle stuck my son's finger", "swallowed_or_stuck"),
    ("I blacked out", "unconscious"),
    ("my husband is unconscious", "unconscious"),
    ("she won't wake up", "unconscious"),
    ("his lips are blue", "blue_lips"),
    ("gray lips and cold", "blue_lips"),
    ("it won't stop bleeding", "bleeding"),
    ("soaked through two towels already", "bleeding"),
    ("I'm pregnant and bleeding", "pregnancy"),
    ("my breast-fed baby is floppy", "floppy_baby"),
]
QUIET = [
    "I am not suicidal", "I'm dying to see the result", "my skin is to die for", "I took two paracetamol",
    "my lips are blue from lipstick",
    "I never blacked out", "it stopped bleeding quickly", "can I take ibuprofen?", "I can't go on holiday with this face", "no",
    "my left lid droops", "is it worth it?", "my baby feeds well", "I take my tablets every morning",
]  # fmt: skip


def heard(text: str) -> set[str]:
    plain = normalise(text)
    return CRIES.find(plain, SCOPE.read(plain))


@pytest.mark.parametrize(("text", "kind"), HEARD)
def test_a_plain_cry_is_heard(text: str, kind: str) -> None:
    assert kind in heard(text)


@pytest.mark.parametrize(("text", "kind"), HEARD)
def test_a_cry_in_a_long_story_is_heard(text: str, kind: str) -> None:
    assert kind in heard(f"So I had my forehead done on Monday. It was fine at first! {text}. Can you help me?")


@pytest.mark.parametrize("text", QUIET)
def test_what_only_sounds_like_a_cry_is_none(text: str) -> None:
    assert heard(text) == set()


def test_a_broken_file_is_reported_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "cries.yml").write_text("words: {}\nself_harm:\n  frases: [die]\n", encoding="utf-8")
    monkeypatch.setattr(module, "LANGUAGES", tmp_path)
    with pytest.raises(KnowledgeError, match=r"cries\.yml:3"):
        load_cries("xx")
