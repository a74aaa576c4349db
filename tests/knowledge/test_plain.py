from __future__ import annotations

import pytest

from bot.knowledge import plain


def test_a_longer_sentence_and_longer_words_are_harder_to_read() -> None:
    easy = plain.reading_age("Your lid is low. It will lift.")
    longer = plain.reading_age("Your lid is low and it will lift when the time for that has come round again.")
    harder = plain.reading_age("Considerable eyelid asymmetry necessitates consultation.")
    assert easy < longer < harder
    assert easy < plain.MAX_READING_AGE < harder


@pytest.mark.parametrize("text", ["", "?!", "123 456"])
def test_a_text_without_words_has_no_reading_age(text: str) -> None:
    assert plain.reading_age(text) == 0.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You probably have an allergy.", ["You probably have"]),
        ("Don’t worry, it is harmless.", ["Don't worry", "harmless"]),
        ("This can be Bell’s palsy.", ["Bell's palsy"]),
        ("Stop taking it.", ["Stop taking"]),
        ("Harmlessness is no word of the list.", []),
        ("The eyelid hangs low. Call the clinic.", []),
    ],
)
def test_forbidden_phrases_are_found_whole_and_in_any_case(text: str, found: list[str]) -> None:
    assert plain.found(text) == found


def test_groups_can_be_chosen() -> None:
    text = "You may have a stroke."
    assert plain.found(text, "concludes") == ["You may have"]
    assert plain.found(text, "illnesses") == ["stroke"]
