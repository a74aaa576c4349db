"""Which words of a message are denied, and whether anything near them speaks against the denial.

In the manner of NegEx (Chapman et al., J Biomed Inform 2001) and ConText (Harkema et al., J Biomed Inform 2009): a word of
denial covers what follows it, or stands beside it, up to the end of its clause. The words are data
(data/languages/<language>/scope.yml). A denial is proven only when it covers every word that a finding rests on, and
nothing near it affirms, excepts, changes, doubts or merely quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from bot.knowledge.load import DATA
from bot.knowledge.located import read_yaml
from bot.understanding.denials import Denials
from bot.understanding.phrases import PhraseGroups

LANGUAGES = DATA / "languages"
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]+|_+")
_STOP = re.compile(r"[.!?;]")
_COMMA = re.compile(r"[,()/]|^-+$")
# How far back the subject of a denial reaches, in words.
_SUBJECT = 6
DENYING = ("denies", "subject")


class Cues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phrases of scope.yml; see there for what each group means and how a phrase is written."""

    denies: list[str]
    denies_subject: list[str]
    well: list[str]
    no_denial: list[str]
    inverts: list[str]
    verbs: list[str]
    breaks: list[str]
    openers: list[str]
    excepts: list[str]
    contrasts: list[str]
    idle: list[str]
    says_no: list[str]
    says_yes: list[str]
    retracts: list[str]
    wonders: list[str]
    adds: list[str]
    gone: list[str]
    to_all: list[str]
    takes_back: list[str]
    affirms: list[str]
    relapses: list[str]
    earlier: list[str]
    now: list[str]
    ended: list[str]
    not_own: list[str]
    doubts: list[str]


class Scope:
    """Finds denials in the texts of one language."""

    def __init__(self, cues: Cues) -> None:
        # A phrase that is no denial takes its words away from those that are.
        self._denials = PhraseGroups(
            {
                "inverts": cues.inverts,
                "mock": cues.no_denial,
                "subject": cues.denies_subject,
                "denies": cues.denies,
                "well": cues.well,
            }
        )
        self._breaks = PhraseGroups({"excepts": cues.excepts, "contrasts": cues.contrasts, "breaks": cues.breaks})
        self._idle = PhraseGroups({"": cues.idle})
        self._retracts = PhraseGroups({"": cues.retracts})
        self._wonders = PhraseGroups({"": cues.wonders})
        self._adds, self._gone = PhraseGroups({"": cues.adds}), PhraseGroups({"": cues.gone})
        self._says_yes = PhraseGroups({"": cues.says_yes})
        self._says_no = PhraseGroups({"": cues.says_no})
        self._to_all = PhraseGroups({"": cues.to_all})
        self._openers = PhraseGroups({"openers": cues.openers})
        self._verbs = PhraseGroups({"verbs": cues.verbs})
        self._times = PhraseGroups({"now": cues.now}), PhraseGroups({"earlier": cues.earlier})
        self._affirms = PhraseGroups({"": cues.affirms})
        near = (cues.ended, cues.relapses, cues.takes_back, cues.not_own, cues.doubts)
        self._near = [PhraseGroups({"": phrases}) for phrases in near]

    def read(self, text: str) -> Denials:
        """The denials of a normalized text (bot.understanding.normalise)."""
        tokens = [(match.start(), match[0]) for match in _TOKEN.finditer(text)]
        words = [word for _, word in tokens]
        denials, breaks = self._denials.find(words), self._breaks.find(words)
        inside = {i for first, last, _ in denials for i in range(first + 1, last)}
        borders = {first for first, _, _ in breaks if first not in inside}
        openers = {first for first, _, _ in self._openers.find(words)}
        sentences, clauses, chunks = _numbered(words, borders, openers)
        verbs = {first for first, _, _ in self._verbs.find(words)}
        affirmed = {chunks[first - 1] for first, _, _ in self._affirms.find(words) if first}
        mocked = {chunks[first] for first, _, kind in denials if kind == "mock"}
        inverted = {
            i
            for first, _, kind in denials
            if kind == "inverts"
            for i in range(first, len(words))
            if clauses[i] == clauses[first]
        }
        mock = inverted.union(i for i in range(len(words)) if chunks[i] in mocked)
        covered: set[int] = set()
        for first, _, kind in denials:
            if kind in DENYING:
                covered.update(i for i in range(first, len(words)) if clauses[i] == clauses[first])
            if kind == "subject":
                covered.update(_subject(first, verbs, chunks))
            if kind == "well":
                covered.update(i for i in range(len(words)) if chunks[i] == chunks[first] and i not in mock)
        covered -= inverted
        denied_before = [first for first, _, kind in denials if kind != "well"]
        excepted = {
            i
            for first, last, kind in breaks
            if kind == "excepts" and any(at <= first for at in denied_before)
            for i in range(last, len(words))
            if clauses[i] == clauses[min(last, len(words) - 1)]
        }
        no, yes = self._says_no.find(words), self._says_yes.find(words)
        near = [tuple(first for first, _, _ in phrases.find(words)) for phrases in self._near]
        times = [[first for first, _, _ in phrases.find(words)] for phrases in self._times]
        return Denials(
            starts=tuple(start for start, _ in tokens),
            clauses=clauses,
            sentences=sentences,
            covered=frozenset(covered),
            excepted=frozenset(excepted - covered).union(i for i in range(len(words)) if chunks[i] in affirmed),
            denying=frozenset(i for first, last, kind in denials if kind in DENYING for i in range(first, last)),
            cues=frozenset(i for first, last, _ in (*denials, *breaks) for i in range(first, last)),
            mock=frozenset(mock),
            idle=frozenset(i for i, word in enumerate(words) if not word.isalnum()).union(
                i for first, last, _ in (*self._idle.find(words), *no) for i in range(first, last)
            ),
            says_no=bool(no),
            says_yes=bool(yes),
            yes_after_no=bool(yes and any(first < yes[-1][0] for first, _, kind in denials if kind in DENYING))
            and not any(first >= yes[-1][1] for first, _, kind in denials if kind in DENYING),
            retracts=bool(self._retracts.find(words)),
            wonders=bool(self._wonders.find(words)),
            adds=any(first not in covered for first, _, _ in self._adds.find(words)),
            gone=bool(self._gone.find(words)),
            to_all=bool(self._to_all.find(words)),
            contrast=bool(near[2] or excepted or any(kind == "contrasts" for _, _, kind in breaks)),
            now=frozenset(times[0]) - covered,
            earlier=frozenset(clauses[first] for first in times[1]),
            ended=near[0],
            relapses=near[1],
            taken_back=near[2],
            not_own=near[3],
            doubts=near[4],
        )


