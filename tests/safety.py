"""What every reply must be, said independently of the code that makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.http import as_json
from bot.wording.reply import Reply

FIXED = "This tool does not diagnose. It cannot see you. Please contact the clinician who treated you."
FRAME = (FIXED, "+1 555 010 0123", "911", "Trouble or noise when you breathe")
FRAMED = ("assessment", "answer", "fallback")
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
        if reply["custom"]["type"] in FRAMED:
            assert [part for part in FRAME if part not in reply["text"]] == []


def assert_answers_what_is_odd(replies: list[dict[str, Any]]) -> None:
    """Safe, and one of the replies shows the warning signs."""
    assert_safe(replies)
    assert any(reply["custom"]["type"] in FRAMED for reply in replies)


def kinds(replies: list[dict[str, Any]]) -> list[str]:
    return [reply["custom"]["type"] for reply in replies]


def levels(replies: list[dict[str, Any]]) -> list[str]:
    """The levels of the assessments among the replies."""
    return [reply["custom"]["level"] for reply in replies if reply["custom"]["type"] == "assessment"]
