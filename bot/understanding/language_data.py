"""The languages other than English that are heard and answered (data/languages), as frozen objects."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.load import DATA
from bot.knowledge.located import read_yaml
from bot.knowledge.model import Crisis, Side
from bot.understanding.normalise import normalise

LANGUAGES = DATA / "languages"
# What is said where another language was written that has no folder of its own.
ENGLISH = "en"
_FILE = "emergency.yml"
_HEARD_FILE = "heard.yml"


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a group of emergency words means: a concept, or the condition of a cry for help, or both where the concept is no
    emergency by itself."""

    concept: str | None = None
    side: Side | None = None
    condition: str | None = None


class Common(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all languages share.

    signs     what each group of emergency words means
    scripts   the languages of each script
    mixed     scripts that others are mixed with: a letter of another script says more
    others    the commonest words of languages that must not be taken for one of ours: read as if they were English
    folds     letters that are often typed as others
    """

    signs: dict[str, Sign]
    scripts: dict[str, tuple[str, ...]]
    mixed: tuple[str, ...]
    others: dict[str, tuple[str, ...]]
    folds: dict[str, str]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The emergency words of one language.

    accents                  words with other accents are other words: who writes accents is taken at their word
    denies, denies_after     words that deny what stands right after them, or right before them at the end of a clause
    groups                   words of one meaning, for phrases: `<cannot>` stands for each of the group `cannot`
    hears                    by sign: its plainest words; a space lets a few other words in, a `*` at the end of a word any
                             end, a `~` before it any beginning
    unless                   by sign: words in the same clause with which its words mean something else ("see no effect")
    """

    code: str
    accents: bool = False
    denies: tuple[str, ...] = ()
    denies_after: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    hears: dict[str, tuple[str, ...]]
    unless: dict[str, tuple[str, ...]] = {}


class Language(Words, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One language that is answered. Names in {braces} are those of the clinic.

    urgent, also             what stands over the warning signs: in general, and after a heard emergency
    warning_signs            by the id of the pack's red flag
    action, reason           what is said first when an emergency was heard, and why
    cries                    by the kind of a cry for help: what is said to it, a sentence or two a line. A line with a number
                             that the clinic's country lacks is left out
    offer                    to go on in English, or to call the clinic
    local_number             stands for {emergency} where the clinic's country has no single number
    words, letters           the commonest words, and letters that no language of the same script has
    """

    language: str
    reviewed: bool
    urgent: str
    warning_signs: dict[str, str]
    contact: str
    fixed: str
    offer: str
    action: str
    reason: str
    cries: dict[Crisis, tuple[str, ...]]
    also: str
    local_number: str
    words: tuple[str, ...]
    letters: str = ""


AnyWords = TypeVar("AnyWords", bound=Words)


@lru_cache(maxsize=2)
def common(folder: Path = LANGUAGES) -> Common:
    """What all languages share. Raises KnowledgeError."""
    located = read_yaml(folder / "common.yml")
    return located.convert(Common, located.data)


@lru_cache(maxsize=2)
def languages(folder: Path = LANGUAGES) -> dict[str, Language]:
    """Every language by its code. Raises KnowledgeError with the file and the line of what is wrong."""
    return _read(Language, folder, _FILE)


@lru_cache(maxsize=2)
def heard_languages(folder: Path = LANGUAGES) -> dict[str, Words]:
    """The emergency words of every language by its code, also of those that are answered in English. Raises KnowledgeError."""
    return {**languages(folder), **_read(Words, folder, _HEARD_FILE)}


def _read(kind: type[AnyWords], folder: Path, name: str) -> dict[str, AnyWords]:
    return {file.parent.name: _language(kind, file, common(folder)) for file in sorted(folder.glob(f"*/{name}"))}


def _language(kind: type[AnyWords], file: Path, shared: Common) -> AnyWords:
    located = read_yaml(file)
    language = located.convert(kind, {"code": file.parent.name, **located.data})
    unknown = [sign for sign in language.hears if sign not in shared.signs]
    if unknown:
        raise KnowledgeError([located.problem("K006", f"`{sign}` is no sign of common.yml", "hears", sign) for sign in unknown])
    return language


@lru_cache(maxsize=2)
def english_words(folder: Path = LANGUAGES) -> frozenset[str]:
    """Words by which English is known, normalised (scripts/english_words.py writes them)."""
    lines = (folder / ENGLISH / "words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@lru_cache(maxsize=2)
def _folds(folder: Path = LANGUAGES) -> dict[int, str]:
    return {ord(letter): other for letter, other in common(folder).folds.items()}


def folded(text: str) -> str:
    """A normalised text with the letters that are often typed as others as those; as long as it was."""
    return text if text.isascii() else text.translate(_folds())


def plainly(text: str) -> str:
    """A text as it is compared: normalised and folded."""
    return folded(normalise(text))
