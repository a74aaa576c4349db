"""Which country a message names, and whether it is the one that the patient is in ("I am on holiday in Spain")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bot.knowledge.load import DATA
from bot.knowledge.located import read_yaml
from bot.knowledge.model import Pack
from bot.understanding.normalise import normalise

FILE = DATA / "languages" / "en" / "whereabouts.yml"


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a language before a country's name: for who is there, for who is not, and what may stand between.

    doubtful   names that are words of the language too: they count in capitals, or where somebody is there
    """

    here: tuple[str, ...]
    between: tuple[str, ...]
    elsewhere: tuple[str, ...]
    doubtful: tuple[str, ...]


class Whereabouts:
    """The countries of a pack, ready to be found."""

    def __init__(self, pack: Pack, file: Path = FILE) -> None:
        located = read_yaml(file)
        words = located.convert(Words, located.data)
        self._country = {name: country.id for country in pack.countries.values() for name in country.names}
        # The longer name first: "northern ireland" is not in Ireland.
        names = _any(sorted(self._country, key=len, reverse=True)) if self._country else r"(?!)"
        self._doubtful = words.doubtful
        between = rf"(?:(?:{_any(words.between)}) )*?"
        self._named = re.compile(rf"\b(?P<elsewhere>(?:{_any(words.elsewhere)}) {between})?(?P<name>{names})(?!\w)")
        self._here = re.compile(rf"\b(?:{_any(words.here)}) {between}(?P<name>{names})(?!\w)")

    def named(self, text: str) -> str | None:
        """The id of the country that a message names last, not as one where the patient is not; None when it names none."""
        names = [match["name"] for match in self._named.finditer(normalise(text)) if not match["elsewhere"]]
        return _last(self._country[name] for name in names if name not in self._doubtful or name.upper() in text)

    def here(self, text: str) -> str | None:
        """The id of the country in which a message says that the patient is."""
        return _last(self._country[match["name"]] for match in self._here.finditer(normalise(text)))


def _last(found: Iterable[str]) -> str | None:
    return next(reversed(list(found)), None)


def _any(words: tuple[str, ...] | list[str]) -> str:
    return "|".join(re.escape(word) for word in words)
