"""Hears the plainest emergency words of other languages, whatever language a message is taken for.

The words of a phrase must follow each other in one clause, with at most a few other words between them. So that one
matcher serves every script, a letter of a script without spaces is a word of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.understanding.language_data import Words, folded, plainly
from bot.understanding.normalise import Normalised

# How many other words may stand where a phrase has a space; in a script without spaces, how many letters.
BETWEEN = 3
BETWEEN_LETTERS = 2
# A word that is cut off (`*`) is looked up by this many letters.
_STEM = 3
_GROUP = re.compile(r"<(\w+)>")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ASCII = re.compile(r"([a-z0-9]+)|[^a-z0-9 -]")


@dataclass(frozen=True)
class Heard:
    """Emergency words: their language, what they mean, how many they are, and their offsets in the normalised text."""

    language: str
    sign: str
    words: int
    start: int
    end: int


class _Token(NamedTuple):
    """A word, or a letter of a script without spaces (`alone`)."""

    text: str
    start: int
    end: int
    clause: int
    alone: bool = False


class _Part(NamedTuple):
    """One word of a phrase: `cut` when any end will do, `led` when any beginning will; `apart` other words may stand before.

    `written` is the word with its accents, where accents make another word.
    """

    text: str
    cut: bool
    led: bool
    apart: int
    written: str | None

    def fits(self, word: str) -> bool:
        if self.led:
            return self.text in word if self.cut else word.endswith(self.text)
        return word.startswith(self.text) if self.cut else word == self.text


class _Phrase(NamedTuple):
    language: Words
    sign: str
    parts: tuple[_Part, ...]


class Hears:
    """The emergency words of all languages, ready to be heard."""

    def __init__(self, languages: Iterable[Words]) -> None:
        self._whole: dict[str, list[_Phrase]] = {}
        self._cut: dict[str, list[_Phrase]] = {}
        self._led: list[_Phrase] = []
        # Of all languages together: neighbors share words, and a phrase of one may be denied with a word of the other.
        self._before: list[list[str]] = []
        self._after: list[list[str]] = []
        for language in languages:
            self._before += [_words(denial) for denial in language.denies]
            self._after += [_words(denial) for denial in language.denies_after]
            for sign, phrases in language.hears.items():
                written = (each for phrase in phrases for each in _expanded(phrase, language.groups))
                for phrase in dict.fromkeys(written):
                    self._add(_Phrase(language, sign, tuple(_parts(phrase, language.accents))))

    def _add(self, phrase: _Phrase) -> None:
        first = phrase.parts[0]
        if first.led:
            self._led.append(phrase)
            return
        table, key = (self._cut, first.text[:_STEM]) if first.cut else (self._whole, first.text)
        table.setdefault(key, []).append(phrase)

    def find(self, text: Normalised, message: str) -> list[Heard]:
        """Every phrase in a message that is not plainly denied."""
        tokens = list(_tokens(folded(text.text)))
        led = () if text.text.isascii() else self._led
        heard = []
        for at, token in enumerate(tokens):
            for phrase in (*self._whole.get(token.text, ()), *_cut(self._cut, token.text), *led):
                found = _found(tokens, at, phrase.parts)
                if found and self._counts(tokens, at, found, phrase) and _accented(found, phrase, text, message):
                    heard.append(Heard(phrase.language.code, phrase.sign, len(found), token.start, found[-1].end))
        return heard

    def _counts(self, tokens: Sequence[_Token], at: int, found: Sequence[_Token], phrase: _Phrase) -> bool:
        """Whether what was found is neither denied nor said of something else."""
        return not self._denied(tokens, at, found[-1], phrase) and not _otherwise(tokens, at, phrase)

    def _denied(self, tokens: Sequence[_Token], first: int, last: _Token, phrase: _Phrase) -> bool:
        """Whether a denial stands right before the phrase, or right after it and ends the clause.

        A phrase that itself begins with a denial ("I cannot ...") is not denied by a "no" before it.
        """
        clause = tokens[first].clause
        before = [token.text for token in tokens[:first] if token.clause == clause]
        after = [token.text for token in tokens if token.start >= last.end and token.clause == clause]
        own = any(denial[0] == phrase.parts[0].text for denial in self._before)
        return (not own and any(before[-len(denial) :] == denial for denial in self._before)) or after in self._after


def _cut(table: dict[str, list[_Phrase]], word: str) -> Iterator[_Phrase]:
    """The phrases whose first word may be cut off as this word is."""
    for length in range(1, _STEM + 1):
        yield from table.get(word[:length], ()) if len(word) >= length else ()


def _otherwise(tokens: Sequence[_Token], at: int, phrase: _Phrase) -> bool:
    """Whether a word in the same clause gives the phrase another meaning."""
    unless = [list(_parts(words, False)) for words in phrase.language.unless.get(phrase.sign, ())]
    clause = [number for number, token in enumerate(tokens) if token.clause == tokens[at].clause]
    return any(_found(tokens, number, parts) for parts in unless for number in clause)


def _expanded(phrase: str, groups: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A phrase with each word of a group in its place."""
    group = _GROUP.search(phrase)
    if group is None:
        yield phrase
        return
    for word in groups[group[1]]:
        yield from _expanded(phrase[: group.start()] + word + phrase[group.end() :], groups)


