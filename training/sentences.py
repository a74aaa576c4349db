"""The training sentences: reading them, keeping a part out, and roughing them up as phones and tired thumbs do."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path

CRISES = "self_harm too_much_medicine swallowed_or_stuck unconscious blue_lips bleeding pregnancy floppy_baby".split()
STATUSES = ("present", "absent", "past", "other", "possible")
_NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuiopqsdfghjklaxcvbnmz", strict=True))


@dataclass(frozen=True)
class Sentence:
    """A message and its labels, pairs of concept and status."""

    text: str
    labels: frozenset[tuple[str, str]]


def read_sentences(folder: Path) -> list[Sentence]:
    """All sentences of the .tsv files of a folder: `labels<TAB>message`, labels `concept[:status] ...` or `-`."""
    sentences = []
    for file in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            labels, tab, text = line.partition("\t")
            if not tab or not text.strip():
                raise SystemExit(f"{file}:{number}: expected `labels<TAB>message`")
            pairs = [(name, status or "present") for name, _, status in (part.partition(":") for part in labels.split())]
            sentences.append(Sentence(text, frozenset(pair for pair in pairs if pair[0] != "-")))
    return sentences


def held_out(sentence: Sentence, percent: int = 10) -> bool:
    """Whether a sentence is kept out of training, to choose thresholds: a fixed part, by the hash of its text."""
    return hashlib.sha256(sentence.text.encode()).digest()[0] * 100 // 256 < percent


def read_crises(folder: Path) -> list[tuple[frozenset[str], str]]:
    """The sentences of data/understanding/crisis with their kinds (none for a near miss)."""
    sentences = []
    for file in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            kinds, tab, text = line.partition("\t")
            named = frozenset(kinds.split(",")) - {"-"}
            if not tab or not text.strip() or named - set(CRISES):
                raise SystemExit(f"{file}:{number}: expected `kind<TAB>sentence`; kinds: {', '.join(CRISES)} or -")
            sentences.append((named, text))
    return sentences


def set_aside(text: str, percent: int = 15) -> bool:
    """Whether a sentence only helps to choose the thresholds of the head for cries: a fixed part, by the hash of its text."""
    return hashlib.sha256(text.encode()).digest()[1] * 100 // 256 < percent


def roughen(text: str, rng: random.Random) -> str:
    """The same message with a slip or two: punctuation left out; a letter dropped, doubled, swapped or mistyped."""
    if rng.random() < 0.20:
        text = re.sub(r"[.,;:!?]+", " " if rng.random() < 0.5 else "", text)
    slips = rng.choices((0, 1, 2), (0.7, 0.2, 0.1))[0]
    for _ in range(slips):
        places = [i for i, c in enumerate(text[:-1]) if c.isalpha() and text[i + 1].isalpha()]
        if not places:
            break
        i = rng.choice(places)
        kind = rng.randrange(4)
        slip = ("", text[i] * 2, text[i + 1] + text[i], _NEIGHBOURS.get(text[i].lower(), text[i]))[kind]
        text = text[:i] + slip + text[i + (2 if kind == 2 else 1) :]
    return text


JOINS = (". ", " ", ", ", " and ", "... ", " also ", "\n", " - ", "! ", "; ")


def joined(one: Sentence, two: Sentence, rng: random.Random) -> Sentence:
    """Two messages sent as one."""
    return Sentence(one.text.rstrip(".! ") + rng.choice(JOINS) + two.text, one.labels | two.labels)
