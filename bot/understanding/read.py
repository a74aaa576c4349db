"""`read(text) -> Reading`: all evidence for what a message says, combined.

Three kinds of evidence count for a mention: the lay phrases of the knowledge pack (lexicon), a body part and a finding in
one clause (composition), and the trained reader (model), which also judges the status and points to the words. How sure
the trained reader must be depends on how dangerous it is to miss the concept, and on whether words say it too; the
thresholds are chosen on sentences kept out of training (evaluation/thresholds.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.knowledge.model import Pack
from bot.understanding import context, details
from bot.understanding.compose import Composer
from bot.understanding.encoder import Encoder, Scores, encoder
from bot.understanding.lexicon import Hit, Lexicon
from bot.understanding.normalise import Normalised, with_offsets
from bot.understanding.reading import Evidence, EvidenceKind, Mention, Reading, Status

MAX_CHARACTERS = 10_000
# How sure the trained reader must be, by the level of the concept.
THRESHOLDS = {Level.EMERGENCY: 0.40, Level.SAME_DAY: 0.55, Level.FEW_DAYS: 0.65, Level.ROUTINE: 0.65}
# With a lay phrase, or a body part and a finding, in the text as well, this much is enough.
WITH_PHRASE = 0.25
# How likely "present" must be among the statuses: what is in doubt counts as present, and the dialogue asks.
PRESENT = 0.50
EMERGENCY_PRESENT = 0.40
# As much is enough where the other possibility is a mere worry: an interview that was not needed harms nobody.
PRESENT_OR_WORRY = 0.35
# The reader sees a long message in pieces of about this many characters, cut at sentence ends.
PIECE = 420
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")
_CLAUSE_END = re.compile(
    r"[.!?;:,\n()]|\s[-–—]\s|\b(?:and|but|then|also|plus|while|so|because|cos|cuz|though|although)\b", re.IGNORECASE
)


_EVIDENCE: dict[str, EvidenceKind] = {"concept": "lexicon", "composition": "composition"}


class Reader:
    """Reads messages with one knowledge pack."""

    def __init__(self, pack: Pack, trained: Encoder) -> None:
        self.pack = pack
        self.lexicon = Lexicon(pack)
        self.composer = Composer()
        self.trained = trained

    def read(self, text: str) -> Reading:
        """What a message says. Any string gives a Reading; only its first MAX_CHARACTERS are read."""
        text = text[:MAX_CHARACTERS]
        parts = [(start, piece, self.trained.read(with_offsets(piece).text)) for start, piece in _pieces(text)]
        return self._reading(text, parts)

    def _reading(self, text: str, parts: list[tuple[int, str, Scores]]) -> Reading:
        normalised = with_offsets(text)
        hits = self.lexicon.find(normalised)
        said: dict[str, list[Evidence]] = {}
        for hit in (*hits, *self.composer.find(normalised)):
            if kind := _EVIDENCE.get(hit.kind):
                begin, end = normalised.span(hit.start, hit.end)
                said.setdefault(hit.id, []).append(Evidence(kind, 1.0, text[begin:end]))
        found: dict[tuple[str, str], Mention] = {}
        for start, piece, scores in parts:
            for mention in self._mentions(start, piece, scores, said):
                known = found.get((mention.concept, mention.status))
                if known is None or mention.evidence[0].score > known.evidence[0].score:
                    found[mention.concept, mention.status] = mention
        for mention in self._untrained(text, normalised, hits):
            found[mention.concept, mention.status] = mention
        if details.only_places(text):
            found.clear()
        mentions = _without_contradiction(sorted(found.values(), key=lambda m: m.start))
        treated, onset = details.read_times(text)
        return Reading(
            text=text,
            mentions=mentions,
            days_since_treatment=treated,
            onset_days_ago=onset,
            areas=tuple(dict.fromkeys(hit.id for hit in hits if hit.kind == "area")),
            treatment=next((hit.id for hit in hits if hit.kind == "treatment"), None),
            side=details.read_side(text),
            severity=details.read_severity(text),
            course=details.read_course(text),
            patient=details.read_patient(text),
            conditions=tuple(dict.fromkeys(h.id for h in hits if h.kind == "condition" and not context.denied(text, h))),
            answer=details.read_yes_no(text),
            correction=details.read_correction(text),
        )

    def _untrained(self, text: str, normalised: Normalised, hits: list[Hit]) -> Iterator[Mention]:
        """Concepts that a pack has and the trained reader does not know: their lay phrases alone find them."""
        for hit in hits:
            if hit.kind == "concept" and hit.id not in self.trained.concepts:
                begin, end = normalised.span(hit.start, hit.end)
                words = text[begin:end]
                yield Mention(
                    concept=hit.id,
                    status="absent" if context.denied(text, hit) else "present",
                    text=words,
                    start=begin,
                    end=end,
                    evidence=(Evidence("lexicon", 1.0, words),),
                )

    def _mentions(self, start: int, piece: str, scores: Scores, said: dict[str, list[Evidence]]) -> list[Mention]:
        mentions = []
        for row, concept in enumerate(self.trained.concepts):
            score = float(scores.mention[row])
            words = said.get(concept, [])
            if concept not in self.pack.concepts:
                continue
            if score < (WITH_PHRASE if words else THRESHOLDS[self.pack.concepts[concept].level]):
                continue
            begin, end = _words(piece, scores, row)
            status = self._status(scores, row)
            clause = piece[begin:end]
            if status == "past" and context.still_counts(concept, piece):
                status = "present"
            mentions.append(
                Mention(
                    concept=concept,
                    status=status,
                    text=clause,
                    start=start + begin,
                    end=start + end,
                    side=details.read_side(clause),
                    severity=details.read_severity(clause),
                    course=details.read_course(clause),
                    onset_days_ago=details.read_times(clause)[1],
                    evidence=(Evidence("model", round(score, 3), clause), *words),
                )
            )
        return mentions

    def _status(self, scores: Scores, row: int) -> Status:
        """Present, if that is likely enough for the level of the concept; else the likeliest other status."""
        present = self.trained.statuses.index("present")
        level = self.pack.concepts[self.trained.concepts[row]].level
        likely = scores.status[row]
        if likely[present] >= (EMERGENCY_PRESENT if level is Level.EMERGENCY else PRESENT):
            return "present"
        others = likely.copy()
        others[present] = 0.0
        best = cast(Status, self.trained.statuses[int(others.argmax())])
        return "present" if best == "possible" and likely[present] >= PRESENT_OR_WORRY else best


def _without_contradiction(mentions: list[Mention]) -> tuple[Mention, ...]:
    """A concept that is present in one piece of a message is not also possible or denied in another piece."""
    present = {m.concept for m in mentions if m.status == "present"}
    return tuple(m for m in mentions if m.status in ("present", "past", "other") or m.concept not in present)


def _pieces(text: str) -> list[tuple[int, str]]:
    """The message in pieces of at most about PIECE characters, each with its offset, cut at sentence ends where possible."""
    if len(text) <= PIECE:
        return [(0, text)]
    pieces, start = [], 0
    while start < len(text):
        end = min(len(text), start + PIECE)
        if end < len(text):
            cuts = [m.start() for m in _SENTENCE_END.finditer(text, start + PIECE // 2, end)]
            space = text.rfind(" ", start + PIECE // 2, end)
            end = cuts[-1] if cuts else space if space > 0 else end
        pieces.append((start, text[start:end]))
        start = end
    return pieces


def _words(piece: str, scores: Scores, row: int) -> tuple[int, int]:
    """Where in the piece the concept is said: the clause round the words that the reader looked at most."""
    weights = scores.attention[row]
    normalised = with_offsets(piece)
    best = max(range(len(scores.offsets)), key=lambda i: float(weights[i]) if scores.offsets[i][1] else -1.0)
    at, to = normalised.span(*scores.offsets[best])
    begin = max((m.end() for m in _CLAUSE_END.finditer(piece, 0, at)), default=0)
    end = next((m.start() for m in _CLAUSE_END.finditer(piece, to)), len(piece))
    while begin < end and piece[begin].isspace():
        begin += 1
    while end > begin and piece[end - 1].isspace():
        end -= 1
    return (begin, end) if end > begin else (0, len(piece))


@lru_cache(maxsize=1)
def reader() -> Reader:
    """The reader of this process, with the default pack."""
    return Reader(cached_pack(), encoder())


def read(text: str) -> Reading:
    """What a message says."""
    return reader().read(text)
