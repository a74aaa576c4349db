"""Which options of a question a short reply names: by their titles, by their places ("2", "the second one") or as "both"."""

from __future__ import annotations

import re

from bot.triage.interview import Ask, Option
from bot.understanding.normalise import normalise

_WORD = re.compile(r"[a-z0-9]+")
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth".split()
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve thirteen".split()
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_FILLERS = frozenset("the number nr option answer and or its it is i think have id say please also plus yes".split())
# "No. 2" is the second of a list, and no "no".
_NUMERO = ("no", "nos")
_BOTH = re.compile(r"(?:yes )?(?:i have |its )?both(?: of (?:them|these|those))?")
_ALL = re.compile(r"(?:yes )?(?:i have )?(?:all|everything)(?: of (?:them|these|those|the above)| three| four| five)?")
_LAST = -1


def chosen_options(text: str, ask: Ask) -> tuple[Option, ...]:
    """The options of `ask` that a reply names and says nothing more, in their order; empty when it is no such reply."""
    said = " ".join(_WORD.findall(normalise(text)))
    named = tuple(option for option in ask.options if said and said in _names(option))
    if named or ask.answers != "choice":
        return named
    plain = any(option.value for option in ask.options)
    if not plain and (_ALL.fullmatch(said) or (_BOTH.fullmatch(said) and len(ask.options) == 2)):
        return ask.options
    # A number is a degree there, from 0 to 10.
    places = _places(said.split(), numbers=ask.kind != "severity")
    options = tuple(ask.options[place] for place in sorted(places) if place < len(ask.options))
    return options if len(options) == len(places) and (len(options) == 1 or not plain) else ()


def _names(option: Option) -> set[str]:
    return {" ".join(_WORD.findall(normalise(name))) for name in (option.title, option.value) if name}


def _places(words: list[str], numbers: bool) -> set[int]:
    """The places, from 0, that the words name; none when they say anything else."""
    places: set[int] = set()
    after_ordinal = False
    for word, following in zip(words, [*words[1:], ""], strict=False):
        ordinal = _ordinal(word)
        if ordinal is not None:
            places.add(ordinal)
        elif word == "one" and after_ordinal:
            pass
        elif numbers and (word in _NUMBERS or (word.isdecimal() and 0 < int(word) < 100)):
            places.add(_NUMBERS.index(word) if word in _NUMBERS else int(word) - 1)
        elif word not in _FILLERS and not (word in _NUMERO and following.isdecimal()):
            return set()
        after_ordinal = ordinal is not None
    return places


def _ordinal(word: str) -> int | None:
    if word == "last":
        return _LAST
    if word in _ORDINALS:
        return _ORDINALS.index(word)
    match = _ORDINAL.fullmatch(word)
    return int(match[1]) - 1 if match and int(match[1]) > 0 else None
