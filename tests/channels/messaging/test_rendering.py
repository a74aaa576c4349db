from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.messaging.platform import Choice, Limits, Part
from bot.channels.messaging.rendering import length, numbers_stand_for, parts, split
from bot.wording.reply import Button, Reply

HOW = "Reply with a number."
UNITS = st.sampled_from(["characters", "utf16", "escaped"])
# Words, ends of sentences and of lines, characters that count as more than one, and rubbish.
MIXED = st.sampled_from(["word", "Stop.", "\n", "\n\n", " ", "🙂", "&", "<b>", "é", "x" * 30, "“No?” "])
TEXTS = st.lists(MIXED, max_size=60).map(" ".join) | st.text(max_size=200)


@given(TEXTS, st.integers(8, 60), UNITS)
def test_no_piece_is_too_long_and_no_word_is_lost(text: str, longest: int, units: str) -> None:
    pieces = split(text, longest, units)
    assert pieces
    assert all(length(piece, units) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(pieces) or not text.strip()


@pytest.mark.parametrize(
    ("text", "longest", "pieces"),
    [
        ("One. Two. Three.", 100, ["One. Two. Three."]),
        ("One is here. Two is there. Three.", 28, ["One is here. Two is there.", "Three."]),
        ("First paragraph here.\n\nSecond one. And more of it.", 34, ["First paragraph here.", "Second one. And more of it."]),
        ("- one thing\n- another thing\n- more", 29, ["- one thing\n- another thing", "- more"]),
        ("no sentence ends in here at all", 20, ["no sentence ends in", "here at all"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("", 10, [""]),
    ],
)
def test_it_is_cut_where_a_reader_would(text: str, longest: int, pieces: list[str]) -> None:
    assert split(text, longest) == pieces


def test_lengths_are_those_of_the_platform() -> None:
    assert [length("a🙂&<", units) for units in ("characters", "utf16", "escaped")] == [4, 5, 11]
    assert split("🙂" * 6, 8, "utf16") == ["🙂" * 4, "🙂" * 2]


def reply(*titles: str, text: str = "Which side?", custom: dict[str, str] | None = None) -> Reply:
    return Reply(text=text, buttons=tuple(Button(title, title) for title in titles), custom=custom)


@pytest.mark.parametrize(
    ("titles", "limits", "shown"),
    [
        (("Left", "Right"), Limits(text=100, choices=3), True),
        (("Left", "Right", "Both", "Not sure"), Limits(text=100, choices=3), False),
        (("A title that is longer than it may be",), Limits(text=100, choices=3, choice_title=20), False),
        (("Left",), Limits(text=100, choices=3, choice_payload=3), False),
        # 64 bytes are fewer characters where each takes two.
        (("é" * 33,), Limits(text=100, choices=3, choice_title=64, choice_payload=64), False),
        (("é" * 32,), Limits(text=100, choices=3, choice_title=64, choice_payload=64), True),
        (("Left",), Limits(text=100), False),
    ],
)
def test_buttons_are_all_shown_in_full_or_all_are_numbered(titles: tuple[str, ...], limits: Limits, shown: bool) -> None:
    said = reply(*titles)
    *_, last = parts(said, limits, HOW)
    if shown:
        assert last == Part("Which side?", tuple(Choice(title, title) for title in titles))
        assert numbers_stand_for(said, limits) == ()
    else:
        rows = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
        assert last == Part(f"Which side?\n\n{rows}\n\n{HOW}")
        assert numbers_stand_for(said, limits) == titles


def test_the_buttons_stand_under_the_last_piece_which_may_have_to_be_shorter() -> None:
    limits = Limits(text=40, choices=3, text_with_choices=20)
    said = parts(reply("Yes", "No", text="This is a first sentence. This is a second one."), limits, HOW)
    assert [part.text for part in said] == ["This is a first sentence.", "This is a second", "one."]
    assert [bool(part.choices) for part in said] == [False, False, True]


def test_who_asks_for_a_person_is_handed_over_after_the_last_piece() -> None:
    limits = Limits(text=12)
    said = parts(reply(text="Call us now. We are here.", custom={"type": "info", "id": "human"}), limits, HOW)
    assert [part.human for part in said] == [False] * (len(said) - 1) + [True]
    assert not any(part.human for part in parts(reply(custom={"type": "info", "id": "greeting"}), limits, HOW))
