"""Which language a message is in, when it is surely not English.

What is cheap comes first: the script of the letters, then how many of the words are known English ones. What is left goes
to the library lingua. A slip, a dialect, slang and a single word are not taken for another language.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from bot.understanding.hears import words_of
from bot.understanding.language_data import ENGLISH, common, english_words, languages, plainly

# From this share of known English words on, a message is English.
ENGLISH_SHARE = 0.5
# So many of the commonest words of one language, and of no other as many, are enough.
COMMON_WORDS = 2
# A single word must be so long, and have a letter that English lacks.
LONG = 3
# How much likelier than English the library must find a language: with a common word of it, or a letter that English
# lacks; and from words of English letters alone.
SURE_WITH_HINT = 0.3
SURE = 0.85
# Of words in English letters alone, this many must be there, and no more than this share of them known English ones.
ENOUGH_WORDS = 4
UNKNOWN_SHARE = 0.25


def detect(text: str) -> str | None:
    """The ISO 639-1 code of the language of a message that is surely not English; None for all else."""
    script = _script(text)
    if script is not None:
        return _of_script(text, common().scripts[script])
    words = _words(text)
    english = _share(words)
    if not words or english >= ENGLISH_SHARE:
        return None
    return _latin(text, words, english)


def beyond_doubt(text: str, code: str) -> bool:
    """Whether a message that was taken for a language can be no English dialect: by its script, or by several words."""
    return _script(text) is not None or len(_own_words(code).intersection(_words(text))) > COMMON_WORDS


def english_share(text: str) -> float:
    """Which share of the words of a message are known English ones."""
    return _share(_words(text))


def _words(text: str) -> list[str]:
    """The words of a message, without numbers."""
    return [word for word in words_of(plainly(text)) if word.isalpha() or not any(map(str.isdigit, word))]


def _share(words: Sequence[str]) -> float:
    known = english_words()
    return len([word for word in words if word in known]) / len(words) if words else 0.0


def _script(text: str) -> str | None:
    """The script of most letters, when it is not the Latin one."""
    if text.isascii():
        return None
    scripts = common().scripts
    letters = [character for character in text if character.isalpha()]
    names = Counter("" if letter.isascii() else unicodedata.name(letter, "").partition(" ")[0] for letter in letters)
    foreign = [(count, name) for name, count in names.items() if name in scripts]
    if not foreign or sum(count for count, _ in foreign) * 2 <= len(letters):
        return None
    return max(foreign, key=lambda each: (each[1] not in common().mixed, each))[1]


def _of_script(text: str, candidates: Sequence[str]) -> str:
    """The likeliest of the languages of a script: by a letter that only one has, by its words, then by the library."""
    if len(candidates) == 1:
        return candidates[0]
    lower = text.casefold()
    by_letters = {code: sum(letter in lower for letter in languages()[code].letters) for code in candidates}
    by_words = {code: len(_own_words(code).intersection(_words(text))) for code in candidates}
    likely = _likely(text)
    return max(candidates, key=lambda code: (by_letters[code], by_words[code], likely.get(code, 0.0)))


def _latin(text: str, words: Sequence[str], english: float) -> str | None:
    """The language of a message in Latin letters, of which few words are known English ones; None unless it is ours."""
    if len(words) < COMMON_WORDS and (text.isascii() or len(words[0]) < LONG):
        return None
    counts = Counter({code: len(_own_words(code).intersection(words)) for code in (*languages(), *common().others)})
    (code, most), (_, second) = counts.most_common(2)
    if most < min(COMMON_WORDS, len(words)) or most == second:
        if len(words) <= COMMON_WORDS:
            return None
        likely = _likely(text)
        code = max((code for code in likely if code != ENGLISH), key=lambda code: likely[code])
        hinted = counts[code] > 0 or any(letter.isalpha() and not letter.isascii() for letter in text)
        enough = hinted or (len(words) >= ENOUGH_WORDS and english <= UNKNOWN_SHARE)
        if not enough or likely[code] - likely[ENGLISH] < (SURE_WITH_HINT if hinted else SURE):
            return None
    return code if code in languages() else None


@lru_cache(maxsize=32)
def _own_words(code: str) -> frozenset[str]:
    """The commonest words of a language, without those that English has too."""
    words = common().others[code] if code in common().others else languages()[code].words
    return frozenset(plainly(word) for word in words) - english_words()


@lru_cache(maxsize=1)
def _library() -> LanguageDetector:
    """The library's detector, for the languages that no script tells apart. Its small models: a tenth of the memory."""
    by_script = {codes[0] for codes in common().scripts.values() if len(codes) == 1}
    codes = (*(code for code in languages() if code not in by_script), *common().others)
    return (
        LanguageDetectorBuilder.from_iso_codes_639_1(*(getattr(IsoCode639_1, code.upper()) for code in codes))
        .with_low_accuracy_mode()
        .build()
    )


def _likely(text: str) -> dict[str, float]:
    """How likely the library takes each language to be; together 1."""
    values = _library().compute_language_confidence_values(text)
    return {value.language.iso_code_639_1.name.lower(): value.value for value in values}
