"""The widget's own texts are as plain as all others."""

from __future__ import annotations

import json
import re

import pytest

from bot.knowledge import plain
from bot.settings import ROOT
from tests.wording.speakers import hard_parts

STRINGS = json.loads((ROOT / "web" / "src" / "strings.en.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", STRINGS)
def test_every_text_is_plain(name: str) -> None:
    text = re.sub(r"\{\w+\}", "911", STRINGS[name])
    assert hard_parts(text) == {}
    assert plain.found(text) == []


@pytest.mark.parametrize("page", ["index.html", "embed.html"])
def test_what_stands_there_without_javascript_is_plain(page: str) -> None:
    shown = (ROOT / "web" / page).read_text(encoding="utf-8").split("<aftercheck-chat")[1].split("</aftercheck-chat>")[0]
    for text in re.findall(r"<p>(.*?)</p>", shown):
        assert plain.found(re.sub(r"<[^>]+>|\{\{\w+\}\}", "", text)) == []
