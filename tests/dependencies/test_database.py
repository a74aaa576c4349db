"""Reading a database: both formats, and what is broken, foreign or too large."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dependencies.database import DatabaseError, Limits, read_database
from tests.dependencies.documents import document, write_folder, write_zip

FIXED = ({"introduced": "0"}, {"fixed": "2.0"})
WANTED = {("PyPI", "sanic"), ("npm", "@a/b")}
ONE = document(*FIXED)
OTHER = document(*FIXED, name="flask", id="CVE-2", modified="2026-12-01T00:00:00Z")
SCOPED = document(*FIXED, name="@a/b", ecosystem="npm", id="GHSA-3")
GO = document(*FIXED, name="golang.org/x/net", ecosystem="Go", id="GO-4")
GONE = document(*FIXED, name="Sanic", id="CVE-5", withdrawn="2026-11-01T00:00:00Z")


@pytest.mark.parametrize("form", ["zip", "json", "yaml", "zips in a folder"])
def test_both_formats_say_the_same(tmp_path: Path, form: str) -> None:
    documents = (ONE, OTHER, SCOPED, GO, GONE)
    if form == "zip":
        place = write_zip(tmp_path / "all.zip", *documents)
    elif form == "zips in a folder":
        for number, one in enumerate(documents):
            write_zip(tmp_path / f"{number}.zip", one)
        place = tmp_path
    else:
        place = write_folder(tmp_path, *documents, as_yaml=form == "yaml")
    found = read_database([place], WANTED)
    assert [advisory.id for advisory in found.advisories] == ["CVE-1", "GHSA-3"]
    assert found.known == {"PyPI": {"sanic", "flask"}, "npm": {"@a/b"}}
    assert found.newest["PyPI"].isoformat() == "2026-12-01T00:00:00+00:00"
    assert (found.read, found.malformed) == (5, ())


def test_what_is_no_advisory_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    write_folder(tmp_path, ONE)
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("# About")
    found = read_database([tmp_path], WANTED)
    assert found.read == 1
    assert len(found.malformed) == 1
    assert "package.json" in found.malformed[0]


def empty_zip(folder: Path) -> Path:
    return write_zip(folder / "all.zip")


def broken_zip(folder: Path) -> Path:
    whole = write_zip(folder / "all.zip", ONE).read_bytes()
    (folder / "all.zip").write_bytes(whole[: len(whole) // 2])
    return folder / "all.zip"


def text_as_zip(folder: Path) -> Path:
    (folder / "all.zip").write_text("not found")
    return folder / "all.zip"


def only_malformed(folder: Path) -> Path:
    (folder / "a.json").write_text("{}")
    return folder


def other_file(folder: Path) -> Path:
    (folder / "all.tar").write_text("x")
    return folder / "all.tar"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (empty_zip, "there is none"),
        (broken_zip, "is no zip file"),
        (text_as_zip, "is no zip file"),
        (only_malformed, "none of its 1 files is one"),
        (other_file, "is no folder, zip"),
        (lambda folder: folder, "there is none"),
        (lambda folder: folder / "none.json", "cannot be read"),
        (lambda folder: folder / "none.zip", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_used(tmp_path: Path, make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DatabaseError, match=says) as caught:
        read_database([make(tmp_path)], WANTED)
    assert "OSV schema" in str(caught.value)


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_zip_is_read_or_refused_but_never_fails_otherwise(tmp_path: Path, packing: int) -> None:
    file = tmp_path / "all.zip"
    with zipfile.ZipFile(file, "w", packing) as archive:
        archive.writestr("CVE-1.json", json.dumps(ONE))
        archive.writestr("CVE-2.json", json.dumps({**ONE, "id": "CVE-2"}))
    whole = file.read_bytes()
    told = 0
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            told += bool(read_database([file], WANTED).malformed)
        except DatabaseError:
            told += 1
    assert told > len(whole) // 2


def test_a_folder_that_cannot_be_opened_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, ONE)
    opened = os.scandir

    def scandir(place: str) -> Iterator[os.DirEntry[str]]:
        if Path(place).name == "vulns":
            raise PermissionError(13, "Permission denied", place)
        return opened(place)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(DatabaseError, match=r"vulns: cannot be read \(Permission denied\)"):
        read_database([tmp_path], WANTED)


def test_a_broken_entry_of_a_zip_costs_that_entry_alone(tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("CVE-9.json", "A" * 100)
    with zipfile.ZipFile(write_zip(tmp_path / "one.zip", ONE)) as good, zipfile.ZipFile(file, "a") as archive:
        archive.writestr("CVE-1.json", good.read("CVE-1.json"))
    file.write_bytes(file.read_bytes().replace(b"A" * 100, b"B" * 100))
    found = read_database([file], WANTED)
    assert found.read == 1
    assert "cannot be unpacked" in found.malformed[0]


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("CVE-1.json", b"0" * 50_000_000)
    assert file.stat().st_size < 100_000
    with pytest.raises(DatabaseError, match="would unpack to more than 1 MiB"):
        read_database([file], WANTED, Limits(all=2**20))
    with pytest.raises(DatabaseError, match="larger than 1,048,576 bytes"):
        read_database([file], WANTED, Limits(one=2**20))


def test_a_folder_with_too_much_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, *(document(*FIXED, id=f"CVE-{n}", details="x" * 1000) for n in range(20)))
    with pytest.raises(DatabaseError, match="which is not read"):
        read_database([tmp_path], WANTED, Limits(all=10_000))
