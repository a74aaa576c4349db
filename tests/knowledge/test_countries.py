"""The countries: every line that is given can be called, has a source, and is found by names that belong to one country."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bot.knowledge.load import cached_pack

COUNTRIES = cached_pack().countries
KINDS = ("advice", "crisis", "poison")
LINES = [
    (country, kind, line) for country in COUNTRIES for kind in KINDS if (line := getattr(COUNTRIES[country], f"{kind}_line"))
]
# As it is dialed: digits in groups, perhaps with a star or a hash before them.
_DIALED = re.compile(r"[*#]?\d+(?:[ -]\d+)*")


@pytest.mark.parametrize(("country", "kind", "line"), LINES)
def test_a_line_can_be_dialed_and_has_a_name(country: str, kind: str, line: str) -> None:
    assert _DIALED.fullmatch(line)
    assert getattr(COUNTRIES[country], f"{kind}_line_name")


@pytest.mark.parametrize(("country", "kind"), [(country, kind) for country, kind, _ in LINES if kind != "advice"])
def test_a_source_says_that_it_is_for_this_line(country: str, kind: str) -> None:
    assert f"{kind} line" in {source.section for source in COUNTRIES[country].sources}


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_source_is_for_a_line_that_is_not_there(country: str) -> None:
    named = {source.section for source in COUNTRIES[country].sources}
    assert {kind for kind in KINDS if f"{kind} line" in named} <= {kind for owner, kind, _ in LINES if owner == country}


@pytest.mark.parametrize("country", sorted(set(COUNTRIES) - {"other"}))
def test_a_country_is_found_by_its_own_name(country: str) -> None:
    assert COUNTRIES[country].name.lower() in COUNTRIES[country].names


def test_the_names_are_in_lower_case_and_each_belongs_to_one_country() -> None:
    counted = Counter(name for country in COUNTRIES.values() for name in country.names)
    assert [name for name, count in counted.items() if count > 1 or name != " ".join(name.lower().split())] == []


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("scotland", "gb"),
        ("northern ireland", "gb"),
        ("eire", "ie"),
        ("the states", "us"),
        ("new mexico", "us"),
        ("dubai", "ae"),
    ],
)
def test_what_patients_call_a_country(said: str, country: str) -> None:
    assert [id_ for id_, one in COUNTRIES.items() if said in one.names] == [country]


def test_an_unknown_country_has_no_name_and_no_line() -> None:
    other = COUNTRIES["other"]
    assert (other.names, other.crisis_line, other.poison_line) == ((), None, None)
