"""Finds a body part (or something that the body does) and what is wrong with it, said in the same clause.

"The left lid just won't stay open" holds no lay phrase, but a part (lid) and a finding (won't stay open) that together
mean one concept. data/understanding/composition.yml names the parts, the findings and the pairs that mean a concept.

A clause ends at . ; : ! ? , ( ), at a dash between spaces, at "but", "though", "although", "whereas" and "then", and at an
"and" with which a new part begins ("my lid droops and my mouth is dry"), unless it joins two parts ("lips and tongue are
fat"). The end of a line is no border: normalised text has none.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.load import DATA, cached_pack
from bot.knowledge.located import Located, read_yaml
from bot.understanding.lexicon import Hit
from bot.understanding.normalise import Normalised
from bot.understanding.words import FILLERS, Found, Phrases, Words

COMPOSITION = DATA / "understanding" / "composition.yml"
# Part and finding are at most so many content words apart: 1 for neighbours.
REACH = 7
_BORDER = re.compile(r"[.;:!?,()]|\s-\s")
_BORDER_WORDS = frozenset({"but", "though", "although", "whereas", "then"})
_FORM = re.compile(r"\{(\w+)\}")


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part and a finding, by their names."""

    part: str
    finding: str


class Composition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: words that count for nothing, and what `{name}` in a phrase stands for (`forms:`)."""

    ignored: list[str]
    forms: dict[str, list[str]]
    parts: dict[str, list[str]]
    findings: dict[str, list[str]]
    concepts: dict[str, list[Pair]]


def load_composition(file: Path = COMPOSITION) -> Composition:
    """Read the file. Raises KnowledgeError, with file and line, for what cannot be used in it."""
    located = read_yaml(file)
    for section, kind in (("forms", list[str]), ("parts", list[str]), ("findings", list[str]), ("concepts", list[Pair])):
        entries = located.data.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            located.convert(kind, entry, section, name)
    composition = located.convert(Composition, located.data)
    if problems := list(_problems(located, composition)):
        raise KnowledgeError(problems)
    return composition


class Composer:
    """The pairs of a file, ready to be found. Raises KnowledgeError (see `load_composition`)."""

    def __init__(self, file: Path = COMPOSITION) -> None:
        composition = load_composition(file)
        self._concepts: dict[tuple[str, str], list[str]] = defaultdict(list)
        for concept, pairs in composition.concepts.items():
            for pair in pairs:
                self._concepts[pair.part, pair.finding].append(concept)
        named = {f"part:{name}": phrases for name, phrases in composition.parts.items()}
        named |= {f"finding:{name}": phrases for name, phrases in composition.findings.items()}
        entries = [(name, [one for p in phrases for one in _expand(p, composition.forms)]) for name, phrases in named.items()]
        self._phrases = Phrases(entries, FILLERS.union(composition.ignored))

    def find(self, text: Normalised) -> list[Hit]:
        """The concepts that a pair in `text` means: for each the pair in the fewest words, from its first to its last word."""
        words, found = self._phrases.find(text.text)
        parts, findings = _longest(found, "part:"), _longest(found, "finding:")
        clauses = _clauses(text.text, words, parts)
        firsts = [finding.first for finding in findings]
        hits: dict[str, Hit] = {}
        for part in parts:
            near = slice(bisect_left(firsts, part.first - 2 * REACH), bisect_right(firsts, part.last + REACH))
            for finding in findings[near]:
                if clauses[part.first] != clauses[finding.first] or not 0 < _distance(part, finding) <= REACH:
                    continue
                for concept in self._concepts.get((part.name, finding.name), ()):
                    first, last = min(part.first, finding.first), max(part.last, finding.last)
                    hit = Hit("composition", concept, words.starts[first], words.ends[last - 1], last - first)
                    if concept not in hits or hit.words < hits[concept].words:
                        hits[concept] = hit
        return sorted(hits.values(), key=lambda hit: hit.start)


def _longest(found: list[Found], kind: str) -> list[Found]:
    """The phrases of a kind in the order of the text; of overlapping ones ("lid" in "lower lid") only the longest."""
    own = [Found(f.name.removeprefix(kind), f.first, f.last) for f in found if f.name.startswith(kind)]
    longest: dict[int, int] = defaultdict(int)
    for f in own:
        for word in range(f.first, f.last):
            longest[word] = max(longest[word], f.last - f.first)
    kept = [f for f in own if all(longest[word] == f.last - f.first for word in range(f.first, f.last))]
    return sorted(kept, key=lambda f: f.first)


def _distance(one: Found, other: Found) -> int:
    """How far apart two phrases are: 1 for neighbours, 0 or less if they overlap."""
    return max(one.first - other.last, other.first - one.last) + 1


def _clauses(text: str, words: Words, parts: list[Found]) -> list[int]:
    """The number of the clause of each content word."""
    begins, ends = {part.first for part in parts}, {part.last for part in parts}
    numbers: list[int] = []
    number = previous = 0
    for index, word in enumerate(words.words):
        new_part = word == "and" and index + 1 in begins and index not in ends
        number += new_part or word in _BORDER_WORDS or bool(_BORDER.search(text, previous, words.starts[index]))
        numbers.append(number)
        previous = words.ends[index]
    return numbers


def _expand(phrase: str, forms: dict[str, list[str]]) -> list[str]:
    """A phrase with its `{name}`, if it has one, replaced by each of the forms of that name."""
    form = _FORM.search(phrase)
    return [phrase.replace(form[0], word) for word in forms[form[1]]] if form else [phrase]


def _problems(located: Located, composition: Composition) -> Iterator[Problem]:
    """Names that nothing has: forms in phrases, parts and findings in pairs, concepts in the knowledge pack."""
    for section, entries in (("parts", composition.parts), ("findings", composition.findings)):
        for name, phrases in entries.items():
            for row, phrase in enumerate(phrases):
                form = _FORM.search(phrase)
                if form and form[1] not in composition.forms:
                    yield located.problem("K010", f"`{form[1]}` is not one of `forms:`", section, name, row)
    for concept, pairs in composition.concepts.items():
        if concept not in cached_pack().concepts:
            yield located.problem("K010", f"`{concept}` is no concept of the knowledge pack", "concepts", concept)
        for row, pair in enumerate(pairs):
            for kind, name, known in (("part", pair.part, composition.parts), ("finding", pair.finding, composition.findings)):
                if name not in known:
                    yield located.problem("K010", f"`{name}` is not one of `{kind}s:`", "concepts", concept, row, kind)
