"""What the replies of a turn are checked for. Each check returns what came instead, or None when it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.scripts.model import Check, Failure, Heard
from bot.wording.frame import FRAMED_TYPES, faults
from bot.wording.speaker import Speaker

_Checker = Callable[[Any, Heard, Speaker], str | None]
_NOTHING = "(nothing)"


def failure(check: Check, heard: Heard, speaker: Speaker) -> Failure | None:
    """How `check` fails for a turn; None when it holds."""
    came = CHECKS[check.kind](check.expected, heard, speaker)
    return None if came is None else Failure(check.kind, check.expected, came, check.place)


def unexpected_breakdown(heard: Heard) -> bool:
    """Whether the safe fallback stands in for a failed action or for a reply that the frame stopped: never as intended."""
    return "failed" in heard.texts


def _contains(expected: str, heard: Heard, speaker: Speaker) -> str | None:
    return None if _plain(expected) in _plain(heard.text) else heard.text


def _lacks(expected: str, heard: Heard, speaker: Speaker) -> str | None:
    return heard.text if _plain(expected) in _plain(heard.text) else None


def _matches(expected: str, heard: Heard, speaker: Speaker) -> str | None:
    return None if re.search(expected, heard.text) else heard.text


def _plain(text: str) -> str:
    """Line ends and runs of spaces do not matter."""
    return " ".join(text.split())


def _level(expected: str, heard: Heard, speaker: Speaker) -> str | None:
    level = heard.assessment["level"] if heard.assessment else f"no assessment, but {_shown(heard)}"
    return None if level == expected else level


def _no_assessment(expected: bool, heard: Heard, speaker: Speaker) -> str | None:
    return f"level {heard.assessment['level']}" if heard.assessment else None


def _question(expected: str, heard: Heard, speaker: Speaker) -> str | None:
    return None if heard.question == expected else heard.question or f"no question, but {_shown(heard)}"


def _no_question(expected: bool, heard: Heard, speaker: Speaker) -> str | None:
    return heard.question


def _utter(expected: str, heard: Heard, speaker: Speaker) -> str | None:
    return None if expected in heard.texts else _shown(heard)


def _topic(expected: str, heard: Heard, speaker: Speaker) -> str | None:
    return None if expected in heard.topics else _shown(heard)


def _concepts(expected: list[str], heard: Heard, speaker: Speaker) -> str | None:
    return _missing(expected, _concepts_of(heard))


def _lacks_concepts(expected: list[str], heard: Heard, speaker: Speaker) -> str | None:
    return _present(expected, _concepts_of(heard))


def _concepts_of(heard: Heard) -> list[str]:
    return [concept for kind in ("assessment", "question") for part in heard.parts(kind) for concept in part["concepts"]]


def _rules(expected: list[str], heard: Heard, speaker: Speaker) -> str | None:
    return _missing(expected, heard.rules)


def _lacks_rules(expected: list[str], heard: Heard, speaker: Speaker) -> str | None:
    return _present(expected, heard.rules)


def _buttons(expected: list[str], heard: Heard, speaker: Speaker) -> str | None:
    return _missing(expected, [button.title for reply in heard.replies for button in reply.buttons])


def _missing(expected: list[str], came: list[str]) -> str | None:
    missing = [item for item in expected if item not in came]
    return f"{_listed(came)}; missing: {_listed(missing)}" if missing else None


def _present(unwanted: list[str], came: list[str]) -> str | None:
    return _listed(came) if any(item in came for item in unwanted) else None


def _listed(items: list[str]) -> str:
    return ", ".join(items) or _NOTHING


def _frame(expected: bool, heard: Heard, speaker: Speaker) -> str | None:
    framed = [reply for reply in heard.replies if (reply.custom or {}).get("type") in FRAMED_TYPES]
    if not framed:
        return f"no reply that needs the frame, but {_shown(heard)}"
    wrong = [fault for reply in heard.replies for fault in faults(reply, speaker)]
    return ", ".join(wrong) or None


def _slot(expected: tuple[str, ...], heard: Heard, speaker: Speaker) -> str | None:
    name, *values = expected
    came = heard.slots.get(name)
    holds = _within(values[0], came) if values else came is not None
    return None if holds else f"{name}: {came}"


def _within(expected: Any, came: Any) -> bool:
    """Whether a slot has the expected value; of a mapping only the keys that are given count."""
    if isinstance(expected, dict) and isinstance(came, dict):
        return all(key in came and _within(value, came[key]) for key, value in expected.items())
    return bool(expected == came)


def _shown(heard: Heard) -> str:
    """What the replies of a turn are, in a few words."""
    parts = []
    for reply in heard.replies:
        custom = reply.custom or {}
        name = custom.get("level") or custom.get("id") or custom.get("reason") or custom.get("topic") or "text"
        parts.append(f"{custom.get('type', 'text')} {name}")
    return " and ".join(parts) or _NOTHING


CHECKS: dict[str, _Checker] = {
    "bot": _contains,
    "utter": _utter,
    "slot": _slot,
    "level": _level,
    "no_assessment": _no_assessment,
    "question": _question,
    "no_question": _no_question,
    "topic": _topic,
    "concepts": _concepts,
    "lacks_concepts": _lacks_concepts,
    "rules": _rules,
    "lacks_rules": _lacks_rules,
    "buttons": _buttons,
    "frame": _frame,
    "text_contains": _contains,
    "text_lacks": _lacks,
    "text_matches": _matches,
}
