"""The conversation of the README, said to the real server."""

from __future__ import annotations

import json
import re

from bot.settings import ROOT
from tests.serving import Server

_LINE = re.compile(r"^    (?:(You|Bot)  )? +(.+)$")


def conversation() -> list[tuple[str, list[str]]]:
    """What the patient says in the README, each with what the program says then."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A conversation")[2].partition("\n## ")[0]
    turns: list[tuple[str, list[str]]] = []
    for who, said in (match.groups() for match in map(_LINE.match, text.partition("The levels are")[0].splitlines()) if match):
        if who == "You":
            turns.append((said, []))
        else:
            turns[-1][1].append(said.removesuffix(" ..."))
    return turns


def test_the_readme_shows_what_is_really_said(server: Server) -> None:
    turns = conversation()
    assert len(turns) == 3
    for said, expected in turns:
        answer = server.post("/webhooks/rest/webhook", {"sender": "readme", "message": said})
        replies = json.loads(answer.body)
        text = " ".join(reply["text"] for reply in replies)
        for line in expected:
            assert line in text
