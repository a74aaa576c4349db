"""Nothing that measures the reader may be among what it learned from, not even nearly."""

from __future__ import annotations

from bot.evaluation.sets import FOLDER, load_messages
from bot.settings import ROOT
from bot.understanding.normalise import normalise
from training.sentences import read_sentences

# Two messages of one sense share this many of their words at most, by our own count of independently written ones.
MOST_SHARED = 0.7
FEW_WORDS = 4


def words(text: str) -> frozenset[str]:
    return frozenset("".join(c if c.isalnum() else " " for c in normalise(text)).split())


def test_no_evaluation_text_is_among_the_training_sentences() -> None:
    learned = [words(sentence.text) for sentence in read_sentences(ROOT / "data/understanding/sentences")]
    by_word: dict[str, list[int]] = {}
    for place, each in enumerate(learned):
        for word in each:
            by_word.setdefault(word, []).append(place)
    files = sorted(FOLDER.glob("*_understanding.jsonl"))
    assert files
    for file in files:
        for message in load_messages(file):
            own = words(message.text)
            if len(own) < FEW_WORDS:
                continue
            shared: dict[int, int] = {}
            for word in own:
                for place in by_word.get(word, ()):
                    shared[place] = shared.get(place, 0) + 1
            near = [place for place, count in shared.items() if count / len(own | learned[place]) > MOST_SHARED]
            assert not near, f"{file.name}: {message.id} stands nearly the same among the training sentences"
