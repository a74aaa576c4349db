"""Chat in the terminal and keep the conversation as a script."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from bot.scripts.model import Heard
from bot.scripts.play import Talk
from bot.scripts.report import WIDTH, played


async def record(lines: Iterable[str], talk: Talk) -> list[Heard]:
    """Send each line and print the replies, until the lines end."""
    turns = []
    for line in lines:
        if line.strip():
            heard = await talk(line.rstrip("\r\n"))
            print(played(heard), end="\n\n", flush=True)
            turns.append(heard)
    return turns


def as_script(turns: list[Heard]) -> str:
    """The turns as a script that expects what came. Its name is the first message: change it to what it proves."""
    steps = [step for heard in turns for step in ({"user": heard.said}, *_expectations(heard))]
    script = {"test_cases": [{"test_case": turns[0].said, "steps": steps}]}
    return yaml.safe_dump(script, sort_keys=False, allow_unicode=True, width=WIDTH)


def _expectations(heard: Heard) -> list[dict[str, Any]]:
    came: list[dict[str, Any]] = []
    if heard.assessment:
        came.append({"level": heard.assessment["level"]})
        came += [{kind: found} for kind, found in (("concepts", heard.assessment["concepts"]), ("rules", heard.rules)) if found]
    came += [{"topic": topic} for topic in heard.topics]
    if heard.question:
        came.append({"question": heard.question})
    said: list[dict[str, Any]] = [{"utter": text} for text in heard.texts]
    return [*said, *([{"assertions": came}] if came else [])]


def save(turns: list[Heard], file: Path) -> None:
    """Write the script to a new file. Raises FileExistsError when there is one: a recording replaces nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as out:
        out.write(as_script(turns))
