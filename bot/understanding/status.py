"""The status of what the trained reader found: present, absent, past, other or possible, and what the words round it say.

A reader that learned from sentences alone takes "not just a headache" and "no double vision yesterday, today yes" for
denials. So it may call something absent, and a rule of scope judges the same words (bot.understanding.scope):

* both call it denied: it is absent, and cleared;
* the words speak against the denial (excepted, taken back, no denial at all): it is present;
* only a part of the words is denied: what is left is read again, and what is present there is present;
* no word of denial is found ("I swallow like a champion"): it stays absent, and nothing is cleared by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from bot.knowledge.levels import Level
from bot.knowledge.model import Pack
from bot.understanding import context
from bot.understanding.denials import Denials
from bot.understanding.encoder import Encoder, Scores
from bot.understanding.reading import Denial, Status
from bot.understanding.scope import Scope

# How likely "present" must be among the statuses: what is in doubt counts as present, and the dialogue asks.
PRESENT = 0.50
EMERGENCY_PRESENT = 0.40
# As much is enough where the other possibility is a mere worry: an interview that was not needed harms nobody.
PRESENT_OR_WORRY = 0.35
# A word belongs to a finding if the reader looked at it at least so much, as a share of the word that it looked at most.
LOOKED_AT = 0.2
# As much must be left of a finding when the denied words are taken away.
LEFT = 0.8


class Judge:
    """Judges the statuses of what the trained reader found in a text."""

    def __init__(self, pack: Pack, trained: Encoder, scope: Scope) -> None:
        self._pack = pack
        self._trained = trained
        self._scope = scope
        self._present = trained.statuses.index("present")
        # The rows of the reader's scores whose concepts the pack has.
        self.rows = [row for row, concept in enumerate(trained.concepts) if concept in pack.concepts]

    def judge(self, text: str, scores: Scores, rows: Sequence[int]) -> dict[int, tuple[Status, Denial]]:
        """The status of each of these rows, and what the words say of it. `text` is normalized."""
        denials = self._scope.read(text)
        judged: dict[int, tuple[Status, Denial]] = {}
        for row in rows:
            status = self._read(scores, row)
            if status == "past" and context.still_counts(self._trained.concepts[row], text):
                status = "present"
            words = _offsets(scores, row)
            denial = denials.judge(words)
            if self._not_so(status, denial, words, denials):
                status = "present"
            judged[row] = status, denial
        covered = [row for row in rows if judged[row][0] == "absent" and judged[row][1] in ("denied", "partly")]
        self._read_again(denials, text, denials.without_denied(), covered, judged)
        for row in rows:
            if judged[row] == ("absent", "open"):
                self._read_again(denials, text, denials.clauses_of(_offsets(scores, row)), [row], judged)
        late = [row for row in rows if judged[row][0] in ("absent", "past")]
        self._read_again(denials, text, denials.of_now(), late, judged)
        return judged

    def _not_so(self, status: Status, denial: Denial, words: list[int], denials: Denials) -> bool:
        """Whether the words speak against what the reader called absent or past."""
        if status == "absent":
            return denial == "told"
        if status == "past":
            return not denials.over(words) or (denial == "told" and denials.denies(words))
        return status == "possible" and denial == "told" and denials.denies(words)

    def _read_again(
        self, denials: Denials, text: str, tokens: list[int], rows: list[int], judged: dict[int, tuple[Status, Denial]]
    ) -> None:
        """Read a part of the text by itself: what is present there is present."""
        if not rows or len(tokens) == len(denials.starts) or all(token in denials.idle for token in tokens):
            return
        part = self._trained.read(denials.text_of(text, tokens))
        for row in rows:
            if part.mention[row] >= LEFT and self._read(part, row) == "present":
                judged[row] = "present", judged[row][1]

    def _read(self, scores: Scores, row: int) -> Status:
        """Present, if that is likely enough for the level of the concept; else the likeliest other status."""
        level = self._pack.concepts[self._trained.concepts[row]].level
        likely = scores.status[row]
        if likely[self._present] >= (EMERGENCY_PRESENT if level is Level.EMERGENCY else PRESENT):
            return "present"
        others = likely.copy()
        others[self._present] = 0.0
        best = cast(Status, self._trained.statuses[int(others.argmax())])
        return "present" if best == "possible" and likely[self._present] >= PRESENT_OR_WORRY else best


def _offsets(scores: Scores, row: int) -> list[int]:
    """Where the words stand that a finding rests on."""
    weights = scores.attention[row]
    enough = LOOKED_AT * max(float(weight) for weight, span in zip(weights, scores.offsets, strict=True) if span[1])
    return [span[0] for weight, span in zip(weights, scores.offsets, strict=True) if span[1] and weight >= enough]
