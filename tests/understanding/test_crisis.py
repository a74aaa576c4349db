from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.load import cached_pack
from bot.understanding.crisis import ABOUT, CLEAR, FILE, FOLDER, PLACES, CrisisHead, CrisisModelError, places, spans
from bot.understanding.encoder import encoder
from bot.understanding.normalise import normalise, with_offsets
from bot.understanding.read import read, reader

PACK = cached_pack()
STORY = (
    "I had my forehead done three weeks ago and at first I was pleased. Then the left brow dropped a little and my friends "
    "noticed. {} My review is on the 14th. Can I wear makeup until then, and when may I go to the gym again?"
)


def heard(text: str) -> set[str]:
    found = (PACK.conditions[condition].crisis for condition in read(text).conditions)
    return {kind for kind in found if kind}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("self_harm", "I want to end my life"),
        ("self_harm", "im so sucidal rn"),
        ("self_harm", "everyone would be better off without me and i want to die"),
        ("self_harm", "my wife says she wants to die"),
        ("self_harm", "i really dont want to be alive anymore"),
        ("too_much_medicine", "I took 13 paracetamol since this morning"),
        ("too_much_medicine", "swallowed all my sleeping tablets an hour ago"),
        ("too_much_medicine", "i have overdosed on codeine"),
        ("swallowed_or_stuck", "my toddler drank the vial"),
        ("swallowed_or_stuck", "my son stuck himself with the needle"),
        ("unconscious", "my husband is unconscious"),
        ("unconscious", "i blacked out in the kitchen"),
        ("unconscious", "she won't wake up"),
        ("blue_lips", "her lips have gone blue"),
        ("blue_lips", "my lips are turning gray"),
        ("bleeding", "the bleeding will not stop"),
        ("bleeding", "it wont stop bleedin"),
        ("pregnancy", "I'm pregnant and bleeding"),
        ("pregnancy", "12 weeks pregnant with terrible belly pain"),
        ("floppy_baby", "I breastfeed and my baby is floppy"),
        ("floppy_baby", "my baby won't feed and her cry is weak"),
    ],
)
@pytest.mark.parametrize("within", ["{}", STORY])
def test_a_cry_is_heard_alone_and_in_the_middle_of_a_story(kind: str, text: str, within: str) -> None:
    assert kind in heard(within.format(f"{text}."))


@pytest.mark.parametrize(
    "text",
    [
        "I am not suicidal",
        "I'm not suicidal, just annoyed about my brow",
        "this headache is killing me",
        "I am dying to see how it looks",
        "my husband will kill me when he sees the bill",
        "can I dye my hair after botox",
        "my phone is about to die",
        "at the end of the day it looks fine",
        "I took two paracetamol",
        "she used too much botox on my forehead",
        "no blackouts",
        "I'm self conscious about my smile",
        "there is a blue bruise on my lip",
        "I'm feeling blue",
        "it bled a little and then stopped",
        "I'm pregnant and had botox",
        "my baby feeds well",
        "baby botox did nothing",
        "pins and needles in my cheek",
        "ok thanks, bye",
        "",
    ],
)
def test_idioms_denials_and_ordinary_messages_are_no_cry(text: str) -> None:
    assert heard(text) == set()


@pytest.mark.parametrize("kind", ["self_harm", "too_much_medicine"])
def test_every_clear_phrase_is_heard_by_itself(kind: str) -> None:
    phrases = next(condition.phrases for condition in PACK.conditions.values() if condition.crisis == kind)
    clear = [
        p for p in phrases if any(hit.words >= CLEAR for hit in reader().lexicon.find(with_offsets(p)) if hit.kind == kind)
    ]
    assert len(clear) > 10
    assert [phrase for phrase in clear if kind not in heard(phrase)] == []


@given(st.text(max_size=300))
def test_spans_cover_the_text_and_lie_within_it(text: str) -> None:
    text = normalise(text)
    found = spans(text)
    assert found[0] == (0, len(text))
    assert len(found) != 2
    assert all(0 <= start < end <= len(text) for start, end in found[1:])


@given(st.text(max_size=100))
def test_places_are_sorted_numbers_each_once(text: str) -> None:
    found = places(text)
    assert found == sorted(set(found))
    assert all(0 <= place < PLACES for place in found)


def test_a_sentence_counts_at_least_as_much_within_the_message_as_the_message_does() -> None:
    text = "it itches. i want to die. thanks"
    scores = encoder().read(text)
    head = CrisisHead(encoder().sha256)
    whole = head.scores(text.replace(".", " "), scores.hidden, scores.offsets)
    assert (head.scores(text, scores.hidden, scores.offsets) >= whole - 3.0).all()
    assert len(spans(text)) == 4


def test_a_phrase_makes_the_head_surer_and_never_less_sure() -> None:
    head = CrisisHead(encoder().sha256)
    names = {kind.name for kind in head.kinds}
    by_words_only = {"calls_for_help"}
    assert names | by_words_only == {condition.crisis for condition in PACK.conditions.values() if condition.crisis}
    assert all(kind.with_phrase <= kind.alone for kind in head.kinds)
    assert any(kind.with_phrase < kind.alone for kind in head.kinds)
    phrased = np.array([kind.with_phrase for kind in head.kinds], dtype=np.float32) + 1e-3
    assert head.heard(phrased - 1, dict.fromkeys(names, 1)) == ()
    assert set(head.heard(phrased, dict.fromkeys(names, 1))) == names
    assert set(head.heard(phrased - 1, dict.fromkeys(names, CLEAR))) == names
    assert set(head.heard(phrased, {})) < names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (FILE, ABOUT):
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def test_a_head_of_another_reader_is_refused(folder: Path) -> None:
    with pytest.raises(CrisisModelError, match="another reader"):
        CrisisHead("0" * 64, folder)


@pytest.mark.parametrize("name", [FILE, ABOUT])
def test_a_head_that_is_not_there_or_broken_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"{}")
    with pytest.raises(CrisisModelError, match="is broken"):
        CrisisHead(encoder().sha256, folder)
    (folder / name).unlink()
    with pytest.raises(CrisisModelError, match="git checkout"):
        CrisisHead(encoder().sha256, folder)


def test_the_committed_head_belongs_to_the_committed_reader() -> None:
    about = json.loads((FOLDER / ABOUT).read_text(encoding="utf-8"))
    assert about["reader_sha256"] == json.loads((FOLDER / "reader.json").read_text(encoding="utf-8"))["sha256"]
