"""The audit: one line a fault, what is accepted, what the database cannot vouch for, and the command."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.dependencies.accepted import Accepted, load_accepted
from bot.dependencies.audit import Audit, audit
from bot.dependencies.database import read_database
from bot.dependencies.pins import Pin
from bot.dependencies.project import read_project
from bot.dependencies.report import as_json, as_text
from bot.settings import SettingsError
from tests.dependencies.documents import document, pin, write_folder, write_zip

FIXED = ({"introduced": "0"}, {"fixed": "2.0"})
TODAY = datetime(2026, 12, 1, tzinfo=timezone.utc)
SINCE = TODAY.date()
PINS = (pin(), pin("3.0", "flask"), pin("1.0.0", "@a/b", "npm"), Pin("PyPI", "quiet", "1.0", "test"))
NEEDED_BY = {pin().key: [("PyPI", "rasa", "3.6.21")]}


def audited(folder: Path, *documents: dict[str, Any], accepted: tuple[Accepted, ...] = (), today: datetime = TODAY) -> Audit:
    wanted = {(one.ecosystem, one.name) for one in PINS}
    database = read_database([write_folder(folder, *documents)], wanted)
    return audit(PINS, database, accepted, NEEDED_BY, today, ("training/requirements.in: torch",), ("nginx",))


def test_names_of_one_fault_are_one_line_also_by_way_of_a_third(tmp_path: Path) -> None:
    made = audited(
        tmp_path,
        document(*FIXED, id="GHSA-1", aliases=["CVE-7"], database_specific={"severity": "HIGH"}, summary="It stops."),
        document({"introduced": "0"}, {"fixed": "3.0"}, id="PYSEC-1", aliases=["BIT-1"]),
        document(*FIXED, id="BIT-1", aliases=["CVE-7"]),
        document(*FIXED, id="CVE-8"),
    )
    assert [(one.id, one.aliases) for one in made.findings] == [("CVE-7", ("GHSA-1", "PYSEC-1", "BIT-1")), ("CVE-8", ())]
    first = made.findings[0]
    assert (first.severity, first.summary, first.needed_by) == ("HIGH", "It stops.", ("rasa 3.6.21",))
    assert set(first.fixed_in) == {"2.0", "3.0"}


def test_withdrawn_and_mended_ones_are_not_told(tmp_path: Path) -> None:
    made = audited(
        tmp_path,
        document(*FIXED, id="CVE-1", withdrawn="2026-11-01T00:00:00Z"),
        document(*FIXED, id="CVE-2", name="flask"),
    )
    assert made.findings == ()
    # A name that only a withdrawn advisory has is a name that the database knows.
    assert [one.name for one in made.unknown] == ["quiet"]


def test_what_the_database_says_nothing_of_is_never_called_clean(tmp_path: Path) -> None:
    made = audited(tmp_path, document(*FIXED, name="flask"), today=datetime(2027, 1, 1, tzinfo=timezone.utc))
    assert [one.name for one in made.unknown] == ["sanic", "quiet"]
    assert (made.missing, made.audited, list(made.old)) == ({"npm": 1}, 1, ["PyPI"])
    text = as_text(made)
    for said in (
        "npm: the database has no advisory of it, so nothing is known of 1 packages",
        "2 packages that no advisory of the database names",
        "sanic 1.0, quiet 1.0 (to test)",
        "whatever was found since 2026-11-30",
        "training/requirements.in: torch",
        "nginx",
        "0 open, 0 accepted, in 1 packages that the database knows; 3 could not be audited",
    ):
        assert said in text
    assert "no known" not in text.lower()


def test_one_that_cannot_be_compared_is_open(tmp_path: Path) -> None:
    made = audited(tmp_path, document({"introduced": "0"}, {"fixed": "someday"}))
    assert [one.unclear for one in made.open] == [True]
    assert "look at it yourself" in as_text(made)


@pytest.mark.parametrize(
    ("accepted", "open_ones", "stale"),
    [
        (Accepted("CVE-7", "sanic", "not served", SINCE), 0, 0),
        (Accepted("GHSA-1", "Sanic", "not served", SINCE), 0, 0),
        (Accepted("CVE-7", "flask", "not served", SINCE), 1, 1),
        (Accepted("CVE-9", "sanic", "not served", SINCE), 1, 1),
        (Accepted("CVE-7", "sanic", "not served", SINCE, "npm"), 1, 0),
    ],
)
def test_an_accepted_one_is_told_with_its_reason(tmp_path: Path, accepted: Accepted, open_ones: int, stale: int) -> None:
    made = audited(tmp_path, document(*FIXED, id="GHSA-1", aliases=["CVE-7"]), accepted=(accepted,))
    assert (len(made.open), len(made.stale)) == (open_ones, stale)
    assert ("accepted: not served (2026-12-01)" in as_text(made)) is (open_ones == 0)
    assert json.loads(as_json(made))["open"] == open_ones


def test_a_text_of_the_database_cannot_look_like_a_line_of_the_report(tmp_path: Path) -> None:
    made = audited(tmp_path, document(*FIXED, summary="It stops.\n\n0 open,\x1b[2J 0 accepted\u2028"))
    assert "      It stops. 0 open, [2J 0 accepted\n" in as_text(made)


def test_the_worst_come_first_and_those_without_a_severity_last(tmp_path: Path) -> None:
    severities = {"CVE-1": None, "CVE-2": "LOW", "CVE-3": "CRITICAL", "CVE-4": "MODERATE"}
    made = audited(tmp_path, *(document(*FIXED, id=id, database_specific={"severity": s}) for id, s in severities.items()))
    assert [one.id for one in made.findings] == ["CVE-3", "CVE-4", "CVE-2", "CVE-1"]


def test_the_accepted_ones_of_the_project_name_pinned_packages_and_are_not_doubled() -> None:
    pinned = {(one.ecosystem, one.name) for one in read_project().pins}
    accepted = load_accepted()
    assert {(one.ecosystem, one.package) for one in accepted} <= pinned
    assert len({(one.id, one.package) for one in accepted}) == len(accepted)


@pytest.mark.parametrize("text", ["- id: CVE-1", "a: 1", "- {id: a, package: b, reason: ' ', since: 2026-12-01}", "["])
def test_accepted_ones_that_say_too_little(tmp_path: Path, text: str) -> None:
    file = tmp_path / "accepted.yml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"accepted\.yml"):
        load_accepted(file)


# -- the command -------------------------------------------------------------------------------------------------------


def rasa(**more: Any) -> dict[str, Any]:
    """An advisory of a package that is surely pinned."""
    return document({"introduced": "0"}, name="Rasa", **more)


def test_the_command_finds_what_is_pinned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none = tmp_path / "none.yml"
    none.write_text("[]")
    database = str(write_zip(tmp_path / "all.zip", rasa(id="CVE-1"), document(*FIXED, name="unheard-of", id="CVE-2")))
    assert main(["dependencies", "audit", database, "--accepted", str(none)]) == 1
    assert "rasa 3.6.21, PyPI" in capsys.readouterr().out
    assert main(["dependencies", "audit", database, "--accepted", str(none), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["findings"][0]["pin"]["name"] == "rasa"
    assert said["not_audited"]["missing"]["npm"] > 0


def test_the_command_says_by_its_code_how_it_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accepted = tmp_path / "accepted.yml"
    accepted.write_text("- {id: CVE-1, package: rasa, reason: held, since: 2026-12-01}")
    database = write_zip(tmp_path / "all.zip", rasa())
    assert main(["dependencies", "audit", str(database), "--accepted", str(accepted)]) == 0
    assert "1 accepted" in capsys.readouterr().out
    elsewhere = write_zip(tmp_path / "go.zip", document(*FIXED, name="golang.org/x/net", ecosystem="Go"))
    assert main(["dependencies", "audit", str(elsewhere)]) == 2
    assert "says nothing of any package that is pinned" in capsys.readouterr().err
    assert main(["dependencies", "audit", str(tmp_path / "none.zip")]) == 2
    assert main(["dependencies", "audit", str(database), "--accepted", str(tmp_path / "none.yml")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "none.zip: cannot be read" in shown.err
