"""Finds the lay phrases of the knowledge pack in a text: spaCy's phrase matcher over stemmed words.

One matcher holds the phrases of concepts, conditions, treated areas and treatments; its cost does not grow with their
number, so a knowledge base ten times as large is read as fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.knowledge.model import Pack
from bot.understanding.normalise import Normalised, normalise

_STEMMER = snowballstemmer.stemmer("english")
_FILLERS = frozenset("my the a an is are am was been of so just really very kinda kind sort like bit its it i im ive got have has to".split())


@dataclass(frozen=True)
class Hit:
    """A phrase that was found. `kind` is concept, condition, area or treatment; offsets are those of the normalised text."""

    kind: str
    id: str
    start: int
    end: int
    words: int


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The stem of a normalised word."""
    return str(_STEMMER.stemWord(word))


class Lexicon:
    """The phrases of a pack, ready to be found."""

    def __init__(self, pack: Pack) -> None:
        self._nlp = spacy.blank("en")
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="NORM")
        groups = [
            *(("concept", concept.id, concept.phrases) for concept in pack.concepts.values()),
            *(("condition", condition.id, condition.phrases) for condition in pack.conditions.values()),
            *(("area", area.id, area.phrases) for area in pack.areas),
            *(("treatment", treatment.id, treatment.phrases) for treatment in pack.treatments),
        ]
        for kind, entry, phrases in groups:
            docs = [self._doc(normalise(phrase))[0] for phrase in phrases]
            self._matcher.add(f"{kind}:{entry}", [doc for doc in docs if len(doc)])

    def _doc(self, text: str) -> tuple[Doc, list[tuple[int, int]]]:
        """The content words of a normalised text as a document of stems, with the offsets of each word."""
        words, offsets = [], []
        for word, start, end in _words(text):
            if word not in _FILLERS:
                words.append(word)
                offsets.append((start, end))
        if not words:
            for word, start, end in _words(text):
                words.append(word)
                offsets.append((start, end))
        doc = Doc(self._nlp.vocab, words=words)
        for token in doc:
            token.norm_ = stem(token.text)
        return doc, offsets

    def find(self, text: Normalised) -> list[Hit]:
        """All phrases in a text; of overlapping phrases of one kind only the longest."""
        doc, offsets = self._doc(text.text)
        hits = []
        for name, first, last in self._matcher(doc):
            kind, _, entry = self._nlp.vocab.strings[name].partition(":")
            hits.append(Hit(kind, entry, offsets[first][0], offsets[last - 1][1], last - first))
        hits.sort(key=lambda hit: (hit.start - hit.end, hit.start))
        kept: list[Hit] = []
        for hit in hits:
            if not any(hit.kind == other.kind and hit.start < other.end and other.start < hit.end for other in kept):
                kept.append(hit)
        return sorted(kept, key=lambda hit: hit.start)


def _words(text: str) -> list[tuple[str, int, int]]:
    """The runs of letters and digits of a text with their offsets."""
    words, start = [], None
    for index, character in enumerate(text + " "):
        if character.isalnum():
            start = index if start is None else start
        elif start is not None:
            words.append((text[start:index], start, index))
            start = None
    return words
