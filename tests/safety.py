"""What every reply must be, said independently of the code that makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from bot.channels.http import as_json
from bot.settings import ROOT
from bot.wording.reply import Reply

FIXED = "This tool does not diagnose. It cannot see you. Please contact the clinician who treated you."
FRAME = (FIXED, "+1 555 010 0123", "911", "Trouble or noise when you breathe")
FRAMED = ("assessment", "answer", "fallback")
# An emergency that was said before is said again in short: what to call, also after a cry for help.
LINES = ("Call 911 now.", "Right now, call 988", "Right now, call 1-800-222-1222", "Call your maternity unit now.")
# The answer to a cry for help leaves out the list of warning signs.
CRIES = (
    *("self_harm", "overdose", "calls_for_help", "unconscious", "blue_lips", "bleeding", "swallowed_or_stuck"),
    *("pregnancy_crisis", "floppy_baby"),
)
KINDS = (*FRAMED, "question", "info")
LEVELS = ("routine", "few_days", "same_day", "emergency")


def shapes(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """Replies as REST sends them."""
    return [as_json(reply) for reply in replies]


def assert_safe(replies: list[dict[str, Any]]) -> None:
    """Something is said, each reply is of a known kind, and each that needs the frame has it."""
    assert replies
    for reply in replies:
        assert reply["text"].strip()
        assert reply["custom"]["type"] in KINDS
        cry = any(reason["rule"] in CRIES for reason in reply["custom"].get("reasons", ()))
        short = cry or (reply["custom"].get("standing") == "emergency" and reply["custom"]["type"] == "assessment")
        if reply["custom"]["type"] in FRAMED:
            frame = _frame(reply["custom"].get("language"))
            assert [part for part in (frame[:3] if short else frame) if part not in reply["text"]] == []
        if "standing" in reply["custom"]:
            assert reply["text"].startswith(LINES)
            assert reply["custom"]["type"] != "question"


def _frame(language: str | None) -> tuple[str, ...]:
    """What a reply in a language must have; in English where the language has no folder."""
    file = ROOT / "data" / "languages" / (language or "en") / "emergency.yml"
    if not file.is_file():
        return FRAME
    texts = yaml.safe_load(file.read_text(encoding="utf-8"))
    return (texts["fixed"], "+1 555 010 0123", "911", texts["warning_signs"]["breathing"])


def assert_answers_what_is_odd(replies: list[dict[str, Any]]) -> None:
    """Safe, and one of the replies shows the warning signs."""
    assert_safe(replies)
    assert any(reply["custom"]["type"] in FRAMED for reply in replies)


def kinds(replies: list[dict[str, Any]]) -> list[str]:
    return [reply["custom"]["type"] for reply in replies]


def levels(replies: list[dict[str, Any]]) -> list[str]:
    """The levels of the assessments among the replies."""
    return [reply["custom"]["level"] for reply in replies if reply["custom"]["type"] == "assessment"]
