"""The two replies in another language: what to do in general, and an emergency that was heard. Both carry the frame."""

from __future__ import annotations

import string
from collections.abc import Iterable

from bot.knowledge.model import Crisis, Pack
from bot.understanding.language_data import ENGLISH, Language, languages

# The `reason` of the general reply's machine-readable part.
OTHER_LANGUAGE = "other_language"


class InLanguage:
    """Says what is known in one language, for one clinic. A language without a folder is answered in English."""

    def __init__(self, code: str | None, pack: Pack, names: dict[str, str]) -> None:
        self.texts: Language = languages().get(code or ENGLISH, languages()[ENGLISH])
        self._pack = pack
        number = names["emergency"] if names["emergency"][:1].isdigit() else self.texts.local_number
        self._names = {**names, "emergency": number}

    def fill(self, text: str) -> str:
        """A text with the clinic's names filled in."""
        return text.format(**self._names)

    def parts(self) -> dict[str, list[str]]:
        """The parts of the frame in this language, by what they are."""
        return {
            "the fixed sentence": [self.texts.fixed],
            "the way to the clinic": [self.fill(self.texts.contact)],
            "the emergency number": [self._names["emergency"]],
            "the warning signs": [self.texts.warning_signs[flag.id] for flag in self._pack.red_flags],
        }

    @property
    def action(self) -> str:
        """What is said first when an emergency was heard."""
        return self.fill(self.texts.action)

    def general(self) -> str:
        """When to call for help at once; then, that only English is read, and how to reach the clinic."""
        return self._framed("", self.texts.urgent)

    def cries(self, kinds: Iterable[Crisis]) -> tuple[str, ...]:
        """What is said to cries for help, line by line, without the lines whose number the clinic's country lacks."""
        lines = (line for kind in kinds for line in self.texts.cries.get(kind, ()))
        return tuple(self.fill(line) for line in lines if all(self._names[name] for name in _named(line)))

    def emergency(self, kinds: Iterable[Crisis] = (), beside: bool = True) -> str:
        """The answer to an emergency that was heard. To cries for help of these `kinds`, without the list of other signs,
        which would hide what to do; and about the treatment only where a symptom was told `beside` them."""
        said = "\n".join(self.cries(kinds))
        if not said:
            return self._framed(f"{self.action}\n\n{self.texts.reason}\n\n", self.texts.also)
        return "\n\n".join((self.action, said, *((self.texts.reason,) if beside else ()), *self._closing()))

    def _framed(self, opening: str, heading: str) -> str:
        signs = "\n".join(f"- {sign}" for sign in self.parts()["the warning signs"])
        return opening + "\n\n".join((self.fill(heading) + "\n" + signs, *self._closing()))

    def _closing(self) -> tuple[str, ...]:
        return self.fill(self.texts.offer), self.fill(self.texts.contact), self.texts.fixed


def _named(text: str) -> list[str]:
    """The names in {braces} of a text."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]
