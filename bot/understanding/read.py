"""`read(text) -> Reading`: all evidence for what a message says, combined.

Three kinds of evidence count for a mention: the lay phrases of the knowledge pack (lexicon), a body part and a finding in
one clause (composition), and the trained reader (model), which also judges the status and points to the words. How sure
the trained reader must be depends on how dangerous it is to miss the concept, and on whether words say it too; the
thresholds are chosen on sentences kept out of training (evaluation/thresholds.py).

That something is not there needs proof: see bot.understanding.status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.knowledge.model import Pack
from bot.understanding import details
from bot.understanding.compose import Composer
from bot.understanding.cries import load_cries
from bot.understanding.crisis import CrisisHead
from bot.understanding.denials import Denials
from bot.understanding.encoder import Encoder, Scores, encoder
from bot.understanding.lexicon import Hit, Lexicon
from bot.understanding.normalise import Normalised, with_offsets
from bot.understanding.other_languages import OtherLanguages
from bot.understanding.reading import Evidence, EvidenceKind, Mention, Reading
from bot.understanding.scope import load_scope
from bot.understanding.slips import load_slips
from bot.understanding.status import Judge

LANGUAGE = "en"
MAX_CHARACTERS = 10_000
# How sure the trained reader must be, by the level of the concept.
THRESHOLDS = {Level.EMERGENCY: 0.40, Level.SAME_DAY: 0.55, Level.FEW_DAYS: 0.65, Level.ROUTINE: 0.65}
# With a lay phrase, or a body part and a finding, in the text as well, this much is enough.
WITH_PHRASE = 0.25
# Enough for what was just asked for.
FAINT = 0.12
# The reader sees a long message in pieces of about this many characters, cut at sentence ends.
PIECE = 420
_SENTENCE_END = re.compile(r"(?<=[.!?;\n])\s+")
_CLAUSE_END = re.compile(
    r"[.!?;:,\n()]|\s[-–—]\s|\b(?:and|but|then|also|plus|while|so|because|cos|cuz|though|although)\b", re.IGNORECASE
)


_EVIDENCE: dict[str, EvidenceKind] = {"concept": "lexicon", "composition": "composition"}


@dataclass(frozen=True)
class _Part:
    """A piece of a message, where it begins, and what the trained reader makes of it."""

    start: int
    text: str
    normalised: Normalised
    scores: Scores


class Reader:
    """Reads messages with one knowledge pack."""

    def __init__(self, pack: Pack, trained: Encoder) -> None:
        self.pack = pack
        self.lexicon = Lexicon(pack)
        self.composer = Composer()
        self.trained = trained
        self.scope = load_scope(LANGUAGE)
        self.slips = load_slips(LANGUAGE)
        self.judge = Judge(pack, trained, self.scope)
        self.others = OtherLanguages(pack)
        self.crisis = CrisisHead(trained.sha256)
        self.cries = load_cries(LANGUAGE)

    def read(self, text: str) -> Reading:
        """What a message says. Any string gives a Reading; only its first MAX_CHARACTERS are read."""
        text = text[:MAX_CHARACTERS]
        normalised = self.slips.repair(with_offsets(text))
        # Without a slip the details are read from the text itself: its lines and marks say something, too.
        plain = text if normalised == with_offsets(text) else normalised.text
        hits = self.lexicon.find(normalised)
        said: dict[str, list[Evidence]] = {}
        for hit in (*hits, *self.composer.find(normalised)):
            if kind := _EVIDENCE.get(hit.kind):
                begin, end = normalised.span(hit.start, hit.end)
                said.setdefault(hit.id, []).append(Evidence(kind, 1.0, text[begin:end]))
        denials = self.scope.read(normalised.text)
        answer = details.read_yes_no(plain)
        if answer is None and (denials.says_no or denials.says_yes):
            answer = "no" if denials.says_no else "yes"
        if answer == "no" and denials.yes_after_no:
            answer = "yes"
        nothing_told = details.only_places(text) or (answer is not None and denials.small_talk)
        parts = [] if nothing_told else self._parts(text, normalised)
        found = [] if nothing_told else [*self._trained(parts, said), *self._untrained(text, normalised, hits, denials)]
        sure = _without_contradiction(_best(found, self._sure))
        faint = _best(found, lambda mention: not self._sure(mention))
        treated, onset = details.read_times(plain)
        reading = Reading(
            text=text,
            mentions=sure,
            faint=tuple(mention for mention in faint if mention.concept not in {m.concept for m in sure}),
            days_since_treatment=treated,
            onset_days_ago=onset,
            areas=tuple(dict.fromkeys(hit.id for hit in hits if hit.kind == "area")),
            treatment=next((hit.id for hit in hits if hit.kind == "treatment"), None),
            side=details.read_side(plain),
            severity=details.read_severity(plain),
            course=details.read_course(plain),
            patient=details.read_patient(plain),
            conditions=self._conditions(normalised.text, hits, denials, parts),
            answer=answer,
            more=self._says_more(denials, normalised, hits, sure),
            to_all=denials.to_all,
            contrast=denials.contrast,
            retracts=denials.retracts,
            wonders=denials.wonders,
            adds=denials.adds,
            gone=denials.gone,
            correction=details.read_correction(plain),
        )
        # As it was written: the slips that were repaired are slips of English.
        return self.others.within(reading, with_offsets(text))

    def _conditions(self, text: str, hits: list[Hit], denials: Denials, parts: list[_Part]) -> tuple[str, ...]:
        """Cries for help, in known words or as their own head hears them, and the details that a phrase says undenied."""
        said: dict[str, int] = {}
        for hit in hits:
            said[hit.kind] = max(hit.words, said.get(hit.kind, 0))
        heard = self.cries.find(text, denials) if parts else set()
        for part in parts:
            scores = self.crisis.scores(part.normalised.text, part.scores.hidden, part.scores.offsets)
            kinds = self.crisis.heard(scores, said)
            heard.update(set(kinds) - self.cries.sounds_like(part.normalised.text) if kinds else kinds)
        cries = (condition.id for condition in self.pack.conditions.values() if condition.crisis in heard)
        details = (h.id for h in hits if h.kind == "condition" and not denials.denies_phrase(h.start))
        return tuple(dict.fromkeys((*cries, *details)))

    def _says_more(self, denials: Denials, normalised: Normalised, hits: list[Hit], sure: tuple[Mention, ...]) -> bool:
        """Whether words are left when denials, small words, what was found in the text and told mentions are taken away."""
        told = [(mention.start, mention.end) for mention in sure if not mention.cleared]
        known = [normalised.span(hit.start, hit.end) for hit in hits]
        return any(
            not any(begin <= normalised.origin[start] < end for begin, end in (*told, *known)) for start in denials.loose()
        )

    def _sure(self, mention: Mention) -> bool:
        """Whether there is evidence enough by itself."""
        score = next((each.score for each in mention.evidence if each.kind == "model"), 1.0)
        words = any(each.kind != "model" for each in mention.evidence)
        return score >= (WITH_PHRASE if words else THRESHOLDS[self.pack.concepts[mention.concept].level])

    def _parts(self, text: str, whole: Normalised) -> list[_Part]:
        """The message in pieces that the trained reader can take, and what it makes of each."""
        cut = pieces(text)
        each = [(start, piece, whole if len(cut) == 1 else with_offsets(piece)) for start, piece in cut]
        return [_Part(start, piece, normalised, self.trained.read(normalised.text)) for start, piece, normalised in each]

    def _trained(self, parts: list[_Part], said: dict[str, list[Evidence]]) -> Iterator[Mention]:
        """What the trained reader sees in each piece, however faintly."""
        for part in parts:
            start, piece, scores = part.start, part.text, part.scores
            rows = [row for row in self.judge.rows if scores.mention[row] >= FAINT]
            judged = self.judge.judge(part.normalised.text, scores, rows) if rows else {}
            for row in rows:
                concept = self.trained.concepts[row]
                begin, end = _words(piece, part.normalised, scores, row)
                clause = piece[begin:end]
                status, denial = judged[row]
                yield Mention(
                    concept=concept,
                    status=status,
                    text=clause,
                    start=start + begin,
                    end=start + end,
                    denial=denial,
                    side=details.read_side(clause),
                    severity=details.read_severity(clause),
                    course=details.read_course(clause),
                    onset_days_ago=details.read_times(clause)[1],
                    evidence=(Evidence("model", round(float(scores.mention[row]), 3), clause), *said.get(concept, [])),
                )

    def _untrained(self, text: str, normalised: Normalised, hits: list[Hit], denials: Denials) -> Iterator[Mention]:
        """Concepts that a pack has and the trained reader does not know: their lay phrases alone find them."""
        for hit in hits:
            if hit.kind == "concept" and hit.id not in self.trained.concepts:
                begin, end = normalised.span(hit.start, hit.end)
                words, denied = text[begin:end], denials.denies_phrase(hit.start)
                yield Mention(
                    concept=hit.id,
                    status="absent" if denied else "present",
                    text=words,
                    start=begin,
                    end=end,
                    denial="denied" if denied else "open",
                    evidence=(Evidence("lexicon", 1.0, words),),
                )


def _best(found: list[Mention], keep: Callable[[Mention], bool]) -> list[Mention]:
    """Of each concept and status the mention with the most evidence, in the order of the text."""
    best: dict[tuple[str, str], Mention] = {}
    for mention in filter(keep, found):
        known = best.get((mention.concept, mention.status))
        if known is None or mention.evidence[0].score > known.evidence[0].score:
            best[mention.concept, mention.status] = mention
    return sorted(best.values(), key=lambda mention: mention.start)


def _without_contradiction(mentions: list[Mention]) -> tuple[Mention, ...]:
    """A concept that is present in one piece of a message is not also possible or denied in another piece."""
    present = {m.concept for m in mentions if m.status == "present"}
    return tuple(m for m in mentions if m.status in ("present", "past", "other") or m.concept not in present)


def pieces(text: str) -> list[tuple[int, str]]:
    """The message in pieces of at most about PIECE characters, each with its offset, cut at sentence ends where possible."""
    if len(text) <= PIECE:
        return [(0, text)]
    cut, start = [], 0
    while start < len(text):
        end = min(len(text), start + PIECE)
        if end < len(text):
            cuts = [m.start() for m in _SENTENCE_END.finditer(text, start + PIECE // 2, end)]
            space = text.rfind(" ", start + PIECE // 2, end)
            end = cuts[-1] if cuts else space if space > 0 else end
        cut.append((start, text[start:end]))
        start = end
    return cut


def _words(piece: str, normalised: Normalised, scores: Scores, row: int) -> tuple[int, int]:
    """Where in the piece the concept is said: the clause round the words that the reader looked at most."""
    weights = scores.attention[row]
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


_once: ContextVar[dict[str, Reading] | None] = ContextVar("once", default=None)


def read(text: str) -> Reading:
    """What a message says."""
    known = _once.get()
    if known is None:
        return reader().read(text)
    if text not in known:
        known[text] = reader().read(text)
    return known[text]


@contextmanager
def reading_once() -> Iterator[None]:
    """Read each text once in this context and in the tasks that it starts: to read costs more than all else in a turn."""
    token = _once.set({})
    try:
        yield
    finally:
        _once.reset(token)
