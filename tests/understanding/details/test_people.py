"""A child, somebody else, or neither, in everyday words."""

from __future__ import annotations

import pytest

from bot.knowledge.model import Patient
from bot.understanding.details import read_patient

PATIENTS: dict[Patient | None, list[str]] = {
    "minor": [
        "I am 17", "im 16", "i'm only 15", "im 17 and scared", "i am sixteen", "im 16 years old", "(17f) here",
        "17f, droopy eye", "16yo", "17 y/o girl", "aged 16", "im underage", "im under 18", "im nearly 18",
        "i am not 18", "i am a minor", "im a teenager", "my 16 year old daughter",
        "my 16-year-old daughter has a droopy eye", "my teenage daughter had botox", "she is 14", "he is 17",
        "my daughter is 16", "my son is 15 and had botox", "she just turned 17",
    ],
    "other": [
        "asking for a friend", "this is for my mum", "writing on behalf of my wife", "its about my sister",
        "its for my mom", "on behalf of a patient", "messaging for my husband", "not for me", "its for someone else",
    ],
    None: [
        "im 34", "I am 18", "18 years old", "im 12 days post", "i am 10 days in", "im 15 minutes away",
        "im 16 weeks pregnant", "i am 10 out of 10", "im 7/10", "size 8", "size 16", "im size 12", "i am 5 ft",
        "im 12 stone", "8 units", "day 16", "16 units in my forehead", "ive had 12 sessions", "i am 15 yrs post op",
        "i was 16 when i first had it", "my 5 year old head butted me", "i have a minor bruise", "its a minor thing",
        "it is for my forehead", "my sister had it too", "she is fine", "nearly 18 days", "",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("patient", "text"), [(patient, text) for patient, texts in PATIENTS.items() for text in texts])
def test_patient(patient: Patient | None, text: str) -> None:
    assert read_patient(text) == patient
