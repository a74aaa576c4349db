"""Plain language: the reading age of a text, and phrases that patient-facing text may not contain."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pyphen

from bot.knowledge.located import read_yaml

PHRASES = Path(__file__).resolve().parents[2] / "data" / "plain_language.yml"
MAX_READING_AGE = 11.0
_WORD = re.compile(r"[a-zA-Z]+(?:['’-][a-zA-Z]+)*")
_SENTENCE = re.compile(r"[.!?:;]+(?:\s|$)|\n+")


@lru_cache(maxsize=1)
def _hyphens() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_US", left=1, right=1)


@lru_cache(maxsize=8192)
def _syllables(word: str) -> int:
    hyphenated = len(_hyphens().positions(word)) + 1
    vowels = len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e"))) or 1
    return max(1, round((hyphenated + vowels) / 2))


def reading_age(text: str) -> float:
    """The age in years at which a text can be read: the Flesch-Kincaid grade (Kincaid 1975) plus five."""
    words = _WORD.findall(text)
    if not words:
        return 0.0
    sentences = max(1, sum(1 for part in _SENTENCE.split(text) if _WORD.search(part)))
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59 + 5


@lru_cache(maxsize=1)
def forbidden() -> dict[str, re.Pattern[str]]:
    """The forbidden phrases of data/plain_language.yml: group name to one pattern."""
    return {
        group: re.compile(r"\b(?:" + "|".join(re.escape(str(p)) for p in phrases) + r")\b", re.IGNORECASE)
        for group, phrases in read_yaml(PHRASES).data.items()
    }


def found(text: str, *groups: str) -> list[str]:
    """The forbidden phrases of `groups` (all groups when none is named) that `text` contains."""
    patterns = forbidden()
    text = text.replace("’", "'")
    return [m[0] for group in groups or patterns for m in patterns[group].finditer(text)]