def _found(tokens: Sequence[_Token], at: int, parts: Sequence[_Part]) -> list[_Token]:
    """The words of a phrase that begins with word `at`; none when it does not."""
    if not parts[0].fits(tokens[at].text):
        return []
    found = [tokens[at]]
    for part in parts[1:]:
        reach = range(at + 1, min(at + 2 + part.apart, len(tokens)))
        at = next((i for i in reach if tokens[i].clause == found[0].clause and part.fits(tokens[i].text)), -1)
        if at < 0:
            return []
        found.append(tokens[at])
    return found


def _accented(found: Sequence[_Token], phrase: _Phrase, text: Normalised, message: str) -> bool:
    """Whether the words of a phrase that the patient wrote with accents have those of the phrase."""
    for token, part in zip(found, phrase.parts, strict=True):
        begin, end = text.span(token.start, token.end)
        word = _composed(message[begin:end])
        if part.written is not None and not word.isascii() and word != part.written:
            return False
    return True


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _parts(phrase: str, accents: bool) -> Iterator[_Part]:
    for word in phrase.split(" "):
        tokens = list(_tokens(plainly(word)))
        for number, token in enumerate(tokens):
            cut = word.endswith("*") and number == len(tokens) - 1
            led = word.startswith("~") and number == 0
            apart = 0 if number else BETWEEN_LETTERS if token.alone else BETWEEN
            yield _Part(token.text, cut, led, apart, _composed(word) if accents else None)


def _words(text: str) -> list[str]:
    return [token.text for token in _tokens(plainly(text))]


def words_of(text: str) -> list[str]:
    """The words of a text that is normalised and folded, in any script."""
    return _ASCII_WORD.findall(text) if text.isascii() else [token.text for token in _unicode_tokens(text)]


def _tokens(text: str) -> Iterator[_Token]:
    """The words of a text. A mark other than a space or a hyphen ends a clause."""
    return _ascii_tokens(text) if text.isascii() else _unicode_tokens(text)


def _ascii_tokens(text: str) -> Iterator[_Token]:
    clause = 0
    for found in _ASCII.finditer(text):
        if found[1]:
            yield _Token(found[1], *found.span(), clause)
        else:
            clause += 1


def _unicode_tokens(text: str) -> Iterator[_Token]:
    start: int | None = None
    clause = 0
    for index, character in enumerate(text + " "):
        kind = unicodedata.category(character)[0]
        alone = kind == "L" and unicodedata.east_asian_width(character) == "W"
        if start is not None and (alone or kind not in "LMN"):
            yield _Token(text[start:index], start, index, clause)
            start = None
        if alone:
            yield _Token(character, index, index + 1, clause, alone=True)
        elif kind in "LMN":
            start = index if start is None else start
        elif character not in " -":
            clause += 1
