"""`read(text) -> Reading`: all evidence for what a message says, combined.

Two kinds of evidence count for a mention: the lay phrases of the knowledge pack (lexicon), and the trained reader
(encoder), which also judges the status and points to the words. How much evidence a concept needs depends on how
dangerous it is to miss: the thresholds are chosen on sentences kept out of training (evaluation/README.md).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.knowledge.model import Pack
from bot.understanding import context, details
from bot.understanding.encoder import Encoder, Scores, encoder
from bot.understanding.lexicon import Hit, Lexicon
from bot.understanding.normalise import with_offsets
from bot.understanding.reading import Evidence, Mention, Reading, Status

MAX_CHARACTERS = 10_000
# How sure the trained reader must be, by the level of the concept.
THRESHOLDS = {Level.EMERGENCY: 0.35, Level.SAME_DAY: 0.42, Level.FEW_DAYS: 0.45, Level.ROUTINE: 0.45}
# With a lay phrase in the text as well, this much is enough.
WITH_PHRASE = 0.12
# The reader sees a long message in pieces of about this many characters, cut at sentence ends.
PIECE = 420
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")
_CLAUSE_END = re.compile(r"[.!?;:,\n()]|\s[-–—]\s|\b(?:and|but|then|also|plus|while|so|because|cos|cuz|though|although)\b", re.IGNORECASE)


class Reader:
    """Reads messages with one knowledge pack."""

    def __init__(self, pack: Pack, trained: Encoder) -> None:
        self.pack = pack
        self.lexicon = Lexicon(pack)
        self.trained = trained

    def read(self, text: str) -> Reading:
        """What a message says. Any string gives a Reading; only its first MAX_CHARACTERS are read."""
        return self.read_many([text])[0]

    def read_many(self, texts: list[str]) -> list[Reading]:
        """What several messages say, faster than one by one."""
        cut = [text[:MAX_CHARACTERS] for text in texts]
        pieces = [(row, start, piece) for row, text in enumerate(cut) for start, piece in _pieces(text)]
        order = sorted(range(len(pieces)), key=lambda i: len(pieces[i][2]))
        scores: dict[int, Scores] = {}
        for begin in range(0, len(order), 16):
            group = order[begin : begin + 16]
            scores.update(zip(group, self.trained.read([with_offsets(pieces[i][2]).text for i in group]), strict=True))
        by_text: list[list[tuple[int, str, Scores]]] = [[] for _ in cut]
        for i, (row, start, piece) in enumerate(pieces):
            by_text[row].append((start, piece, scores[i]))
        return [self._reading(text, parts) for text, parts in zip(cut, by_text, strict=True)]

    def _reading(self, text: str, parts: list[tuple[int, str, Scores]]) -> Reading:
        hits = self.lexicon.find(with_offsets(text))
        phrases = {hit.id: hit for hit in reversed(hits) if hit.kind == "concept"}
        found: dict[tuple[str, str], Mention] = {}
        for start, piece, scores in parts:
            for mention in self._mentions(text, start, piece, scores, phrases):
                known = found.get((mention.concept, mention.status))
                if known is None or mention.evidence[0].score > known.evidence[0].score:
                    found[mention.concept, mention.status] = mention
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

    def _mentions(self, text: str, start: int, piece: str, scores: Scores, phrases: dict[str, Hit]) -> list[Mention]:
        mentions = []
        for row, concept in enumerate(self.trained.concepts):
            score = float(scores.mention[row])
            phrase = phrases.get(concept)
            if score < (WITH_PHRASE if phrase else THRESHOLDS[self.pack.concepts[concept].level]):
                continue
            begin, end = _words(piece, scores, row)
            status = cast(Status, self.trained.statuses[int(scores.status[row].argmax())])
            clause = piece[begin:end]
            evidence = [Evidence("model", round(score, 3), clause)]
            if phrase:
                at = with_offsets(text).span(phrase.start, phrase.end)
                evidence.append(Evidence("lexicon", 1.0, text[at[0] : at[1]]))
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
                    evidence=tuple(evidence),
                )
            )
        return mentions


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
