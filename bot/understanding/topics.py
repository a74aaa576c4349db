"""Which general question or myth a message asks about: the nearest known way to ask it, by shared words.

Words count by how rare they are among the known questions, so that "botox" says little and "anaesthetic" says much.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from bot.knowledge.model import Pack
from bot.understanding.normalise import normalise
from bot.understanding.words import stem

ENOUGH = 0.62
# A message that asks nothing ("aftercare tips"), or with one word that matters ("is that bad?"), must be almost a phrase.
ENOUGH_ALONE = 0.95
_WORD = re.compile(r"[a-z0-9]+")
_ASKS = re.compile(
    r"\?|^\W*(?:is|are|can|could|do|does|did|will|would|should|how|what|whats|when|why|which|who|where|am|was|have|has"
    r"|i heard|i read|someone (?:said|told)|they say|tell me|explain|is it true|true that)\b"
    r"|\b(?:can|could|should|may|will|do|is|are) (?:i|it|that|this|you|they|there)\b"
)
_SAME = {
    **dict.fromkeys(("anesthetic", "anesthesia", "anaesthesia", "anaesthetic"), "anaesthet"),
    "pct": "percent",
    "painless": "painless",
    "tox": "botox",
    "jab": "inject",
    "shot": "inject",
}
_STOP = frozenset(
    "a an the is are do does it i my me to of in for and or will can be that this there any anyone someone at on if with have"
    " has you get got hi hello hey please thanks just so really".split()
)
_QUESTION_WORDS = frozenset("what whats how who when where why which".split())


@dataclass(frozen=True)
class Match:
    """A topic and how near the message is to one of its phrases, from 0 to 1."""

    topic: str
    score: float


class Topics:
    """The topics of a pack, ready to be found."""

    def __init__(self, pack: Pack) -> None:
        phrases = [(topic.id, phrase) for topic in pack.topics.values() for phrase in topic.phrases]
        self._known = [(topic, words) for topic, phrase in phrases if (words := _content(phrase))]
        self._wishes: dict[str, set[str]] = {}
        for topic in pack.topics.values():
            if topic.wish:
                self._wishes.setdefault(topic.wish, set()).add(topic.id)
        self._small_talk = {_all_words(phrase): topic for topic, phrase in phrases if not _content(phrase)}
        counts = Counter(word for _, words in self._known for word in words)
        total = len(self._known)
        self._weight = {word: math.log(1 + total / count) for word, count in counts.items()}
        self._unknown = math.log(1 + total)

    def match(self, text: str) -> Match | None:
        """The topic that the message asks about; None when it is near to none of them."""
        words = _content(text)
        if not words:
            topic = self._small_talk.get(_all_words(text))
            return Match(topic, 1.0) if topic else None
        asks = bool(_ASKS.search(normalise(text)))
        if len(words) == 1 and not asks:
            return None
        size = self._size(words)
        best = max(self._known, key=lambda known: self._cosine(words, size, known[1]))
        score = self._cosine(words, size, best[1])
        return Match(best[0], round(score, 3)) if score >= (ENOUGH if asks and len(words) > 1 else ENOUGH_ALONE) else None

    def meeting(self, wish: str, text: str) -> str | None:
        """Of the topics that meet a wish, the one nearest to the message; the first where none is near."""
        words = _content(text)
        size = self._size(words)
        known = [(topic, phrase) for topic, phrase in self._known if topic in self._wishes.get(wish, ())]
        return max(known, key=lambda each: self._cosine(words, size, each[1]), default=(None, words))[0]

    def _cosine(self, words: frozenset[str], size: float, known: frozenset[str]) -> float:
        shared = sum(self._weight[word] ** 2 for word in words & known)
        return shared / (size * self._size(known)) if shared else 0.0

    def _size(self, words: frozenset[str]) -> float:
        return math.sqrt(sum(self._weight.get(word, self._unknown) ** 2 for word in words))


def _content(text: str) -> frozenset[str]:
    """The stems of the words that matter; none in "what can you do?"."""
    words = [word for word in _all_words(text) if word not in _STOP]
    return frozenset() if _QUESTION_WORDS.issuperset(words) else frozenset(_SAME.get(word) or stem(word) for word in words)


def _all_words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(normalise(text).replace("%", " percent")))
