"""A knowledge base ten times as large must be read nearly as fast: its phrases are all looked for in one pass."""

from __future__ import annotations

import time

import msgspec

from bot.knowledge.model import Pack
from bot.understanding.read import Reader, reader

TEXTS = (
    "my left eyelid has been drooping since yesterday and everything is doubled",
    "no headache, but the bruise on my forehead is purple and a bit sore when i press on it",
    "hello, how long do i have to wait before i can go to the gym? i had my crows feet done on monday",
)


def tenfold(pack: Pack) -> Pack:
    """The pack with nine more concepts for each one, and nine times as many phrases, all different."""
    concepts = dict(pack.concepts)
    for concept in pack.concepts.values():
        for number in range(9):
            name = f"{concept.id}_{number}"
            phrases = tuple(f"{phrase} {name.replace('_', 'x')}" for phrase in concept.phrases)
            concepts[name] = msgspec.structs.replace(concept, id=name, phrases=phrases)
    return msgspec.structs.replace(pack, concepts=concepts)


def seconds(one: Reader) -> float:
    started = time.perf_counter()
    for text in TEXTS:
        one.read(text)
    return time.perf_counter() - started


def test_ten_times_the_knowledge_costs_at_most_half_as_much_again() -> None:
    small = reader()
    large = Reader(tenfold(small.pack), small.trained)
    assert len(large.pack.concepts) == 10 * len(small.pack.concepts)
    for one in (small, large):
        seconds(one)
    # The fastest of many turns, taken in turn, so that a busy machine slows both.
    pairs = [(seconds(small), seconds(large)) for _ in range(30)]
    assert min(after for _, after in pairs) <= 1.5 * min(before for before, _ in pairs)
