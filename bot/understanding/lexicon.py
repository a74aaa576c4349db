"""Finds the lay phrases of the knowledge pack in a text: spaCy's phrase matcher over stemmed words.

One matcher holds the phrases of concepts, conditions, treated areas and treatments; its cost does not grow with their
number, so a knowledge base ten times as large is read as fast.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.model import Pack
from bot.understanding.normalise import Normalised
from bot.understanding.words import Phrases


@dataclass(frozen=True)
class Hit:
    """What was found: `kind` is concept, condition, area, treatment or composition, or the kind of a cry for help.

    Offsets are in the normalised text.
    """

    kind: str
    id: str
    start: int
    end: int
    words: int


class Lexicon:
    """The phrases of a pack, ready to be found."""

    def __init__(self, pack: Pack) -> None:
        self._phrases = Phrases(
            [
                *((f"concept:{concept.id}", concept.phrases) for concept in pack.concepts.values()),
                *((f"{c.crisis or 'condition'}:{c.id}", c.phrases) for c in pack.conditions.values()),
                *((f"area:{area.id}", area.phrases) for area in pack.areas),
                *((f"treatment:{treatment.id}", treatment.phrases) for treatment in pack.treatments),
            ]
        )

    def find(self, text: Normalised) -> list[Hit]:
        """All phrases in a text; of overlapping phrases of one kind only the longest, of equally long ones the exact one."""
        words, found = self._phrases.find(text.text)
        hits = []
        for phrase in sorted(found, key=lambda phrase: not phrase.exact):
            kind, _, entry = phrase.name.partition(":")
            hits.append(Hit(kind, entry, words.starts[phrase.first], words.ends[phrase.last - 1], phrase.last - phrase.first))
        hits.sort(key=lambda hit: hit.start - hit.end)
        kept: list[Hit] = []
        for hit in hits:
            if not any(hit.kind == other.kind and hit.start < other.end and other.start < hit.end for other in kept):
                kept.append(hit)
        return sorted(kept, key=lambda hit: hit.start)
