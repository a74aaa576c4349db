"""Words and their stems, and a matcher that finds thousands of phrases in one pass (spaCy's PhraseMatcher over stems)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.understanding.normalise import normalise

_STEMMER = snowballstemmer.stemmer("english")
FILLERS = frozenset({
    "a", "am", "an", "are", "been", "bit", "got", "has", "have", "i", "im", "is", "it", "its", "ive", "just", "kind", "kinda",
    "like", "my", "of", "really", "so", "sort", "the", "to", "very", "was",
})  # fmt: skip


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The stem of a normalised word."""
    return str(_STEMMER.stemWord(word))


@dataclass(frozen=True)
class Found:
    """A phrase that was found under `name`, in the content words from number `first` up to `last`.

    `exact` when the words themselves are those of the phrase, and not only their stems ("arms" for "arm").
    """

    name: str
    first: int
    last: int
    exact: bool = False


@dataclass(frozen=True)
class Words:
    """The content words of a text with their offsets in it: word i is text[starts[i]:ends[i]]."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


class Phrases:
    """Named phrases, ready to be found. The words of `fillers` count for nothing, in phrases and texts alike."""

    def __init__(self, entries: Iterable[tuple[str, Iterable[str]]], fillers: frozenset[str] = FILLERS) -> None:
        self._fillers = fillers
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab, attr="NORM")
        self._exact: set[tuple[str, tuple[str, ...]]] = set()
        for name, phrases in entries:
            contents = [content for phrase in phrases if (content := self._content(normalise(phrase))).words]
            self._matcher.add(name, [self._doc(content) for content in contents])
            self._exact.update((name, content.words) for content in contents)

    def find(self, text: str) -> tuple[Words, list[Found]]:
        """The content words of a normalised text, and every phrase in them (also overlapping ones)."""
        words = self._content(text)
        found = []
        # spaCy would keep every word that it ever meets; in a zone it forgets those of this text.
        with self._vocab.memory_zone():
            for key, first, last in self._matcher(self._doc(words)):
                name = self._vocab.strings[key]
                found.append(Found(name, first, last, (name, words.words[first:last]) in self._exact))
        return words, found

    def _content(self, text: str) -> Words:
        found = split(text)
        kept = [entry for entry in found if entry[0] not in self._fillers] or found
        return Words(*(tuple(column) for column in zip(*kept, strict=True))) if kept else Words((), (), ())

    def _doc(self, words: Words) -> Doc:
        doc = Doc(self._vocab, words=list(words.words))
        for token in doc:
            token.norm_ = stem(token.text)
        return doc


def split(text: str) -> list[tuple[str, int, int]]:
    """The runs of letters and digits of a text with their offsets."""
    words, start = [], None
    for index, character in enumerate(text + " "):
        if character.isalnum():
            start = index if start is None else start
        elif start is not None:
            words.append((text[start:index], start, index))
            start = None
    return words
