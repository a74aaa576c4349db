"""What is done is remembered, and, noted in a file, known to the next process."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels import done as module
from bot.channels.done import Done, Noted

NAMES = [("chat:anna", number, 1764550000.123456) for number in range(5)]


@pytest.fixture(params=["memory", "file"])
def done(request: pytest.FixtureRequest, tmp_path: Path) -> Done:
    return Done() if request.param == "memory" else Noted(tmp_path / "sent")


def test_what_is_remembered_has_an_end(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for name in NAMES:
        done.add(name)
    assert [name in done for name in NAMES] == [False, False, True, True, True]


def test_the_next_process_knows_what_was_noted_however_the_last_one_ended(tmp_path: Path) -> None:
    file = tmp_path / "sent"
    first = Noted(file)
    for name in NAMES[:2]:
        first.add(name)
    again = Noted(file)  # the first one was not closed
    again.add(NAMES[2])
    again.close()
    file.write_bytes(file.read_bytes() + b"0123456789abcdef")  # killed in the middle of a note
    last = Noted(file)
    last.add(NAMES[3])
    assert [name in Noted(file) for name in NAMES] == [True, True, True, True, False]


def test_the_file_has_an_end_and_tells_nobody_who_was_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 10)
    file = tmp_path / "sent"
    done = Noted(file)
    for number in range(95):
        done.add(("chat:anna", number, 1.0))
    assert len(file.read_text().splitlines()) <= 21
    assert "anna" not in file.read_text()
    assert all(("chat:anna", number, 1.0) in Noted(file) for number in range(86, 95))
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["sent"]


def test_a_file_that_cannot_be_written_is_told_and_memory_must_do(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    done = Noted(tmp_path / "nothing" / "sent")
    done.add(NAMES[0])
    assert NAMES[0] in done
    assert "cannot be noted beside the store: No such file or directory" in caplog.text
