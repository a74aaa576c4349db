"""Every place of the widget's picture is understood as a place: its side, its area, and no symptom."""

from __future__ import annotations

import json
import re

import pytest

from bot.settings import ROOT
from bot.understanding.read import read

WEB = ROOT / "web" / "src"
STRINGS = json.loads((WEB / "strings.en.json").read_text(encoding="utf-8"))
# The areas of the pack that the places are in. The others are not treated by themselves.
AREAS = {
    "forehead": "forehead",
    "between_eyebrows": "glabella",
    "crows_feet": "crows_feet",
    "upper_lip": "lower_face",
    "mouth_corner": "lower_face",
    "chin": "lower_face",
    "jaw": "masseter",
    "neck": "platysma",
    "underarm": "underarms",
}


def places() -> list[str]:
    """The ids of the places, as web/src/regions.ts makes them."""
    named = re.findall(r'(both\(\[|middle\()"(\w+)"', (WEB / "regions.ts").read_text(encoding="utf-8"))
    return [id for kind, name in named for id in ([f"right_{name}", f"left_{name}"] if kind == "both([" else [name])]


def sentence(*ids: str) -> str:
    """What the picture writes for these places."""
    return str(STRINGS["where_sentence"]).replace("{places}", " and ".join(STRINGS[id] for id in ids))


@pytest.mark.parametrize("place", places())
def test_a_place_is_its_side_and_its_area_and_no_symptom(place: str) -> None:
    side, _, name = place.partition("_")
    reading = read(sentence(place))
    assert reading.side == (side if side in ("left", "right") else None)
    assert reading.mentions == ()
    area = AREAS.get(name if side in ("left", "right", "middle") else place)
    assert reading.areas == ((area,) if area else ())


def test_places_on_both_sides_are_both_sides() -> None:
    assert read(sentence("left_upper_eyelid", "right_upper_eyelid")).side == "both"
    assert read(sentence("left_upper_eyelid", "left_eyebrow")).side == "left"


@pytest.mark.parametrize("more", [" I cannot see.", " It droops.", " and it hurts"])
def test_whatever_else_is_said_is_read(more: str) -> None:
    assert read(sentence("right_eye").rstrip(".") + "." + more).mentions
