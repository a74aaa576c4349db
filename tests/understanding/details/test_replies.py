"""Yes, no, "not sure" and corrections, in everyday words."""

from __future__ import annotations

import pytest

from bot.understanding.details import read_correction, read_yes_no
from bot.understanding.reading import YesNo

REPLIES: dict[YesNo | None, list[str]] = {
    "yes": [
        "yes", "Yes!", "yeah", "yep", "yup", "y", "aye", "yes please", "yes a bit", "oh yes", "well yes", "erm yeah",
        "sure", "ok", "of course", "i do", "I am", "it is", "it does", "they do", "i have", "i have it", "i have that",
        "i have one of those", "i do have that", "a bit", "a little", "kind of", "sometimes", "on and off",
        "unfortunately", "afraid so", "i think so", "definitely", "correct", "probably", "most likely", "very much so",
        "a lot", "Yes, both", "👍", "✅",
    ],
    "no": [
        "no", "No.", "nope", "nah", "naw", "n", "n/a", "no thanks", "no no no", "None of these", "none of them",
        "neither", "never", "nothing", "nothing like that", "nothing else", "not really", "not at all",
        "not that i know of", "not that i've noticed", "not yet", "not any of those", "i dont", "i do not",
        "I don't have any of those", "i haven't", "haven't noticed anything", "i dont think so", "it doesnt",
        "absolutely not", "definitely not", "of course not", "probably not", "unfortunately not", "luckily not",
        "no fever", "no pain", "no problems", "no to all", "thankfully no", "no, I can breathe fine",
        "no but my head hurts", "negative", "im not", "never had that", "👎", "❌",
    ],
    "unsure": [
        "not sure", "im not sure", "not really sure", "unsure", "dunno", "idk", "i don't know", "no idea", "no clue",
        "maybe", "possibly", "perhaps", "hard to say", "can't tell", "might be", "who knows", "i guess",
        "i cant remember", "🤷",
    ],
    None: [
        "no energy at all", "no strength in my arms", "no feeling in my lip", "no better", "no change",
        "no one told me", "no matter what i do it hurts", "i dont feel well", "i do not feel right", "im not well",
        "i am not ok", "not good", "it isn't going away", "it doesnt close", "never felt so bad", "nothing helps",
        "none of the creams help", "i am fine", "it's fine", "i am 34", "it is on the left", "i have a headache",
        "a bit better", "a little girl", "okay so it hurts", "3 days ago", "my eye droops", "hello", "left",
        "the second one", "7/10", "i dont know why it hurts", "i cant swallow", "sadness", "",
    ],
}  # fmt: skip

CORRECTIONS: dict[bool, list[str]] = {
    True: [
        "I made a mistake, it was the right eye", "i meant the left", "sorry, not left, right", "sorry i meant right",
        "my mistake", "wrong eye", "i got it wrong", "actually its the left", "actually it was the right",
        "scratch that", "correction: left", "i pressed the wrong button", "typo", "i mean the other side",
        "i mixed them up",
    ],
    False: [
        "i made an appointment", "sorry i have a headache", "sorry, i also have pain on the right",
        "i mean it hurts a lot", "my eye droops", "yes", "actually i feel fine", "by the way", "sorry to bother you",
        "",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("answer", "text"), [(answer, text) for answer, texts in REPLIES.items() for text in texts])
def test_yes_or_no(answer: YesNo | None, text: str) -> None:
    assert read_yes_no(text) == answer


@pytest.mark.parametrize(("takes_back", "text"), [(takes, text) for takes, texts in CORRECTIONS.items() for text in texts])
def test_correction(takes_back: bool, text: str) -> None:
    assert read_correction(text) is takes_back
