from __future__ import annotations

from bot.understanding.words import Phrases


def test_the_words_of_a_text_are_not_kept() -> None:
    phrases = Phrases([("drooping", ["my eyelid droops"])])
    phrases.find("one text")
    known = len(phrases._vocab.strings)
    for number in range(50):
        assert phrases.find(f"my eyelid droops unheardof{number}")[1]
    assert len(phrases._vocab.strings) == known
