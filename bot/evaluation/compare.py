"""`aftercheck evaluate --typed`: the patients who press buttons beside the same patients who type, over the real agent."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from bot.dialogue.model import TrainingError
from bot.evaluation import sets, tables
from bot.evaluation.interviews import Interview, Send, interview, real_agent, vignette_figures
from bot.evaluation.measure import Form, about, wrong_interviews
from bot.evaluation.patient import Answer, answer
from bot.evaluation.progress import shown
from bot.evaluation.typed import Forms, load_forms, typing_patient
from bot.understanding.encoder import ModelError

SEEDS = (1, 2, 3)
BUTTONS, TYPING = "buttons", "typing"


class Patient(NamedTuple):
    """One interview to hold: how the patient answers, and who it is."""

    manner: str
    vignette: sets.Vignette
    answer: Answer


def evaluate_typed(*, form: Form = "text", errors: bool = False, files: Sequence[Path] = sets.ALL_VIGNETTES) -> int:
    """Measure and print; `errors` adds the conversations that went wrong. Returns 1 when it could not be done."""
    try:
        forms = load_forms()
        vignettes = vignettes_of(files)
        these = patients(vignettes, forms, SEEDS, date.today())
        held = asyncio.run(hold(real_agent(), shown(these, "Interviews")))
    except (sets.SetError, ModelError, TrainingError) as error:
        print(error, file=sys.stderr)
        return 1
    if form == "json":
        figures = {manner: msgspec.to_builtins(vignette_figures(interviews)) for manner, interviews in held.items()}
        print(json.dumps({"about": about(), "seeds": SEEDS, "vignettes": figures}))
        return 0
    title = f"Interviews: {len(vignettes)} simulated patients; those who type, {len(SEEDS)} times each"
    table = tables.manners_table(held, title)
    shown_table = tables.as_markdown(table) if form == "markdown" else tables.as_text(table)
    print(f"Measured with {', '.join(f'{name} {value}' for name, value in about().items())}.\n\n{shown_table}")
    if errors:
        print("\n".join(["", *(line for interviews in held.values() for line in wrong_interviews(interviews))]))
    return 0


def vignettes_of(files: Iterable[Path]) -> list[sets.Vignette]:
    """The vignettes of all files. Two sets have some ids in common, so the id gets the name of the set before it."""
    return [
        msgspec.structs.replace(vignette, id=f"{file.stem.split('_')[0]} {vignette.id}")
        for file in files
        for vignette in sets.load_vignettes(file)
    ]


def patients(
    vignettes: Sequence[sets.Vignette], forms: Forms, seeds: Sequence[int], today: date | None = None
) -> list[Patient]:
    """Each vignette once with the buttons and once a seed typing. A typing patient's id names the seed."""
    pressing = [Patient(BUTTONS, vignette, answer) for vignette in vignettes]
    typing = [
        Patient(
            TYPING,
            msgspec.structs.replace(vignette, id=f"{vignette.id}/{seed}"),
            typing_patient(vignette.id, seed, forms, today),
        )
        for seed in seeds
        for vignette in vignettes
    ]
    return [*pressing, *typing]


async def hold(send: Send, these: Iterable[Patient]) -> dict[str, list[Interview]]:
    """The interviews, by the manner of the patient."""
    held: dict[str, list[Interview]] = {BUTTONS: [], TYPING: []}
    for patient in these:
        held[patient.manner].append(await interview(send, patient.vignette, patient.answer))
    return held
