"""Readers that are measured: ours, and processes that read line by line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.evaluation import readers
from bot.evaluation.readers import BaselineError, percentile, read_baseline, read_ours
from bot.evaluation.sets import Message

MESSAGES = [Message(str(number), text, ()) for number, text in enumerate(("i cannot breathe", "a\nb “c”", "hello"))]
ECHO = """
import json, sys
for line in sys.stdin:
    text = json.loads(line)["text"]
    mentions = [{"concept": text, "status": "absent"}] if text != "hello" else []
    print(json.dumps({"mentions": mentions}), flush=True)
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "run.py"
    monkeypatch.setattr(readers, "SCRIPT", file)
    return file


def test_a_baseline_answers_line_by_line(script: Path) -> None:
    script.write_text(ECHO, encoding="utf-8")
    answers = read_baseline("lexical", MESSAGES, Path(sys.executable))
    assert answers.read == [frozenset({("i cannot breathe", "absent")}), frozenset({("a\nb “c”", "absent")}), frozenset()]
    assert 0 < answers.speed.p50_ms <= answers.speed.p95_ms


@pytest.mark.parametrize("code", ["import sys; sys.exit(3)", "print('no JSON')"])
def test_a_baseline_that_fails_is_named(script: Path, code: str) -> None:
    script.write_text(code, encoding="utf-8")
    with pytest.raises(BaselineError, match="`negspacy` ended early"):
        read_baseline("negspacy", MESSAGES, Path(sys.executable))


def test_without_their_environment_the_way_out_is_said(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="make baselines"):
        read_baseline("lexical", MESSAGES, tmp_path / "python")


def test_ours_reads_every_message() -> None:
    answers = read_ours(MESSAGES)
    assert ("dyspnoea", "present") in answers.read[0]
    assert len(answers.read) == len(MESSAGES)
    assert answers.speed.per_second > 0


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 2), (51, 3), (95, 4), (100, 4)])
def test_percentile_is_a_value_of_the_list(percent: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], percent) == value
