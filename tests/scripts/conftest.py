"""What the tests of the script player share: names, a speaker, and a patient's counterpart that needs no agent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.load import cached_pack
from bot.scripts.load import load_scripts
from bot.scripts.model import Case, Heard
from bot.scripts.names import Names, names_of
from bot.scripts.play import Talk
from bot.settings import Clinic
from bot.wording.reply import Button, Reply
from bot.wording.speaker import Speaker


@pytest.fixture(scope="session")
def speaker() -> Speaker:
    clinic = Clinic(name="Test Clinic", phone="555 010", hours="Monday", country="us")
    return Speaker(cached_pack(), clinic)


@pytest.fixture(scope="session")
def names(speaker: Speaker) -> Names:
    return names_of(speaker.pack, speaker.texts)


@pytest.fixture
def load(tmp_path: Path, names: Names) -> Callable[[str], list[Case]]:
    """Loads scripts from a text."""

    def load_text(text: str) -> list[Case]:
        file = tmp_path / "script.yml"
        file.write_text(text, encoding="utf-8")
        return load_scripts([file], names)

    return load_text


def info(key: str, text: str = "words") -> Reply:
    return Reply(text=text, custom={"type": "info", "id": key})


def question(kind: str, *concepts: str, buttons: tuple[str, ...] = ()) -> Reply:
    custom: dict[str, Any] = {"type": "question", "id": kind, "concepts": list(concepts)}
    return Reply(text=f"About {kind}?", buttons=tuple(Button(title, title) for title in buttons), custom=custom)


def assessment(level: str, *concepts: str, rules: tuple[str, ...] = (), text: str = "Call.") -> Reply:
    reasons = [{"rule": rule, "concepts": list(concepts), "source": ""} for rule in (*rules, *(f"{c}.own" for c in concepts))]
    return Reply(text=text, custom={"type": "assessment", "level": level, "concepts": list(concepts), "reasons": reasons})


def talk_of(answers: dict[str, list[Reply]], log: list[str] | None = None) -> Talk:
    """A counterpart that knows what to reply to each message."""

    async def talk(text: str) -> Heard:
        if log is not None:
            log.append(text)
        return Heard(text, tuple(answers[text]), {"said": text})

    return talk
