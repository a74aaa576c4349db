"""Patients who type beside those who press buttons: a sample over the real agent, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.evaluation import compare
from bot.evaluation.compare import BUTTONS, SEEDS, TYPING, hold, patients, vignettes_of
from bot.evaluation.interviews import sent_to
from bot.evaluation.sets import ALL_VIGNETTES, VIGNETTES, Vignette
from bot.evaluation.typed import load_forms
from bot.wording.reply import Reply

FORMS = load_forms()
# Of the development set: a test must not look at what was written for measuring alone.
SAMPLE = vignettes_of([VIGNETTES])[:25]


@pytest.mark.parametrize("vignette", SAMPLE, ids=[vignette.id for vignette in SAMPLE])
async def test_who_types_is_not_sent_later_than_who_presses_buttons(agent: Any, vignette: Vignette) -> None:
    held = await hold(sent_to(agent), patients([vignette], FORMS, SEEDS))
    [pressed] = held[BUTTONS]
    assert pressed.level is not None
    safe = min(pressed.level, pressed.expected)
    late = [[said for said, _ in typed.said] for typed in held[TYPING] if typed.level is None or typed.level < safe]
    assert late == []


def test_each_patient_presses_buttons_once_and_types_once_a_seed() -> None:
    these = patients(SAMPLE[:2], FORMS, (1, 2))
    first, second = (vignette.id for vignette in SAMPLE[:2])
    assert [(patient.manner, patient.vignette.id) for patient in these] == [
        *((BUTTONS, first), (BUTTONS, second)),
        *((TYPING, f"{first}/1"), (TYPING, f"{second}/1"), (TYPING, f"{first}/2"), (TYPING, f"{second}/2")),
    ]


def test_patients_of_several_sets_have_ids_of_their_own() -> None:
    every = vignettes_of(ALL_VIGNETTES)
    assert len({vignette.id for vignette in every}) == len(every)
    assert {vignette.id.split()[0] for vignette in every} == {"dev", "unseen"}


async def always_emergency(sender: str, message: str) -> list[Reply]:
    return [Reply(text="Call.", custom={"type": "assessment", "level": "emergency"})]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    vignette = {"id": "v1", "opening": "I cannot breathe", "facts": {"present": ["dyspnoea"]}, "expect": {"level": "routine"}}
    file = tmp_path / "vignettes.jsonl"
    file.write_text(json.dumps(vignette), encoding="utf-8")
    monkeypatch.setattr(compare, "real_agent", lambda: always_emergency)
    command = ["evaluate", "--typed", "--vignettes", str(file)]
    assert main([*command, "--errors"]) == 0
    printed = capsys.readouterr()
    assert "Interviews: 1 simulated patients; those who type, 3 times each" in printed.out
    assert "3/3 = 100.0 % (43.9 to 100.0)" in printed.out
    assert "vignettes v1/2: expected routine, got emergency" in printed.out
    assert "   > I cannot breathe\n   < Call." in printed.out
    assert "Interviews: 4 of 4" in printed.err
    assert main([*command, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["vignettes"]
    assert [figures[manner]["over_triaged"] for manner in (BUTTONS, TYPING)] == [1.0, 1.0]


def test_a_missing_set_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--typed", "--vignettes", str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl: cannot be read" in capsys.readouterr().err
