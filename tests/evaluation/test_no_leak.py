"""Nothing that measures the reader may be among what it learned from, not even nearly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.evaluation.sets import FOLDER, load_lines
from bot.settings import ROOT
from bot.understanding.normalise import normalise
from training.sentences import read_crises, read_sentences

# Two messages of one sense share this many of their words at most, by our own count of independently written ones.
MOST_SHARED = 0.7
FEW_WORDS = 4


def words(text: str) -> frozenset[str]:
    return frozenset("".join(c if c.isalnum() else " " for c in normalise(text)).split())


def plain(text: str) -> str:
    """The words alone, between spaces."""
    return " " + " ".join("".join(c if c.isalnum() else " " for c in normalise(text)).split()) + " "


def test_no_evaluation_text_is_among_the_training_sentences() -> None:
    learned = [sentence.text for sentence in read_sentences(ROOT / "data/understanding/sentences")]
    assert_none_is_near(learned, {file.name: texts(file) for file in FOLDER.glob("*_understanding.jsonl")})


def test_no_cry_that_measures_is_among_those_that_the_head_learned_from() -> None:
    learned = [text for _, text in read_crises(ROOT / "data/understanding/crisis")]
    assert_none_is_near(learned, {file.name: texts(file) for file in FOLDER.glob("*_crisis.jsonl")})


def texts(file: Path) -> dict[str, str]:
    """The texts of a labeled set by their ids."""
    return {line["id"]: line["text"] for line in load_lines(file, dict)}


def assert_none_is_near(sentences: Iterable[str], measured: Mapping[str, Mapping[str, str]]) -> None:
    """No measured text stands nearly the same among the sentences."""
    learned = [words(sentence) for sentence in sentences]
    by_word: dict[str, list[int]] = {}
    for place, each in enumerate(learned):
        for word in each:
            by_word.setdefault(word, []).append(place)
    assert measured
    for name, entries in sorted(measured.items()):
        for entry, text in entries.items():
            own = words(text)
            if len(own) < FEW_WORDS:
                continue
            shared: dict[int, int] = {}
            for word in own:
                for place in by_word.get(word, ()):
                    shared[place] = shared.get(place, 0) + 1
            near = [place for place, count in shared.items() if count / len(own | learned[place]) > MOST_SHARED]
            assert not near, f"{name}: {entry} stands nearly the same among the training sentences"
