"""Whether a message says where, and nothing else: the sentence that the picture of the widget writes.

A place is no symptom. Without this, "It is here: right eye." is read as what is said of eyes elsewhere.
"""

from __future__ import annotations

import re

_ONLY_WHERE = re.compile(r"\s*it is here:(?P<places>[^.!?:;]+)\.?\s*", re.IGNORECASE)
_WORD = re.compile(r"[\w'’]+")
# Every word that a place of the picture, or a list of places, can have.
_PLACE_WORDS = frozenset(
    "a and the of side left right both middle front between upper lower corner outer "
    "forehead temple temples eyebrow eyebrows crow's crow’s feet eyelid eyelids eye eyes nose cheek cheeks lip lips mouth "
    "chin jaw neck underarm underarms".split()
)


def only_places(text: str) -> bool:
    """Whether it is that sentence. One more word, and the message is read like any other."""
    found = _ONLY_WHERE.fullmatch(text)
    return found is not None and all(word.lower() in _PLACE_WORDS for word in _WORD.findall(found["places"]))
