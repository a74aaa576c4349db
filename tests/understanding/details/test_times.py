"""Times in everyday words, told on a Thursday."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.details import read_days, read_times

TODAY = date(2024, 5, 16)

DAYS: dict[float | None, list[str]] = {
    0: [
        "today", "just now", "this morning", "earlier today", "since this morning", "10 mins ago", "tonight",
    ],
    1 / 24: [
        "an hour ago", "1 hr ago",
    ],
    0.5: [
        "half a day", "12 hours ago",
    ],
    1: [
        "yesterday", "last night", "since yesterday", "overnight", "24h", "1 day ago", "a day ago",
    ],
    1.5: [
        "a day and a half",
    ],
    2: [
        "the day before yesterday", "2 days ago", "48h", "48 hours", "since tuesday", "a couple of days",
        "a day or two ago",
    ],
    3: [
        "3", "about 3", "three", "3 days", "3d ago", "a few days ago", "the other day", "day 3", "day three",
        "on monday", "mon", "this week", "like 3 days i think", "3 days or so", "3 nights ago", "its been 3 days",
        "im 3 days out", "since 3 days",
    ],
    4: [
        "3 or 4", "3-4 days", "3 to 4 days ago", "sunday",
    ],
    5: [
        "since the weekend", "over the weekend", "last weekend", "5 days post botox", "I'm 5 days post", "saturday",
    ],
    6: [
        "last friday", "on the 10th", "six days ago", "fri",
    ],
    7: [
        "a week", "a week ago", "last week", "a week or so", "just over a week", "thursday", "7 days", "1 wk",
    ],
    10: [
        "10", "ten", "maybe like 10 days", "10 days after", "ten days ago",
    ],
    10.5: [
        "a week and a half", "about a week and a half", "a week and a half ago", "week and a half", "1.5 weeks",
        "1½ weeks ago", "one and a half weeks",
    ],
    13: [
        "on the 3rd of may", "may 3rd", "3 may", "3rd may", "on may the 3rd",
    ],
    14: [
        "2 weeks", "two weeks ago", "a fortnight ago", "a couple of weeks", "couple weeks ago", "2wks", "2w",
        "almost 2 weeks now", "i think 2 weeks", "for 2 weeks", "for weeks",
    ],
    17.5: [
        "two and a half weeks", "2 and a half weeks ago", "2½ weeks", "two n a half weeks",
    ],
    21: [
        "three weeks now", "going on 3 weeks", "about 2-3 weeks ago", "21 days",
    ],
    30: [
        "a month ago", "last month", "over a month",
    ],
    35: [
        "5 weeks and counting", "five weeks",
    ],
    42: [
        "6 weeks today", "it was 6 weeks ago today",
    ],
    365: [
        "a year ago",
    ],
    None: [
        "", "no", "dunno", "a", "a bit", "size 8", "10/10", "7 out of 10", "20 units", "next tuesday", "tomorrow",
        "my review is on monday", "every 3 months", "in 3 days", "the sun hurts my eyes", "I sat down",
        "3 marks on my face", "may i", "my eye droops", "on the 45th", "ages",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("days", "text"), [(days, text) for days, texts in DAYS.items() for text in texts])
def test_days_ago(days: float | None, text: str) -> None:
    assert read_days(text, TODAY) == (pytest.approx(days) if days is not None else None)


@pytest.mark.parametrize(
    ("text", "treated", "onset"),
    [
        ("I had botox 2 weeks ago and my eye started drooping 3 days ago", 14, 3),
        ("my eyelid has been drooping for 3 days since my botox 2 weeks ago", 14, 3),
        ("botox on monday, headache since yesterday", 3, 1),
        ("treated ten days ago; double vision for the past two days", 10, 2),
        ("I got injected last week and now have a rash since this morning", 7, 0),
        ("2 weeks post tox, 2 days of headache", 14, None),
        ("had it done 2 weeks ago, the droop started 3 days after", 14, 11),
        ("had botox a week ago. 3 days later my eye dropped", 7, 4),
        ("it started 2 days after the injections", None, None),
        ("3 days after botox my eyelid dropped", 3, None),
        ("I am 5 days post and my eye is drooping", 5, None),
        ("day 5 and still drooping", 5, None),
        ("it's been 3 days since i had it done", 3, None),
        ("had my forehead done thursday", 7, None),
        ("botox 2 weeks", 14, None),
        ("headache 3 days", None, 3),
        ("my head has hurt since sunday", None, 4),
        ("i have had a headache for two and a half weeks", None, 17.5),
        ("the bruise came the day before yesterday", None, 2),
        ("ive been 3 days in bed", None, 3),
        ("my wedding is in 3 weeks", None, None),
        ("the sun hurts my eyes", None, None),
        ("my eye droops", None, None),
        ("3", None, None),
        ("im 17", None, None),
    ],
)
def test_which_of_the_two_times(text: str, treated: float | None, onset: float | None) -> None:
    assert read_times(text, TODAY) == (treated, onset)


@pytest.mark.parametrize(("name", "days"), [("monday", 7), ("tuesday", 6), ("wednesday", 5), ("saturday", 2), ("sunday", 1)])
def test_a_weekday_is_the_last_one_of_that_name(name: str, days: float) -> None:
    assert read_days(f"since {name}", date(2024, 5, 13)) == days


@given(st.text(max_size=80))
def test_no_text_gives_a_time_to_come(text: str) -> None:
    times = (read_days(text, TODAY), *read_times(text, TODAY))
    assert all(days is None or 0 <= days < 400_000 for days in times)


@given(st.integers(1, 999), st.sampled_from(["days", "weeks", "months"]), st.sampled_from(["ago", "back", ""]))
def test_any_number_of_days(number: int, unit: str, suffix: str) -> None:
    expected = number * {"days": 1, "weeks": 7, "months": 30}[unit]
    assert read_days(f"{number} {unit} {suffix}", TODAY) == expected
