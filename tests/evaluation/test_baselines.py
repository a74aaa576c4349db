"""The baselines' own code, as far as it needs none of their environment."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType

import pytest

from bot.evaluation.readers import BASELINES, SCRIPT
from bot.evaluation.sets import load_levels


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("baselines_run", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


run = load()


def test_the_names_are_those_of_the_command() -> None:
    assert set(BASELINES) == set(run.READERS)


def test_every_phrase_belongs_to_a_known_concept() -> None:
    by_concept = json.loads((SCRIPT.parent / "synonyms.json").read_text(encoding="utf-8"))
    assert by_concept.keys() == load_levels().keys()
    assert sum(map(len, by_concept.values())) == 845


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I’m so worried: TENDER   to touch!", {"injection_site_pain": "present"}),
        ("no droopy eyelid", {"eyelid_ptosis": "present"}),
        ("contender to touchdown", {}),
        ("", {}),
    ],
)
def test_phrases_are_found_as_text(text: str, found: dict[str, str]) -> None:
    assert run.Lexical()(text) == found
