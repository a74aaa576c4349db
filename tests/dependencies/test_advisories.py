"""Which versions an advisory speaks of, by the rules of the OSV schema."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dependencies.advisories import Malformed, decode, fixes, verdict
from bot.dependencies.pins import Ecosystem
from tests.dependencies.documents import advisory, pin

FROM_0_TO_2 = ({"introduced": "0"}, {"fixed": "2.0"})
REFERRING = b"""
id: CVE-1
modified: 2026-01-01T00:00:00Z
affected:
- &a {package: {ecosystem: PyPI, name: x}, ranges: [&r {type: ECOSYSTEM, events: [&e {introduced: "0"}%s]}%s]}
%s""" % (b", *e" * 3000, b", *r" * 3000, b"- *a\n" * 10)
TWICE = ({"introduced": "3.0"}, {"fixed": "3.1"}, {"introduced": "1.0"}, {"fixed": "1.5"})


@pytest.mark.parametrize(
    ("events", "version", "affected"),
    [
        (FROM_0_TO_2, "1.9.9", True),
        (FROM_0_TO_2, "2.0", False),
        (FROM_0_TO_2, "0", True),
        (FROM_0_TO_2, "2.0rc1", True),
        (FROM_0_TO_2, "2.0.post1", False),
        (FROM_0_TO_2, "2.0+local", False),
        (FROM_0_TO_2, "1.10", True),
        (({"introduced": "1.10"}, {"fixed": "1.11"}), "1.9", False),
        (({"introduced": "1!1.0"},), "2.0", False),
        (({"introduced": "0"}, {"last_affected": "2.0"}), "2.0", True),
        (({"introduced": "0"}, {"last_affected": "2.0"}), "2.0.0", True),
        (({"introduced": "0"}, {"last_affected": "2.0"}), "2.0.1", False),
        (({"introduced": "0"}, {"last_affected": "0"}), "1.0", False),
        (({"introduced": "0"},), "99", True),
        (({"fixed": "2.0"},), "1.0", True),
        (({"fixed": "2.0"}, {"introduced": "0"}), "2.0", False),
        (TWICE, "0.9", False),
        (TWICE, "1.2", True),
        (TWICE, "2.0", False),
        (TWICE, "3.0.5", True),
        (TWICE, "3.1", False),
        (({"introduced": "0"}, {"limit": "2.0"}), "1.0", True),
        (({"introduced": "0"}, {"limit": "2.0"}), "2.0", False),
        (({"introduced": "0"}, {"limit": "*"}), "2.0", True),
    ],
)
def test_ranges_of_pypi(events: tuple[dict[str, str], ...], version: str, affected: bool) -> None:
    assert verdict(advisory(*events), pin(version)) == ("affected" if affected else "unaffected")


@pytest.mark.parametrize(
    ("version", "affected"),
    [("1.9.9", True), ("2.0.0", False), ("2.0.0-rc.1", True), ("2.0.0-rc.10", True), ("2.0.0+build", False), ("10.0.0", False)],
)
def test_ranges_of_npm_with_a_scoped_name(version: str, affected: bool) -> None:
    one = advisory({"introduced": "0"}, {"fixed": "2.0.0"}, name="@scope/Name", ecosystem="npm")
    assert verdict(one, pin(version, "@scope/Name", "npm")) == ("affected" if affected else "unaffected")
    assert verdict(one, pin("1.0.0", "@scope/name", "npm")) == "unaffected"
    assert verdict(one, pin("1.0.0", "Name", "npm")) == "unaffected"
    assert verdict(one, pin("1.0.0", "@scope/Name", "PyPI")) == "unaffected"


def test_a_prerelease_that_npm_orders_by_number() -> None:
    one = advisory({"introduced": "0"}, {"fixed": "2.0.0-rc.9"}, ecosystem="npm")
    assert verdict(one, pin("2.0.0-rc.10", ecosystem="npm")) == "unaffected"
    assert verdict(one, pin("2.0.0-rc.2", ecosystem="npm")) == "affected"


@pytest.mark.parametrize(
    ("events", "versions", "version", "said"),
    [
        ((), ("1.0", "1.1"), "1.0", "affected"),
        ((), ("1.0.0",), "1.0", "affected"),
        ((), ("1.1",), "1.0", "unaffected"),
        (({"introduced": "2.0"},), ("1.0",), "1.0", "affected"),
        ((), (), "1.0", "unclear"),
        (({"introduced": "0"}, {"fixed": "next summer"}), (), "1.0", "unclear"),
        (({"introduced": "0"}, {"fixed": "next summer"}), ("1.0",), "1.0", "affected"),
        (FROM_0_TO_2, (), "our own build", "unclear"),
        ((), ("our own build",), "our own build", "affected"),
    ],
)
def test_lists_of_versions_and_what_cannot_be_compared(
    events: tuple[dict[str, str], ...], versions: tuple[str, ...], version: str, said: str
) -> None:
    assert verdict(advisory(*events, versions=versions), pin(version)) == said


def test_null_stands_for_an_empty_list() -> None:
    one = advisory(*FROM_0_TO_2, aliases=None, severity=None)
    assert verdict(one, pin()) == "affected"
    assert (one.names, one.rated) == ({"CVE-1"}, "")
    assert verdict(advisory(affected=None), pin()) == "unaffected"


def test_commits_say_nothing_of_a_version() -> None:
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "abc123"}]}]
    affected = [{"package": {"ecosystem": "PyPI", "name": "sanic"}, "ranges": ranges}]
    assert verdict(advisory(affected=affected), pin()) == "unclear"
    assert verdict(advisory(affected=[{"ranges": ranges}]), pin()) == "unaffected"


@pytest.mark.parametrize("name", ["Ruamel.YAML", "ruamel_yaml", "ruamel--yaml"])
def test_names_of_pypi_are_compared_as_pypi_does(name: str) -> None:
    assert verdict(advisory(*FROM_0_TO_2, name=name), pin("1.0", "ruamel-yaml")) == "affected"


def test_the_fixes_are_those_later_than_the_pin_and_in_order() -> None:
    events = ({"introduced": "0"}, {"fixed": "0.9"}, {"introduced": "1.0"}, {"fixed": "1.10"}, {"fixed": "1.9"})
    assert fixes(advisory(*events), pin("1.0")) == ("1.9", "1.10")
    assert fixes(advisory({"introduced": "0"}), pin("1.0")) == ()


@pytest.mark.parametrize(
    ("content", "as_yaml"),
    [
        (b"", False),
        (b"[]", False),
        (b'{"id": "CVE-1"}', False),
        (b'{"id": "CVE-1", "modified": "yesterday"}', False),
        (b'{"id": "CVE-1", "modified": "2026-01-01T00:00:00Z", "affected": [3]}', False),
        (b"\xff\xfe", False),
        (b"[" * 100_000, False),
        (b"", True),
        (b"- a: [", True),
        (b"id: CVE-1", True),
        (b"[" * 100_000, True),
        # 18 KB that stand for 90 million events.
        (REFERRING, True),
        (b"id: !!python/object/apply:os.system [ls]\nmodified: 2026-01-01T00:00:00Z", True),
    ],
)
def test_what_is_no_advisory(content: bytes, as_yaml: bool) -> None:
    with pytest.raises(Malformed):
        decode(content, as_yaml=as_yaml)


def test_a_version_in_yaml_that_looks_like_a_number_stays_a_text() -> None:
    text = "\n".join(
        [
            "id: CVE-1",
            "modified: 2026-01-01T00:00:00Z",
            "affected: [{package: {ecosystem: PyPI, name: sanic}, ranges: [{type: ECOSYSTEM, events: [{introduced: 1.10}]}]}]",
        ]
    )
    one = decode(text.encode(), as_yaml=True)
    assert verdict(one, pin("1.5")) == "unaffected"
    assert verdict(one, pin("1.10")) == "affected"


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, ""),
        ({"database_specific": {"severity": "high"}}, "HIGH"),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}]}, "CVSS:3.1/AV:N"),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}], "database_specific": {"severity": "LOW"}}, "LOW"),
        ({"severity": None, "database_specific": {"severity": {"v": 3}}}, ""),
        ({"severity": None, "database_specific": None}, ""),
    ],
)
def test_the_severity_is_a_word_where_there_is_one(more: dict[str, object], severity: str) -> None:
    assert advisory(**more).rated == severity


PARTS = st.lists(st.integers(0, 30), min_size=3, max_size=3).map(lambda parts: ".".join(map(str, parts)))


@given(PARTS, PARTS, PARTS, st.sampled_from(["PyPI", "npm"]))
def test_a_range_holds_exactly_what_lies_within(start: str, end: str, version: str, ecosystem: Ecosystem) -> None:
    def number(text: str) -> list[int]:
        return [int(part) for part in text.split(".")]

    one = advisory({"introduced": start}, {"fixed": end}, ecosystem=ecosystem)
    within = number(start) <= number(version) < number(end)
    if number(start) < number(end):
        assert (verdict(one, pin(version, ecosystem=ecosystem)) == "affected") is within
