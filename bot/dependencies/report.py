"""An audit as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from bot.dependencies.audit import Audit, Finding
from bot.dependencies.pins import Pin

# Of a long list, so many are shown; --json has all.
MOST = 20
_SCOPES = {"run": "", "test": " (to test)", "baselines": " (for the baselines)", "training": " (for the training)"}


def as_text(audit: Audit) -> str:
    """The findings by package, then what could not be audited, then the sums."""
    sections = [
        _section("Open advisories", audit.open),
        _section("Accepted advisories", [finding for finding in audit.findings if finding.accepted]),
        "\n".join(_unaudited(audit)),
        _sums(audit),
    ]
    return "\n\n".join(section for section in sections if section)


def as_json(audit: Audit) -> str:
    """The whole audit as one JSON object; `open` is the number of advisories that nobody has accepted."""
    whole = {
        "open": len(audit.open),
        "findings": [{**msgspec.to_builtins(finding), "pin": _plain(finding.pin)} for finding in audit.findings],
        "not_audited": {
            "unknown": [_plain(pin) for pin in audit.unknown],
            "missing": audit.missing,
            "old": audit.old,
            "malformed": audit.malformed,
            "unpinned": audit.unpinned,
            "debian": audit.debian,
        },
        "stale": audit.stale,
        "audited": audit.audited,
        "read": audit.read,
        "newest": audit.newest,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def in_one_line(text: str) -> str:
    """A text of a database as one line that cannot move the cursor: it must not look like a line of ours."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _plain(pin: Pin) -> dict[str, str]:
    return {"ecosystem": pin.ecosystem, "name": pin.name, "version": pin.version, "scope": pin.scope}


def _section(title: str, findings: Iterable[Finding]) -> str:
    lines = [title]
    for key, group in groupby(findings, key=lambda finding: finding.pin.key):
        own = list(group)
        needed = ", ".join(own[0].needed_by) or "the project itself, or by nothing that is installed here"
        lines.append(f"  {_named(own[0].pin)}, {key[0]}, needed by {needed}")
        lines += [line for finding in own for line in _finding(finding)]
    return "\n".join(lines) if len(lines) > 1 else ""


def _finding(finding: Finding) -> Iterator[str]:
    names = f"{finding.id} ({', '.join(finding.aliases)})" if finding.aliases else finding.id
    fixed = f"fixed in {', '.join(finding.fixed_in)}" if finding.fixed_in else "no fix is named"
    yield "    " + in_one_line(f"{names}: severity {finding.severity or 'not given'}, {fixed}")
    if finding.summary:
        yield f"      {in_one_line(finding.summary)}"
    if finding.unclear:
        yield "      its versions cannot be compared with ours: look at it yourself"
    if finding.accepted:
        yield f"      accepted: {finding.accepted.reason} ({finding.accepted.since})"


def _unaudited(audit: Audit) -> Iterator[str]:
    """What the audit does not vouch for."""
    yield "Not audited"
    for ecosystem, count in audit.missing.items():
        yield f"  {ecosystem}: the database has no advisory of it, so nothing is known of {count} packages"
    if audit.unknown:
        yield (
            f"  {len(audit.unknown)} packages that no advisory of the database names. Perhaps nothing was ever found in them, "
            "perhaps the database lacks them: it cannot vouch for them"
        )
        yield f"    {', '.join(map(_named, audit.unknown))}"
    for ecosystem, newest in audit.old.items():
        yield f"  {ecosystem}: whatever was found since {newest:%Y-%m-%d}, when the database was last changed. Get a newer one"
    if audit.malformed:
        yield f"  {len(audit.malformed)} files that are no advisory in the OSV schema:"
        yield from _some(audit.malformed)
    if audit.unpinned:
        yield "  what is not pinned to a version:"
        yield from _some(audit.unpinned)
    if audit.debian:
        yield f"  Debian packages, whose versions are those of the machine: {', '.join(audit.debian)}"
    for stale in audit.stale:
        yield f"  {stale.id} is accepted for {stale.package}, and was not found: look whether it can be taken out"


def _some(lines: tuple[str, ...]) -> Iterator[str]:
    yield from (f"    {in_one_line(line)}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"    and {len(lines) - MOST} more (--json has them)"


def _sums(audit: Audit) -> str:
    newest = ", ".join(f"{key} of {time:%Y-%m-%d}" for key, time in audit.newest.items())
    ecosystems = Counter(finding.pin.ecosystem for finding in audit.open)
    where = f" ({', '.join(f'{key} {count}' for key, count in sorted(ecosystems.items()))})" if ecosystems else ""
    accepted, unaudited = len(audit.findings) - len(audit.open), len(audit.unknown) + sum(audit.missing.values())
    return (
        f"{len(audit.open)} open{where}, {accepted} accepted, in {audit.audited} packages that the database knows; "
        f"{unaudited} could not be audited. {audit.read} advisories were read; newest: {newest or 'none of PyPI or npm'}."
    )


def _named(pin: Pin) -> str:
    return f"{pin.name} {pin.version}{_SCOPES[pin.scope]}"
