from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.normalise import normalise, with_offsets

# Letters with accents, ligatures, stretched letters, odd spaces, dashes, emoji and invisible characters.
ODD = st.text(alphabet=st.sampled_from("aabbß éÉñﬁ½ '’`´—–-\u00a0\u200b\u00ad\n\t👍🏽İſ.!?1"), max_size=40)
ANY = st.one_of(st.text(max_size=60), ODD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Can’t   swallow", "cant swallow"),
        ("  CAN'T  ", "cant"),
        ("soooo tired", "soo tired"),
        ("too", "too"),
        ("café naïve", "cafe naive"),
        ("ﬁne", "fine"),
        ("line\none\ttwo", "line one two"),
        ("a—b – c", "a-b - c"),
        ("dou\u200bble vi\u00adsion", "double vision"),
        ("100%", "100%"),
        ("", ""),
        (" \n ", ""),
        ("👍", "👍"),
    ],
)
def test_text_as_the_matchers_see_it(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(ANY)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(ANY)
def test_every_character_comes_from_the_message_in_order(text: str) -> None:
    normalised = with_offsets(text)
    assert len(normalised.origin) == len(normalised.text)
    assert list(normalised.origin) == sorted(normalised.origin)
    assert all(0 <= offset < len(text) for offset in normalised.origin)


@given(ANY, st.data())
def test_every_span_points_into_the_message(text: str, data: st.DataObject) -> None:
    normalised = with_offsets(text)
    start = data.draw(st.integers(0, len(normalised.text)))
    end = data.draw(st.integers(start, len(normalised.text)))
    first, last = normalised.span(start, end)
    assert 0 <= first <= last <= len(text)
    if end > start:
        assert first < last
        assert set(normalised.text[start:end]) - {" "} <= set(normalise(text[first:last]))


@given(ANY, st.integers(0, 100), st.integers(0, 100))
def test_a_span_beyond_the_text_ends_with_it(text: str, start: int, more: int) -> None:
    first, last = with_offsets(text).span(start, start + more)
    assert 0 <= first <= last <= len(text)


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("My eye-lid   can’t  open", "cant open", "can’t  open"),
        ("it’s SOOOO sore!", "soo sore", "SOO"),
        ("I’m ﬁne", "fine", "ﬁne"),
    ],
)
def test_what_is_found_is_shown_as_it_was_written(text: str, words: str, shown: str) -> None:
    normalised = with_offsets(text)
    start = normalised.text.index(words)
    first, last = normalised.span(start, start + len(words))
    assert text[first:last].startswith(shown)
