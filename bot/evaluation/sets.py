"""The labelled sets of evaluation/ as typed objects. Their format is described in evaluation/GUIDE.md."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from bot.settings import ROOT
from bot.understanding.reading import Status

FOLDER = ROOT / "evaluation"
MESSAGES = FOLDER / "dev_understanding.jsonl"
VIGNETTES = FOLDER / "dev_vignettes.jsonl"
ALL_VIGNETTES = (VIGNETTES, FOLDER / "unseen_vignettes.jsonl")
CONCEPTS = FOLDER / "concepts.tsv"

LevelName = Literal["routine", "few_days", "same_day", "emergency"]
# A concept and its status: what a set says, and what a reader says, of a message.
Pair = tuple[str, str]
T = TypeVar("T")


class SetError(Exception):
    """A labelled set cannot be used; the message says which line and what is expected."""


class Label(msgspec.Struct, frozen=True):
    """One mention in a labelled message."""

    concept: str
    status: Status


class Message(msgspec.Struct, frozen=True):
    """A message with what it says."""

    id: str
    text: str
    mentions: tuple[Label, ...]
    tags: tuple[str, ...] = ()

    @property
    def labels(self) -> frozenset[Pair]:
        """The mentions as pairs of concept and status."""
        return frozenset((mention.concept, mention.status) for mention in self.mentions)


class Facts(msgspec.Struct, frozen=True):
    """The truth that a careful interview of a simulated patient would find. What is not `present` is denied when asked."""

    treatment: str = "botox"
    areas: tuple[str, ...] | None = None
    days_since_treatment: int | float = 3
    onset_days_ago: int | float = 1
    severity: str | None = None
    course: str | None = None
    sides: str | None = None
    present: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


class Expected(msgspec.Struct, frozen=True):
    """The safe level of contact."""

    level: LevelName


class Vignette(msgspec.Struct, frozen=True):
    """A simulated patient: the first message, the facts and the level that follows from them."""

    id: str
    opening: str
    facts: Facts
    expect: Expected
    why: str = ""


def load_messages(file: Path = MESSAGES) -> list[Message]:
    """The messages of a set. Raises SetError."""
    return load_lines(file, Message)


def load_vignettes(file: Path = VIGNETTES) -> list[Vignette]:
    """The vignettes of a set. Raises SetError."""
    return load_lines(file, Vignette)


def load_levels(file: Path = CONCEPTS) -> dict[str, str]:
    """The level of each concept when it stands alone. Raises SetError."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return {row["id"]: row["level_when_alone"] for row in csv.DictReader(lines, delimiter="\t")}
    except OSError as error:
        raise _unreadable(file, error) from None
    except KeyError as error:
        raise SetError(f"{file}:1: the column {error} is missing; expected the header of evaluation/concepts.tsv") from None


def load_lines(file: Path, kind: type[T], guide: str = "GUIDE.md") -> list[T]:
    """The lines of a file of JSON objects, each of this kind; `guide` of evaluation/ describes it. Raises SetError."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise _unreadable(file, error) from None
    entries = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                entries.append(msgspec.json.decode(line, type=kind))
            except msgspec.DecodeError as error:
                raise SetError(f"{file}:{number}: {error}; the format is in evaluation/{guide}") from None
    if not entries:
        raise SetError(f"{file}: is empty; expected one JSON object a line (evaluation/{guide})")
    return entries


def _unreadable(file: Path, error: OSError) -> SetError:
    return SetError(f"{file}: cannot be read ({error.strerror}); name another file")
