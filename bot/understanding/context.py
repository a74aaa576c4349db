"""What the words round a finding say of its status, where the trained reader does not judge or may not have the last word."""

from __future__ import annotations

import re

from bot.understanding.lexicon import Hit
from bot.understanding.normalise import normalise

_DENIAL = re.compile(
    r"\b(?:no|not|never|without|none of|havent (?:had|got|noticed)|hasnt (?:had|got)|dont have|doesnt have|didnt have|isnt"
    r"|arent|wasnt|denies|nothing like|free of|zero)\b[^.,;!?]*$"
)


# A fit is an event: "had one last night" is over, and is as much an emergency as one that goes on.
EVENTS = frozenset({"seizure"})
_LONG_AGO = re.compile(
    r"\b(?:years? (?:ago|back)|last year|before (?:the |my |i had |any )?(?:botox|treatment|injections?|jabs?|tox)"
    r"|as a (?:kid|child|boy|girl|teen)|in (?:19|20)\d\d|used to|childhood|when i was|long before)\b"
)


def still_counts(concept: str, text: str) -> bool:
    """Whether an event that the reader takes for past counts as present all the same."""
    return concept in EVENTS and not _LONG_AGO.search(normalise(text))


def denied(text: str, hit: Hit) -> bool:
    """Whether a denial stands before the phrase in the same clause."""
    before = normalise(text)[: hit.start]
    return bool(_DENIAL.search(re.split(r"[.;!?]|\bbut\b", before)[-1]))
