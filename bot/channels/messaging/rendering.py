"""A reply as messages of a platform: split where sentences end, buttons as choices or as a numbered list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from bot.channels.messaging.platform import Choice, Limits, Part
from bot.wording.reply import Button, Reply

# Where a text may be cut, the best place first: paragraph, line, sentence, word.
_CUTS = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"(?<=[.!?:”])\s+"), re.compile(r"\s+"))
_HUMAN = "human"
_UNITS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "utf16": lambda text: len(text.encode("utf-16-le")) // 2,
    "escaped": lambda text: len(escape(text, quote=False)),
}


def parts(reply: Reply, limits: Limits, how_to_choose: str) -> tuple[Part, ...]:
    """The messages of a reply, at least one. Choices stand under the last; `how_to_choose` follows a numbered list."""
    shown = _choices(reply.buttons, limits)
    text = reply.text
    if reply.buttons and not shown:
        text = "\n\n".join([text, numbered(reply.buttons), how_to_choose])
    pieces = split(text, limits.text, limits.units)
    if shown and limits.text_with_choices and length(pieces[-1], limits.units) > limits.text_with_choices:
        pieces = [*pieces[:-1], *split(pieces[-1], limits.text_with_choices, limits.units)]
    human = (reply.custom or {}).get("id") == _HUMAN and (reply.custom or {}).get("type") == "info"
    return (*map(Part, pieces[:-1]), Part(pieces[-1], shown, human))


def numbers_stand_for(reply: Reply, limits: Limits) -> tuple[str, ...]:
    """The payloads behind the numbers that the patient is shown; none where there are real buttons."""
    return () if _choices(reply.buttons, limits) else tuple(button.payload for button in reply.buttons)


def numbered(buttons: tuple[Button, ...]) -> str:
    """The buttons as a numbered list."""
    return "\n".join(f"{number}. {button.title}" for number, button in enumerate(buttons, 1))


def _choices(buttons: tuple[Button, ...], limits: Limits) -> tuple[Choice, ...]:
    """The buttons as the platform's own, if it has room for all of them in full."""
    fits = len(buttons) <= limits.choices and all(
        length(button.title, limits.units) <= limits.choice_title and len(button.payload.encode()) <= limits.choice_payload
        for button in buttons
    )
    return tuple(Choice(button.title, button.payload) for button in buttons) if fits else ()


def length(text: str, units: str) -> int:
    """How long a text is as the platform counts."""
    return _UNITS[units](text)


def split(text: str, longest: int, units: str = "characters") -> list[str]:
    """The text in pieces of at most `longest` units, at least one piece; no word is lost, and no character is cut."""
    pieces, rest = [], text.strip()
    while length(rest, units) > longest:
        end = _end(rest, longest, units)
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def _end(text: str, longest: int, units: str) -> int:
    """Where the first piece ends: at the best kind of cut in its second half, else anywhere before the limit."""
    reach = _reach(text, longest, units)
    for cut in _CUTS:
        ends = [end for end in _ends(cut, text, reach) if end >= reach // 2]
        if ends:
            return ends[-1]
    return reach


def _ends(cut: re.Pattern[str], text: str, reach: int) -> Iterator[int]:
    return (match.start() for match in cut.finditer(text, 0, reach + 1) if 0 < match.start() <= reach)


def _reach(text: str, longest: int, units: str) -> int:
    """How many characters of the text fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle], units) <= longest else (low, middle - 1)
    return low
