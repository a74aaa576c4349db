"""The figures of understanding: from labels and readings to numbers, by the definitions of score_understanding.py."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import get_args

import msgspec

from bot.evaluation.sets import Message, Pair
from bot.understanding.reading import Status

Read = frozenset[Pair]
NOTHING = "nothing"
# Of the normal distribution, 95 % lies within so many standard deviations.
Z = 1.959964


class Score(msgspec.Struct, frozen=True):
    """Counts and what follows from them; precision, recall and F1 are from 0 to 1, 0 where there is nothing to count."""

    right: int
    extra: int
    missed: int
    precision: float
    recall: float
    f1: float


class ConceptScore(msgspec.Struct, frozen=True):
    """How a concept that is present is found. The counters say what stood in the same message instead.

    missed_for  what was read of a message in which this concept was missed (other concepts that are wrong there, or
                this one with another status, `:absent`)
    taken_from  what a message in which this concept was read wrongly says in truth
    """

    score: Score
    missed_for: dict[str, int]
    taken_from: dict[str, int]


class StatusScore(msgspec.Struct, frozen=True):
    """How mentions of a status are found, and which status they were given (`missed` when the concept was not found)."""

    score: Score
    read_as: dict[str, int]


class Figures(msgspec.Struct, frozen=True):
    """All figures of one reader on one set. The names of the first ones are those of score_understanding.py."""

    texts: int
    precision: float
    recall: float
    f1: float
    f1_all_statuses: float
    emergency_recall: float
    emergency_mentions: int
    not_present_read_as_present: float
    not_present_mentions: int
    false_alarm_rate_on_none: float
    none_texts: int
    exact_texts: float
    by_tag: dict[str, Score]
    by_status: dict[str, StatusScore]
    by_concept: dict[str, ConceptScore]


def figures(gold: Sequence[Message], read: Sequence[Read], levels: Mapping[str, str]) -> Figures:
    """Compare what was read with the labels, message by message. `levels` are those of evaluation/concepts.tsv."""
    labels = [message.labels for message in gold]
    truth, found = [present(pairs) for pairs in labels], [present(pairs) for pairs in read]
    overall = score(zip(truth, found, strict=True))
    red = [_red(t, f, levels) for t, f in zip(truth, found, strict=True)]
    denied = [({c for c, _ in pairs} - t, f) for pairs, t, f in zip(labels, truth, found, strict=True)]
    not_present = sum(len(concepts) for concepts, _ in denied)
    none = [bool(f) for pairs, f in zip(labels, found, strict=True) if not pairs]
    return Figures(
        texts=len(gold),
        precision=overall.precision,
        recall=overall.recall,
        f1=overall.f1,
        f1_all_statuses=score(zip(labels, read, strict=True)).f1,
        emergency_recall=_share(sum(hit for hit, _ in red), sum(n for _, n in red)),
        emergency_mentions=sum(n for _, n in red),
        not_present_read_as_present=_share(sum(len(concepts & f) for concepts, f in denied), not_present),
        not_present_mentions=not_present,
        false_alarm_rate_on_none=_share(sum(none), len(none)),
        none_texts=len(none),
        exact_texts=_share(sum(t == f for t, f in zip(truth, found, strict=True)), len(gold)),
        by_tag=_by_tag(gold, truth, found),
        by_status={status: _status_score(status, labels, read) for status in get_args(Status)},
        by_concept=_by_concept(labels, read),
    )


def present(pairs: Iterable[Pair]) -> frozenset[str]:
    """The concepts that are present."""
    return frozenset(concept for concept, status in pairs if status == "present")


def score(pairs: Iterable[tuple[frozenset[str] | Read, frozenset[str] | Read]]) -> Score:
    """Micro-averaged over (truth, found) sets."""
    right = extra = missed = 0
    for truth, found in pairs:
        right += len(truth & found)
        extra += len(found - truth)
        missed += len(truth - found)
    return _score(right, extra, missed)


def _score(right: int, extra: int, missed: int) -> Score:
    precision, recall = _share(right, right + extra), _share(right, right + missed)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(right, extra, missed, precision, recall, f1)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson; from 0 to 1 where nothing was counted."""
    if not of:
        return 0.0, 1.0
    share, squared = hits / of, Z * Z / of
    middle, reach = share + squared / 2, Z * sqrt(share * (1 - share) / of + squared / (4 * of))
    return max(0.0, (middle - reach) / (1 + squared)), min(1.0, (middle + reach) / (1 + squared))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _red(truth: frozenset[str], found: frozenset[str], levels: Mapping[str, str]) -> tuple[int, int]:
    """The emergency concepts of a message: how many were met with any emergency concept, and how many there are."""
    red = [concept for concept in truth if levels.get(concept) == "emergency"]
    alarmed = any(levels.get(concept) == "emergency" for concept in found)
    return (len(red) if alarmed else 0), len(red)


def _by_tag(gold: Sequence[Message], truth: list[frozenset[str]], found: list[frozenset[str]]) -> dict[str, Score]:
    tags = sorted({tag for message in gold for tag in message.tags})
    # A tag that stands twice on a message counts twice, as it does in the scorer.
    return {
        tag: score((t, f) for m, t, f in zip(gold, truth, found, strict=True) for _ in range(m.tags.count(tag))) for tag in tags
    }


def _status_score(status: str, labels: Sequence[Read], read: Sequence[Read]) -> StatusScore:
    def only(pairs: Read) -> Read:
        return frozenset(pair for pair in pairs if pair[1] == status)

    read_as: Counter[str] = Counter()
    for truth, found in zip(labels, read, strict=True):
        for concept, _ in only(truth):
            others = sorted(s for c, s in found if c == concept)
            read_as[status if status in others else others[0] if others else "missed"] += 1
    return StatusScore(score((only(t), only(f)) for t, f in zip(labels, read, strict=True)), dict(read_as.most_common()))


def _by_concept(labels: Sequence[Read], read: Sequence[Read]) -> dict[str, ConceptScore]:
    right, misses, extras = Counter[str](), Counter[str](), Counter[str]()
    missed_for: defaultdict[str, Counter[str]] = defaultdict(Counter)
    taken_from: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for all_truth, all_found in zip(labels, read, strict=True):
        truth, found = present(all_truth), present(all_found)
        missed, extra = truth - found, found - truth
        right.update(truth & found)
        misses.update(missed)
        extras.update(extra)
        for concept in missed:
            missed_for[concept].update(_instead(concept, all_found, extra))
        for concept in extra:
            taken_from[concept].update(_instead(concept, all_truth, missed))
    return {
        concept: ConceptScore(
            _score(right[concept], extras[concept], misses[concept]),
            dict(missed_for[concept].most_common()),
            dict(taken_from[concept].most_common()),
        )
        for concept in sorted({*right, *misses, *extras})
    }


def _instead(concept: str, said: Read, others: frozenset[str]) -> list[str]:
    """What stood there instead of a concept: the concept with another status, else the concepts that are wrong there."""
    statuses = sorted(f":{status}" for name, status in said if name == concept)
    return statuses or sorted(others) or [NOTHING]
