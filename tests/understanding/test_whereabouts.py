from __future__ import annotations

import pytest

from bot.knowledge.load import cached_pack
from bot.understanding.whereabouts import Whereabouts

PLACES = Whereabouts(cached_pack())


@pytest.mark.parametrize(
    ("text", "named", "here"),
    [
        ("I'm in Scotland, what number?", "gb", "gb"),
        ("I’m on holiday in Spain", "es", "es"),
        ("we are visiting the north of France", "fr", "fr"),
        ("I live in Northern Ireland", "gb", "gb"),
        ("im in ireland", "ie", "ie"),
        ("stuck in the USA right now", "us", "us"),
        ("I had my botox done in Spain", "es", None),
        ("what is the number in Germany", "de", None),
        ("I am not in America, I am in Wales", "gb", "gb"),
        ("I am not in America", None, None),
        ("I'm back from Spain", None, None),
        ("can you tell us what to do", None, None),
        ("what number is it in the US", "us", None),
        ("what number is it in the U.S.?", "us", None),
        ("im in the us", None, "us"),
        ("spaniards", None, None),
        ("", None, None),
    ],
)
def test_where_a_message_says_the_patient_is(text: str, named: str | None, here: str | None) -> None:
    assert (PLACES.named(text), PLACES.here(text)) == (named, here)
