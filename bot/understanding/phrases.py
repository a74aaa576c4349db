"""Groups of short phrases with choices and gaps, found in the words of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

# A word of a phrase: one of these; None for any word.
_Choice = frozenset[str] | None
_END = "$"


class PhraseGroups:
    """Phrases by the name of their group.

    `a|b` is a choice, a word that ends in `?` may be left out, `*` is any word, and a last `$` wants the end of the text or a
    punctuation mark after the phrase.
    """

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self._rank = {name: rank for rank, name in enumerate(groups)}
        self._by_first: dict[str, list[tuple[str, tuple[_Choice, ...]]]] = {}
        for name, phrases in groups.items():
            for phrase in phrases:
                for variant in _variants(phrase.split()):
                    for word in (variant[0] or ()) if variant else ():
                        self._by_first.setdefault(word, []).append((name, variant))

    def find(self, words: Sequence[str]) -> list[tuple[int, int, str]]:
        """The phrases as (first, last, group) in order; of overlapping ones the longest, then that of the first group."""
        found = [
            (first, first + len(phrase) - (phrase[-1] == frozenset({_END})), name)
            for first, word in enumerate(words)
            for name, phrase in self._by_first.get(word, ())
            if _matches(phrase, words, first)
        ]
        found.sort(key=lambda hit: (hit[0] - hit[1], self._rank[hit[2]], hit[0]))
        taken: set[int] = set()
        kept = []
        for first, last, name in found:
            if taken.isdisjoint(range(first, last)):
                taken.update(range(first, last))
                kept.append((first, last, name))
        return sorted(kept)


def _matches(phrase: tuple[_Choice, ...], words: Sequence[str], first: int) -> bool:
    for index, choice in enumerate(phrase, first):
        word = words[index] if index < len(words) else _END
        if choice is not None and _END in choice:
            word = word if word.isalnum() else _END
        if word == _END and (choice is None or _END not in choice):
            return False
        if choice is not None and word not in choice:
            return False
    return True


def _variants(words: Sequence[str]) -> Iterator[tuple[_Choice, ...]]:
    """A phrase with and without each of its optional words."""
    if not words:
        yield ()
        return
    for tail in _variants(words[1:]):
        if words[0].endswith("?"):
            yield tail
        yield (None if words[0] == "*" else frozenset(words[0].removesuffix("?").split("|"))), *tail
