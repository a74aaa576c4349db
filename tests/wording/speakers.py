"""Speakers for tests: one of a clinic with a plain name, so that only our own words are measured."""

from __future__ import annotations

from bot.knowledge import plain
from bot.knowledge.check import MIN_WORDS_TO_MEASURE
from bot.knowledge.load import cached_pack
from bot.settings import Clinic
from bot.wording.speaker import Speaker

PACK = cached_pack()
CLINIC = Clinic(name="Hill Clinic", phone="1 2 3", hours="nine to five", country="us")
SPEAKER = Speaker(PACK, CLINIC)


def hard_parts(text: str) -> dict[str, float]:
    """The paragraphs of a text that are too hard to read, with their reading age."""
    measured = {part: plain.reading_age(part) for part in text.split("\n\n") if len(part.split()) >= MIN_WORDS_TO_MEASURE}
    return {part: age for part, age in measured.items() if age > plain.MAX_READING_AGE}


def without_quotes(text: str) -> str:
    """The text without the patient's own words."""
    opened = text.split("“")
    return opened[0] + "".join(part.split("”", 1)[-1] for part in opened[1:])
