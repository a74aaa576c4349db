"""Repairs slips in the words of short answers: "wrose", "defiitely not", "none besies a rash".

Only a word that the language does not have is repaired, and only into a word that answers are made of, one slip away: two
letters swapped, a letter too many or too few, or in a long word another letter. No symptom is made of it; and no denial,
where there are so many words that they tell something themselves ("onne side of my face dropped").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

import msgspec

from bot.understanding.language_data import english_words
from bot.understanding.normalise import Normalised
from bot.understanding.scope import LANGUAGES, denying, load_cues, words_of

# Shorter words are too near to each other; longer messages tell more than an answer.
SHORTEST = 4
MOST_WORDS = 14
# Of more words than these a denial is made of no slip.
FEW_WORDS = 5
# A word with another letter must be so long: "feeds" is not "feels".
LONG = 7
_WORD = re.compile(r"[a-z]+")


class Slips:
    """Knows the words of a language, those that answers are made of, and which of them deny."""

    def __init__(self, language: Collection[str], answers: Collection[str], deny: Collection[str] = ()) -> None:
        self._deny = frozenset(deny)
        self._language = frozenset(language) | frozenset(answers)
        self._near: dict[str, list[str]] = defaultdict(list)
        for word in sorted(answers):
            if len(word) >= SHORTEST and word.isalpha():
                for shorter in {word, *_without_a_letter(word)}:
                    self._near[shorter].append(word)

    def repair(self, text: Normalised) -> Normalised:
        """The text with its slips repaired; each new letter comes from the place of the word in the message."""
        found = list(_WORD.finditer(text.text))
        if len(found) > MOST_WORDS:
            return text
        meant = ((match, self._meant(match[0])) for match in found)
        repairs = [(m, word) for m, word in meant if word and (len(found) <= FEW_WORDS or word not in self._deny)]
        if not repairs:
            return text
        letters, origin, done = "", list[int](), 0
        for match, word in repairs:
            start, end = match.span()
            letters += text.text[done:start] + word
            origin += text.origin[done:start]
            origin += [text.origin[min(start + place, end - 1)] for place in range(len(word))]
            done = end
        return Normalised(letters + text.text[done:], (*origin, *text.origin[done:]), text.length)

    def _meant(self, word: str) -> str | None:
        """The word of answers that is meant by one that the language does not have; None where none or several are near."""
        if len(word) < SHORTEST or word in self._language:
            return None
        near = {other for part in (word, *_without_a_letter(word)) for other in self._near.get(part, ())}
        slips = {other: slip for other in near if (slip := _slip(word, other)) is not None}
        best = [other for other, slip in slips.items() if slip == min(slips.values())]
        return best[0] if len(best) == 1 else None


def load_slips(language: str) -> Slips:
    """What is known of the words of a language (data/languages/<language>). Raises KnowledgeError with file and line."""
    lines = (LANGUAGES / language / "answers.txt").read_text(encoding="utf-8").splitlines()
    answers = {word for line in lines if not line.startswith("#") for word in line.split()}
    cues = load_cues(language)
    return Slips(english_words(), answers | words_of(msgspec.structs.astuple(cues)), words_of(denying(cues)))


def _without_a_letter(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _slip(one: str, other: str) -> int | None:
    """Which slip makes one word the other, the likeliest first: two neighbors swapped (0), a letter more or less (1), another
    letter (2); None when it takes more."""
    if abs(len(one) - len(other)) > 1:
        return None
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, rest_other = one[start:], other[start:]
    if len(rest) > 1 and rest[:2] == rest_other[1::-1] and rest[2:] == rest_other[2:]:
        return 0
    if rest[1:] == rest_other or rest == rest_other[1:]:
        return 1
    return 2 if rest[1:] == rest_other[1:] and len(one) >= LONG else None