def _numbered(words: list[str], borders: set[int], openers: set[int]) -> tuple[tuple[int, ...], ...]:
    """The numbers of each word's sentence, clause, and part of a clause between commas."""
    sentence = clause = chunk = 0
    rows = []
    for index, word in enumerate(words):
        stop = bool(_STOP.search(word))
        comma = bool(_COMMA.search(word))
        sentence += stop
        clause += stop or index in borders or (comma and index + 1 in openers)
        chunk += stop or comma or index in borders
        rows.append((sentence, clause, chunk))
    return tuple(zip(*rows, strict=True)) if rows else ((), (), ())


def _subject(first: int, verbs: set[int], chunks: tuple[int, ...]) -> Iterator[int]:
    """The words right before a denial that are its subject: back to a verb, a comma or the begin of the clause."""
    for index in range(first - 1, max(-1, first - 1 - _SUBJECT), -1):
        if chunks[index] != chunks[first] or index in verbs:
            return
        yield index


def load_cues(language: str) -> Cues:
    """The phrases of a language. Raises KnowledgeError with file and line."""
    located = read_yaml(LANGUAGES / language / "scope.yml")
    return located.convert(Cues, located.data)


def load_scope(language: str) -> Scope:
    """The denials of a language. Raises KnowledgeError with file and line."""
    return Scope(load_cues(language))


def denying(cues: Cues) -> list[list[str]]:
    """The groups of phrases that deny something."""
    return [cues.denies, cues.denies_subject, cues.well, cues.ended]


def words_of(groups: Iterable[list[str]]) -> frozenset[str]:
    """All words of the phrases in these groups."""
    phrases = (phrase for group in groups for phrase in group)
    return frozenset(word for phrase in phrases for choices in phrase.split() for word in choices.rstrip("?").split("|"))
