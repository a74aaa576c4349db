"""Hears cries for help in words that are known (data/languages/<language>/cries.yml), beside the trained head.

The head hears what nobody wrote down, and misses some of what is plain; here it is the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from bot.knowledge.located import read_yaml
from bot.understanding.denials import Denials
from bot.understanding.phrases import PhraseGroups
from bot.understanding.scope import LANGUAGES

_TOKEN = re.compile(r"[^\W_]+|[.!?;]+")
_NAME = re.compile(r"\{(\w+)\}")
_AND = " & "


class KindCues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phrases of one kind of cry; `quiet` ones only sound like it, and with a `never` one its sentence is no such cry."""

    phrases: list[str]
    quiet: list[str] = []
    never: list[str] = []


class _Kind:
    """One kind of cry, ready to be found in the words of a sentence."""

    def __init__(self, cues: KindCues, words: dict[str, str]) -> None:
        self._quiet, self._never = (PhraseGroups({"": _filled(phrases, words)}) for phrases in (cues.quiet, cues.never))
        # A phrase with parts: a group each, all of which must be found.
        phrases = (phrase.split(_AND) for phrase in _filled(cues.phrases, words))
        self._parts = [tuple(PhraseGroups({"": [part]}) for part in parts) for parts in phrases]

    def sounds_like(self, words: Sequence[str]) -> bool:
        """Whether there is a phrase that only sounds like a cry."""
        return bool(self._quiet.find(words) or self._never.find(words))

    def find(self, words: Sequence[str]) -> int | None:
        """The first word of a phrase; None where there is none."""
        if self._never.find(words):
            return None
        quiet = {index for first, last, _ in self._quiet.find(words) for index in range(first, last)}
        heard = ["" if index in quiet else word for index, word in enumerate(words)]
        for parts in self._parts:
            found = [part.find(heard) for part in parts]
            if all(found):
                return found[0][0][0]
        return None


class Cries:
    """The known cries of one language."""

    def __init__(self, kinds: dict[str, KindCues], words: dict[str, str]) -> None:
        self._kinds = {name: _Kind(cues, words) for name, cues in kinds.items()}
        self._known = frozenset(_words_of(kinds, words))

    def sounds_like(self, text: str) -> set[str]:
        """The kinds of cry of which the text holds a phrase that only sounds like one."""
        sentences = [[word for _, _, word in sentence] for sentence in _sentences(text)]
        return {name for name, kind in self._kinds.items() if any(kind.sounds_like(words) for words in sentences)}

    def find(self, text: str, denials: Denials) -> set[str]:
        """The kinds of cry in a normalized text that no denial from outside covers."""
        heard = set()
        for sentence in _sentences(text):
            words = [word for _, _, word in sentence]
            if self._known.isdisjoint(words):
                continue
            for name, kind in self._kinds.items():
                found = kind.find(words)
                if found is not None and not denials.denies_phrase(sentence[found][0]):
                    heard.add(name)
        return heard


def _sentences(text: str) -> Iterator[list[tuple[int, int, str]]]:
    """The words of each sentence with their offsets."""
    tokens = [(match.start(), match.end(), match[0]) for match in _TOKEN.finditer(text)]
    for is_word, group in groupby(tokens, key=lambda token: token[2].isalnum()):
        if is_word:
            yield list(group)


def _filled(phrases: Sequence[str], words: dict[str, str]) -> list[str]:
    """The phrases with the words of each `{name}`."""
    return [_NAME.sub(lambda name: words[name[1]], phrase) for phrase in phrases]


def _words_of(kinds: dict[str, KindCues], words: dict[str, str]) -> Iterator[str]:
    for cues in kinds.values():
        for phrase in _filled(cues.phrases, words):
            for part in phrase.split():
                yield from part.rstrip("?").split("|")


def load_cries(language: str) -> Cries:
    """The known cries of a language. Raises KnowledgeError with file and line."""
    located = read_yaml(LANGUAGES / language / "cries.yml")
    data = dict(located.data)
    words = located.convert(dict[str, str], data.pop("words"), "words")
    return Cries({kind: located.convert(KindCues, cues, kind) for kind, cues in data.items()}, words)
