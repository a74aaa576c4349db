"""Hears cries for help: a small head (training/crisis.py) on what the trained reader's encoder makes of each word.

A few members, whose logits are averaged, look for each kind at the words that matter to it and at all words together; a bag of
the pieces of words helps with slips. A message is read as a whole and by its sentences, so that a cry in the middle of a
long story is heard.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.knowledge.load import DATA
from bot.settings import SettingsError

FOLDER = DATA / "understanding" / "model"
FILE = "crisis.npz"
ABOUT = "crisis.json"
Floats = npt.NDArray[np.float32]
# Pieces of words share this many numbers.
PLACES = 16384
# A phrase of so many words is hardly said by chance: it lowers the logit that is needed by so much more.
CLEAR, CLEARER = 3, 3.0
_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[^.!?;\n]+")
_PIECE = 4
_ARRAYS = "inner inner_bias outer outer_bias pooled pooled_bias told told_bias bag bias".split()


class CrisisModelError(SettingsError):
    """The head cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Kind:
    """How sure the head must be of one kind, by itself and with a phrase of the pack in the text, in logits."""

    name: str
    alone: float
    with_phrase: float


def spans(text: str) -> list[tuple[int, int]]:
    """Where to look: the whole text and, where there are several, each of its sentences (offsets)."""
    sentences = [(m.start(), m.end()) for m in _SENTENCE.finditer(text) if m[0].strip()]
    return [(0, len(text)), *(sentences if len(sentences) > 1 else ())]


def places(text: str) -> list[int]:
    """The numbers of the words, the pairs of words and the pieces of words of a normalized text, each once."""
    words = _WORD.findall(text)
    pairs = (f"{one} {two}" for one, two in itertools.pairwise(words))
    return sorted({crc32(each.encode()) % PLACES for each in (*words, *pairs, *_pieces(words))})


def _pieces(words: list[str]) -> Iterator[str]:
    for word in words:
        whole = f"<{word}>"
        yield from (f"#{whole[i : i + _PIECE]}" for i in range(max(1, len(whole) - _PIECE + 1)))


class CrisisHead:
    """The trained head. `kinds` are its kinds, with what is enough for each."""

    def __init__(self, reader_sha256: str, folder: Path = FOLDER) -> None:
        restore = f"restore it with `git checkout -- {folder}`"
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            self.kinds = tuple(Kind(**kind) for kind in about["kinds"])
            trained_on = about["reader_sha256"]
            with np.load(folder / FILE) as file:
                self._arrays: dict[str, Floats] = {name: file[name].astype(np.float32) for name in _ARRAYS}
        except OSError as error:
            raise CrisisModelError(f"{error.filename}: {error.strerror}; {restore}") from None
        except (ValueError, TypeError, KeyError):
            raise CrisisModelError(f"{folder / ABOUT} or {FILE} is broken; {restore}") from None
        if trained_on != reader_sha256:
            raise CrisisModelError(f"{folder / FILE} was trained for another reader.onnx; run training/crisis.py")

    def scores(self, text: str, hidden: Floats, offsets: list[tuple[int, int]]) -> Floats:
        """The highest logit of each kind in a normalized text. `hidden` and `offsets` are those of its tokens."""
        w = self._arrays
        words = _gelu(hidden @ w["inner"] + w["inner_bias"][:, None]) @ w["outer"] + w["outer_bias"][:, None]
        looks, says = np.split(words, 2, axis=2)
        found = []
        for start, end in spans(text):
            rows = [i for i, (begin, to) in enumerate(offsets) if (start, end) == (0, len(text)) or start <= begin < to <= end]
            if not rows:
                continue
            weights = np.exp(looks[:, rows] - looks[:, rows].max(1, keepdims=True))
            attended = (weights * says[:, rows]).sum(1) / weights.sum(1)
            ends = np.concatenate([hidden[rows].mean(0), hidden[rows].max(0)])[None, None]
            whole = _gelu(ends @ w["pooled"] + w["pooled_bias"][:, None]) @ w["told"] + w["told_bias"][:, None]
            found.append((attended + whole[:, 0]).mean(0) + _together(w["bag"][places(text[start:end])]) + w["bias"])
        return np.asarray(np.max(found, axis=0) if found else np.full(len(self.kinds), -np.inf), dtype=np.float32)

    def heard(self, scores: Floats, said: Mapping[str, int]) -> tuple[str, ...]:
        """The kinds that these scores are enough for. `said` has the kinds of which the text holds a phrase, and its words."""
        needed = (kind.alone if kind.name not in said else kind.with_phrase for kind in self.kinds)
        enough = (least - CLEARER * (said.get(kind.name, 0) >= CLEAR) for kind, least in zip(self.kinds, needed, strict=True))
        return tuple(kind.name for kind, score, least in zip(self.kinds, scores, enough, strict=True) if score >= least)


def _together(rows: Floats) -> Floats:
    """The sum of the rows by the root of their number: a long sentence does not drown the head."""
    return np.asarray(rows.sum(0) / max(1.0, len(rows)) ** 0.5, dtype=np.float32)


def _gelu(x: Floats) -> Floats:
    return np.asarray(0.5 * x * (1.0 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), dtype=np.float32)
