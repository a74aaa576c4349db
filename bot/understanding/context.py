"""Events: what is over and counts all the same."""

from __future__ import annotations

import re

from bot.understanding.normalise import normalise

# A fit is an event: "had one last night" is over, and is as much an emergency as one that goes on.
EVENTS = frozenset({"seizure"})
_LONG_AGO = re.compile(
    r"\b(?:years? (?:ago|back)|last year|before (?:the |my |i had |any )?(?:botox|treatment|injections?|jabs?|tox)"
    r"|as a (?:kid|child|boy|girl|teen)|in (?:19|20)\d\d|used to|childhood|when i was|long before)\b"
)


def still_counts(concept: str, text: str) -> bool:
    """Whether an event that the reader takes for past counts as present all the same."""
    return concept in EVENTS and not _LONG_AGO.search(normalise(text))
