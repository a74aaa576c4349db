"""`aftercheck evaluate` from outside, on a made-up set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scorers import as_json, load

from bot.cli import main
from bot.settings import ROOT

MESSAGES = [
    {"id": "1", "text": "I cannot breathe", "mentions": [{"concept": "dyspnoea", "status": "present"}], "tags": ["red_flag"]},
    {"id": "2", "text": "my eyelid droops and my head hurts", "mentions": [{"concept": "eyelid_ptosis", "status": "present"}]},
    {"id": "3", "text": "no headache so far", "mentions": [{"concept": "headache", "status": "absent"}], "tags": ["negation"]},
    {"id": "4", "text": "how much is it?", "mentions": [], "tags": ["none"]},
]
VIGNETTES = [{"id": "v1", "opening": "I cannot breathe", "facts": {"present": ["dyspnoea"]}, "expect": {"level": "emergency"}}]


def write(file: Path, rows: list[dict[str, object]]) -> str:
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(file)


@pytest.fixture
def messages(tmp_path: Path) -> str:
    return write(tmp_path / "messages.jsonl", MESSAGES)


def test_measures_what_the_scorer_measures(messages: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--set", messages, "--understanding-only", "--json"]) == 0
    ours = json.loads(capsys.readouterr().out)["understanding"]["Aftercheck"]
    theirs = as_json(load("score_understanding"), messages, "--", sys.executable, "-m", "bot.cli", "understand", "--jsonl")
    del theirs["messages_per_second_with_startup"]
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs)


def test_interviews_the_real_agent(messages: str, tmp_path: Path) -> None:
    command = ["evaluate", "--set", messages, "--vignettes", write(tmp_path / "vignettes.jsonl", VIGNETTES), "--json"]
    # A process of its own: Rasa sets up logging and warnings for the whole process.
    run = subprocess.run([sys.executable, "-m", "bot.cli", *command], cwd=ROOT, capture_output=True, text=True, check=True)
    vignettes = json.loads(run.stdout)["vignettes"]
    assert (vignettes["emergency_sensitivity"], vignettes["questions_max"]) == (1.0, 0)
    assert "Interviews: 1 of 1" in run.stderr


@pytest.mark.parametrize(("option", "shape"), [([], "  present: F1 "), (["--markdown"], "| present: F1 | ")])
def test_prints_tables(messages: str, option: list[str], shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--set", messages, "--understanding-only", *option]) == 0
    assert shape in capsys.readouterr().out


def test_errors_show_what_was_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {"id": "w", "text": "I cannot breathe", "mentions": [{"concept": "early_wear_off", "status": "past"}]}
    assert main(["evaluate", "--set", write(tmp_path / "m.jsonl", [wrong]), "--understanding-only", "--errors"]) == 0
    out = capsys.readouterr().out
    assert "w: 'I cannot breathe'" in out
    assert "missed [('early_wear_off', 'past')]" in out


def test_a_missing_set_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--set", str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl: cannot be read" in capsys.readouterr().err
