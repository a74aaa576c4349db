"""What a text denies, and what it says of any of its words (made by bot.understanding.scope)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from typing import Literal

import msgspec

# denied: by a word whose scope covers all of them; told: a denial is there that excepts them, denies nothing or is taken back;
# partly: a denial covers some of them; open: none of these is certain.
Verdict = Literal["denied", "told", "partly", "open"]


# So many words before a phrase a denial of it stands at most.
CLOSE = 5


class Denials(msgspec.Struct, frozen=True):
    """What a text denies, token by token.

    starts      offsets of the tokens in the text
    clauses     the number of the clause of each token; sentences: that of its sentence
    covered     tokens under a denial
    excepted    tokens that an exception to a denial names
    denying     tokens of words that deny what follows
    cues        tokens that deny or divide and say nothing themselves
    idle        small words that answer, thank or greet, and are no news
    wonders     it asks what may happen in general
    adds, gone  it says that something is there as well, or that all of it has gone
    says_no, says_yes  a part of it says no, or yes, as a whole; yes_after_no: the yes comes last
    retracts    an earlier no is taken back
    to_all      everything is denied, and not only what is named
    contrast    something is set against a denial, excepted from it or takes it back
    mock        tokens beside a word of denial that denies nothing ("not just", "without a doubt")
    earlier     clauses that speak of an earlier time
    now         tokens of the present time that no denial covers
    ended, relapses, taken_back, not_own, doubts   the tokens where such a phrase begins
    """

    starts: tuple[int, ...]
    clauses: tuple[int, ...]
    sentences: tuple[int, ...]
    covered: frozenset[int]
    excepted: frozenset[int]
    denying: frozenset[int]
    cues: frozenset[int]
    mock: frozenset[int]
    idle: frozenset[int]
    says_no: bool
    says_yes: bool
    yes_after_no: bool
    retracts: bool
    wonders: bool
    adds: bool
    gone: bool
    to_all: bool
    contrast: bool
    earlier: frozenset[int]
    now: frozenset[int]
    ended: tuple[int, ...]
    relapses: tuple[int, ...]
    taken_back: tuple[int, ...]
    not_own: tuple[int, ...]
    doubts: tuple[int, ...]

    def judge(self, offsets: Iterable[int]) -> Verdict:
        """What is said of the words that stand at these offsets."""
        tokens = self._tokens(offsets) - self.cues
        if not tokens:
            return "open"
        if tokens & self.excepted or self._taken_back(tokens):
            return "told"
        if tokens <= self.covered:
            return "open" if self._doubtful(tokens) else "denied"
        return "partly" if tokens & self.covered else "told" if tokens & self.mock else "open"

    @property
    def small_talk(self) -> bool:
        """Whether there are small words alone, and what looks like a denial is one ("I see nothing" is none)."""
        return len(self.idle) == len(self.starts) and not self.mock

    def denies(self, offsets: Collection[int]) -> bool:
        """Whether a word of denial covers any of the words at these offsets, taken back or not."""
        return not self.covered.isdisjoint(self._tokens(offsets))

    def over(self, offsets: Collection[int]) -> bool:
        """Whether it is said, in the sentence of the words at these offsets or next to it, that something has ended, and not
        that it is there again or still."""
        near = {self.sentences[token] for token in self._tokens(offsets)}

        def said(tokens: tuple[int, ...]) -> bool:
            return any(abs(self.sentences[at] - sentence) <= 1 for at in tokens for sentence in near)

        return said(self.ended) and not said(self.relapses)

    def clauses_of(self, offsets: Collection[int]) -> list[int]:
        """The tokens of the clauses of the words at these offsets."""
        clauses = {self.clauses[token] for token in self._tokens(offsets)}
        return [token for token, clause in enumerate(self.clauses) if clause in clauses]

    def loose(self) -> Iterator[int]:
        """The offsets of the words that are neither denied nor small words."""
        yield from (start for token, start in enumerate(self.starts) if token not in self.covered | self.cues | self.idle)

    def denies_phrase(self, start: int) -> bool:
        """Whether a word of denial stands closely before the phrase that begins at `start`, in its clause.

        A denial inside of the phrase is its own ("don't want to live"), and that something is fine denies no phrase.
        """
        first = bisect_right(self.starts, start) - 1
        near = range(max(0, first - CLOSE), first)
        return any(token in self.denying and self.clauses[token] == self.clauses[first] for token in near)

    def without_denied(self) -> list[int]:
        """The tokens that are neither denied nor deny."""
        return [token for token in range(len(self.starts)) if token not in self.covered | self.cues]

    def text_of(self, text: str, tokens: Collection[int]) -> str:
        """The part of the text that these tokens make up."""
        ends = (*self.starts[1:], len(text))
        return "".join(text[self.starts[token] : ends[token]] for token in sorted(tokens))

    def of_now(self) -> list[int]:
        """The tokens, not denied, of the clauses that speak of now, and of what follows them in their sentence."""
        first = {self.sentences[token]: token for token in sorted(self.now, reverse=True)}
        return [
            token
            for token in self.without_denied()
            if (at := first.get(self.sentences[token])) is not None and self.clauses[token] >= self.clauses[at]
        ]

    def _tokens(self, offsets: Iterable[int]) -> set[int]:
        """The tokens at these offsets."""
        return {bisect_right(self.starts, offset) - 1 for offset in offsets} - {-1}

    def _taken_back(self, tokens: set[int]) -> bool:
        """Whether something after the words, in their sentence or the next one, takes the denial back; or the denial is of
        an earlier time, and another clause is of now."""
        first, sentence = min(tokens), max(self.sentences[token] for token in tokens)
        if any(at > first and self.sentences[at] <= sentence + 1 for at in self.taken_back):
            return True
        clauses = {self.clauses[token] for token in tokens}
        return (
            bool(tokens & self.covered)
            and bool(clauses & self.earlier)
            and any(self.clauses[at] not in clauses and abs(self.sentences[at] - sentence) <= 1 for at in self.now)
        )

    def _doubtful(self, tokens: Collection[int]) -> bool:
        clauses = {self.clauses[token] for token in tokens}
        last, sentence = max(tokens), min(self.sentences[token] for token in tokens)
        quoted = any(at < last and self.sentences[at] == sentence for at in self.not_own)
        return quoted or any(self.clauses[at] in clauses for at in self.doubts)
