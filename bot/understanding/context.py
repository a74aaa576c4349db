"""Whether what a phrase says is denied in its clause: for the details that the trained reader does not judge."""

from __future__ import annotations

import re

from bot.understanding.lexicon import Hit
from bot.understanding.normalise import normalise

_DENIAL = re.compile(
    r"\b(?:no|not|never|without|none of|havent (?:had|got|noticed)|hasnt (?:had|got)|dont have|doesnt have|didnt have|isnt|arent|wasnt|"
    r"denies|nothing like|free of|zero)\b[^.,;!?]*$"
)


def denied(text: str, hit: Hit) -> bool:
    """Whether a denial stands before the phrase in the same clause."""
    before = normalise(text)[: hit.start]
    return bool(_DENIAL.search(re.split(r"[.;!?]|\bbut\b", before)[-1]))
