"""The audit: which advisories speak of what is pinned, which of them are accepted, and what could not be audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.dependencies.accepted import Accepted
from bot.dependencies.advisories import Advisory, fixes, verdict
from bot.dependencies.database import ECOSYSTEMS, Database
from bot.dependencies.graph import Key
from bot.dependencies.pins import Ecosystem, Pin

# A database whose newest advisory is older than this is called old.
OLD = timedelta(days=14)
_RANKS = ("CRITICAL", "HIGH", "MODERATE", "MEDIUM", "LOW")
_FIRST = ("CVE-", "GHSA-", "PYSEC-")


class Finding(msgspec.Struct, frozen=True):
    """One fault of a pinned package, under all the names that databases gave it.

    `unclear`: its versions cannot be compared with the pinned one, so a person must look. `needed_by` are `name version`.
    """

    pin: Pin
    id: str
    aliases: tuple[str, ...]
    severity: str
    summary: str
    fixed_in: tuple[str, ...]
    needed_by: tuple[str, ...]
    unclear: bool = False
    accepted: Accepted | None = None


class Audit(msgspec.Struct, frozen=True):
    """The findings, and everything of which the database says nothing.

    unknown     pins that no advisory of the database names: it cannot vouch for them
    missing     ecosystems of which the database has nothing, with the number of their pins
    old         for each ecosystem whose newest advisory is old, the date of that
    stale       what is accepted and was not found
    """

    findings: tuple[Finding, ...]
    audited: int
    unknown: tuple[Pin, ...]
    missing: Mapping[Ecosystem, int]
    old: Mapping[Ecosystem, datetime]
    newest: Mapping[Ecosystem, datetime]
    malformed: tuple[str, ...]
    unpinned: tuple[str, ...]
    debian: tuple[str, ...]
    stale: tuple[Accepted, ...]
    read: int

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that nobody has accepted."""
        return tuple(finding for finding in self.findings if finding.accepted is None)


def audit(
    pins: Sequence[Pin],
    database: Database,
    accepted: Sequence[Accepted],
    needed_by: Mapping[Key, Iterable[Key]],
    now: datetime,
    unpinned: Sequence[str] = (),
    debian: Sequence[str] = (),
) -> Audit:
    """Look up every pin. `now` decides what is old."""
    findings = tuple(finding for pin in pins for finding in _findings(pin, database.advisories, accepted, needed_by))
    covered = [pin for pin in pins if pin.ecosystem in database.newest]
    unknown = tuple(pin for pin in covered if pin.name not in database.known[pin.ecosystem])
    counts = {ecosystem: sum(pin.ecosystem == ecosystem for pin in pins) for ecosystem in ECOSYSTEMS}
    used = {finding.accepted for finding in findings}
    return Audit(
        findings=findings,
        audited=len(covered) - len(unknown),
        unknown=unknown,
        missing={key: count for key, count in counts.items() if count and key not in database.newest},
        old={key: newest for key, newest in database.newest.items() if now - newest > OLD},
        newest=database.newest,
        malformed=database.malformed,
        unpinned=tuple(unpinned),
        debian=tuple(debian),
        stale=tuple(each for each in accepted if each not in used and each.ecosystem in database.newest),
        read=database.read,
    )


def _findings(
    pin: Pin, advisories: Iterable[Advisory], accepted: Sequence[Accepted], needed_by: Mapping[Key, Iterable[Key]]
) -> list[Finding]:
    hits = [(advisory, said) for advisory in advisories if (said := verdict(advisory, pin)) != "unaffected"]
    unclear = {advisory.id for advisory, said in hits if said == "unclear"}
    found = [_finding(pin, group, unclear, accepted, needed_by) for group in _groups([advisory for advisory, _ in hits])]
    return sorted(found, key=lambda finding: (_rank(finding.severity), finding.id))


def _finding(
    pin: Pin,
    group: Sequence[Advisory],
    unclear: set[str],
    accepted: Sequence[Accepted],
    needed_by: Mapping[Key, Iterable[Key]],
) -> Finding:
    names = sorted({name for advisory in group for name in advisory.names}, key=_name_rank)
    return Finding(
        pin=pin,
        id=names[0],
        aliases=tuple(names[1:]),
        severity=min((advisory.rated for advisory in group), key=_rank),
        summary=next((advisory.summary for advisory in group if advisory.summary), ""),
        fixed_in=tuple(dict.fromkeys(version for advisory in group for version in fixes(advisory, pin))),
        needed_by=tuple(f"{name} {version}" for _, name, version in needed_by.get(pin.key, ())),
        unclear=all(advisory.id in unclear for advisory in group),
        accepted=next((each for each in accepted if each.holds(pin, names)), None),
    )


def _groups(advisories: Iterable[Advisory]) -> list[list[Advisory]]:
    """Advisories of one fault together: those that share a name, also by way of a third one."""
    groups: list[list[Advisory]] = []
    for advisory in advisories:
        same = [group for group in groups if any(advisory.names & other.names for other in group)]
        groups = [group for group in groups if group not in same]
        groups.append([advisory, *(other for group in same for other in group)])
    return groups


def _name_rank(name: str) -> tuple[int, str]:
    return next((rank for rank, prefix in enumerate(_FIRST) if name.startswith(prefix)), len(_FIRST)), name


def _rank(severity: str) -> tuple[int, str]:
    """The worst first; a vector behind the words, and none last."""
    return (_RANKS.index(severity) if severity in _RANKS else len(_RANKS) + (not severity)), severity
