"""Text as the matchers see it: lower case, no apostrophes, no accents, one kind of space, no stretched letters.

Every character of the normalised text remembers which character of the message it came from, so that what is found can
be shown in the patient's own words.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_APOSTROPHES = frozenset("'’‘`´ʼ＇")
_DASHES = frozenset("‐‑‒–—―−")
_INVISIBLE = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")


@dataclass(frozen=True)
class Normalised:
    """The normalised text; `origin[i]` is the offset in the message of its character i."""

    text: str
    origin: tuple[int, ...]
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the message for the normalised characters from `start` up to `end`."""
        if start >= len(self.origin):
            return self.length, self.length
        last = self.origin[min(end, len(self.origin)) - 1] + 1 if end > start else self.origin[start]
        return self.origin[start], last


@lru_cache(maxsize=64)  # for one message: it holds what a patient wrote
def with_offsets(text: str) -> Normalised:
    """Normalise `text` and keep the offsets."""
    out: list[str] = []
    origin: list[int] = []
    for offset, original in enumerate(text):
        for character in unicodedata.normalize("NFKD", original).casefold():
            if character in _APOSTROPHES or character in _INVISIBLE or unicodedata.combining(character):
                continue
            if character in _DASHES:
                character = "-"
            elif character.isspace() or unicodedata.category(character) == "Cc":
                character = " "
            if character == " " and (not out or out[-1] == " "):
                continue
            if character.isalpha() and len(out) > 1 and out[-1] == out[-2] == character:
                continue
            out.append(character)
            origin.append(offset)
    while out and out[-1] == " ":
        out.pop()
        origin.pop()
    return Normalised("".join(out), tuple(origin), len(text))


def normalise(text: str) -> str:
    """The normalised text alone ("Can’t   swallow" is "cant swallow")."""
    return with_offsets(text).text
