"""What any usable reader must do: find plain emergencies however they are typed, and give a Reading for any text."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.levels import Level
from bot.understanding.read import Reader, reader

EMERGENCIES = {
    "dysphagia": "I can't swallow my food since this morning",
    "aspiration": "I keep choking on water when I drink",
    "dysarthria": "my speech is slurred and my words come out mushy",
    "dyspnoea": "I'm struggling to breathe and can't get enough air",
    "generalised_weakness": "my arms and legs are so weak that I can't stand up",
    "facial_paresis_sudden": "one side of my face suddenly dropped an hour ago",
    "acute_vision_loss_eye_pain": "I suddenly lost the sight in my right eye",
    "chest_pain_palpitations": "I have chest pain and my heart is racing",
    "seizure": "I had a seizure last night and was shaking all over",
    "angioedema": "my lips and tongue are swelling up fast",
    "anaphylaxis": "hives everywhere, my throat is closing and I feel faint, I think it's anaphylaxis",
    "cellulitis_or_sepsis": "the redness is spreading across my face and I have a high fever and shivering",
    "injection_skin_ischaemia": "the skin where I was injected has turned white and blue and it is very painful",
}
DRESS = {
    "upper case": str.upper,
    "lower case": str.lower,
    "no apostrophes": lambda text: text.replace("'", ""),
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "no punctuation": lambda text: text.replace(",", ""),
    "many marks": lambda text: text + "!!!???",
    "polite": lambda text: f"Hello, sorry to bother you so late, {text}. Thank you so much.",
    "emoji": lambda text: f"{text} 😭🙏",
    "an unrelated clause": lambda text: f"{text}. By the way the clinic was lovely and I paid by card.",
    "after an unrelated clause": lambda text: f"I parked right outside and had a coffee first. {text}",
}


def is_emergency(text: str) -> bool:
    """Whether an emergency is read as present."""
    pack = reader().pack
    present = [mention.concept for mention in reader().read(text).having("present")]
    return any(pack.concepts[concept].level is Level.EMERGENCY for concept in present)


@pytest.mark.parametrize("dress", DRESS)
@pytest.mark.parametrize("concept", EMERGENCIES)
def test_an_emergency_is_found_however_it_is_typed(concept: str, dress: str) -> None:
    assert is_emergency(DRESS[dress](EMERGENCIES[concept]))


@pytest.mark.parametrize("concept", EMERGENCIES)
def test_the_emergency_itself_is_named(concept: str) -> None:
    assert concept in {mention.concept for mention in reader().read(EMERGENCIES[concept]).having("present")}


def with_slip(text: str, rng: random.Random) -> str:
    """The text with one letter dropped, doubled or swapped with the next one."""
    at = rng.choice([i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()])
    slip = rng.choice(["", text[at] * 2, text[at + 1] + text[at]])
    return text[:at] + slip + text[at + (2 if len(slip) == 2 and slip[0] != slip[1] else 1) :]


@pytest.mark.parametrize("concept", EMERGENCIES)
def test_one_slip_of_the_thumb_loses_no_emergency(concept: str) -> None:
    rng = random.Random(concept)
    slipped = [with_slip(EMERGENCIES[concept], rng) for _ in range(20)]
    assert [text for text in slipped if not is_emergency(text)] == []


@given(st.text(max_size=300))
@settings(max_examples=100)
def test_any_text_gives_a_reading_whose_words_stand_in_it(text: str) -> None:
    for mention in reader().read(text).mentions:
        assert mention.text == text[mention.start : mention.end]


def test_reading_the_same_text_twice_says_the_same() -> None:
    text = "my left lid droops and my voice is hoarse, no fever"
    assert reader().read(text) == reader().read(text)


def test_each_kind_of_evidence_is_shown() -> None:
    kinds = {
        e.kind
        for mention in reader().read("I have double vision, my left eyelid is drooping").mentions
        for e in mention.evidence
    }
    assert kinds == {"model", "lexicon", "composition"}


def test_a_pack_may_have_other_concepts_than_the_trained_reader() -> None:
    pack = reader().pack
    new = msgspec.structs.replace(pack.concepts["headache"], id="new_sign", phrases=("purple elbows",))
    concepts = {c: concept for c, concept in pack.concepts.items() if c != "headache"} | {"new_sign": new}
    changed = Reader(msgspec.structs.replace(pack, concepts=concepts), reader().trained)
    read = changed.read("I have a headache and purple elbows")
    assert {(m.concept, m.status) for m in read.mentions} == {("new_sign", "present")}
    assert changed.read("no purple elbows").mentions[0].status == "absent"


@pytest.mark.parametrize("text", ["tôi không nuốt được nước", "khong nuot duoc"])
def test_words_of_another_language_are_not_repaired_as_if_they_were_english(text: str) -> None:
    assert [mention.concept for mention in reader().read(text).mentions] == ["dysphagia"]
