"""Which general question or myth a message asks about: the nearest known way to ask it, by shared words.

Words count by how rare they are among the known questions, so that "botox" says little and "anaesthetic" says much.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from bot.knowledge.model import Pack
from bot.understanding.lexicon import stem
from bot.understanding.normalise import normalise

ENOUGH = 0.62
_WORD = re.compile(r"[a-z0-9]+")
_ASKS = re.compile(
    r"\?|^\W*(?:is|are|can|could|do|does|did|will|would|should|how|what|whats|when|why|which|who|where|am|was|have|has|i heard|i read|"
    r"someone (?:said|told)|they say|tell me|explain|is it true|true that)\b|\b(?:is it true|right\?|true\?)"
)
_SAME = {"anesthetic": "anaesthet", "anesthesia": "anaesthet", "anaesthesia": "anaesthet", "anaesthetic": "anaesthet",
         "percent": "percent", "pct": "percent", "painless": "painless", "tox": "botox", "jab": "inject", "shot": "inject"}  # fmt: skip
_STOP = frozenset("a an the is are do does it i my me to of in for and or will can be that this there any at on if with have has you get got".split())


@dataclass(frozen=True)
class Match:
    """A topic and how near the message is to one of its phrases, from 0 to 1."""

    topic: str
    score: float


class Topics:
    """The topics of a pack, ready to be found."""

    def __init__(self, pack: Pack) -> None:
        self._known = [(topic.id, frozenset(_words(phrase))) for topic in pack.topics.values() for phrase in topic.phrases]
        counts = Counter(word for _, words in self._known for word in words)
        total = len(self._known)
        self._weight = {word: math.log(1 + total / count) for word, count in counts.items()}
        self._unknown = math.log(1 + total)

    def match(self, text: str) -> Match | None:
        """The topic that the message asks about; None when it is near to none of them or asks nothing."""
        if not _ASKS.search(normalise(text)):
            return None
        words = frozenset(_words(text))
        if not words:
            return None
        size = self._size(words)
        best = max(self._known, key=lambda known: self._cosine(words, size, known[1]))
        score = self._cosine(words, size, best[1])
        return Match(best[0], round(score, 3)) if score >= ENOUGH else None

    def _cosine(self, words: frozenset[str], size: float, known: frozenset[str]) -> float:
        shared = sum(self._weight[word] ** 2 for word in words & known)
        return shared / (size * self._size(known)) if shared else 0.0

    def _size(self, words: frozenset[str]) -> float:
        return math.sqrt(sum(self._weight.get(word, self._unknown) ** 2 for word in words))


def _words(text: str) -> list[str]:
    found = _WORD.findall(normalise(text).replace("%", " percent"))
    return [_SAME.get(word, stem(_SAME.get(word, word))) for word in found if word not in _STOP]
