"""Runs the evaluation and prints it: as text, as Markdown (for evaluation/README.md) or as one JSON object."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from bot.dialogue.model import TrainingError
from bot.evaluation import sets, tables
from bot.evaluation.figures import Figures, Read, figures
from bot.evaluation.interviews import Interview, interview, real_agent, vignette_figures
from bot.evaluation.progress import shown
from bot.evaluation.readers import BASELINES, Answers, BaselineError, read_baseline, read_ours
from bot.knowledge.load import cached_pack
from bot.understanding.encoder import MODEL, ModelError
from bot.wording.reply import Reply

Form = Literal["text", "markdown", "json"]
OURS = "Aftercheck"
# So much of an assessment shows its action and its reason.
MOST_SHOWN = 220


def evaluate(
    *,
    form: Form = "text",
    errors: bool = False,
    baselines: bool = False,
    understanding_only: bool = False,
    messages: Path = sets.MESSAGES,
    vignettes: Path = sets.VIGNETTES,
) -> int:
    """Measure and print; `errors` adds every message and interview that went wrong. Returns 1 when it could not be done."""
    try:
        gold = sets.load_messages(messages)
        patients = [] if understanding_only else sets.load_vignettes(vignettes)
        levels = sets.load_levels()
        answers = {OURS: read_ours(gold)}
        if baselines:
            answers |= {title: read_baseline(name, gold) for name, title in BASELINES.items()}
        interviews = asyncio.run(_interviews(patients)) if patients else []
    except (sets.SetError, BaselineError, ModelError, TrainingError) as error:
        print(error, file=sys.stderr)
        return 1
    measured = {title: figures(gold, answer.read, levels) for title, answer in answers.items()}
    if form == "json":
        print(json.dumps(_as_object(measured, answers, interviews)))
        return 0
    show = tables.as_markdown if form == "markdown" else tables.as_text
    shown_tables = "\n\n".join(show(table) for table in _tables(measured, answers, interviews))
    print(f"Measured with {', '.join(f'{name} {value}' for name, value in about().items())}.\n\n{shown_tables}")
    if errors:
        print("\n".join(["", *_wrong_messages(gold, answers[OURS].read), *wrong_interviews(interviews)]))
    return 0


async def _interviews(patients: Sequence[sets.Vignette]) -> list[Interview]:
    send = real_agent()
    return [await interview(send, patient) for patient in shown(patients, "Interviews")]


def about() -> dict[str, str]:
    """What was measured: the trained reader and the knowledge."""
    reader = json.loads((MODEL / "reader.json").read_text(encoding="utf-8"))
    pack = cached_pack()
    return {"reader": reader["sha256"][:12], "knowledge": f"{pack.id} {pack.version}"}


def _as_object(measured: dict[str, Figures], answers: dict[str, Answers], interviews: list[Interview]) -> dict[str, Any]:
    understanding = {
        title: {**msgspec.to_builtins(figures), "speed": msgspec.to_builtins(answers[title].speed)}
        for title, figures in measured.items()
    }
    vignettes = msgspec.to_builtins(vignette_figures(interviews)) if interviews else None
    return {"about": about(), "understanding": understanding, "vignettes": vignettes}


def _tables(measured: dict[str, Figures], answers: dict[str, Answers], interviews: list[Interview]) -> Iterator[tables.Table]:
    ours = measured[OURS]
    yield tables.understanding_table({title: (figures, answers[title].speed) for title, figures in measured.items()})
    yield tables.status_table(ours)
    yield tables.tag_table(ours)
    yield tables.concept_table(ours)
    if interviews:
        yield tables.vignette_table(vignette_figures(interviews))
        if any(held.level is not held.expected for held in interviews):
            yield tables.wrong_levels_table(interviews)


def _wrong_messages(gold: Sequence[sets.Message], read: Sequence[Read]) -> Iterator[str]:
    for message, found in zip(gold, read, strict=True):
        truth = message.labels
        if truth != found:
            yield f"{message.id}: {message.text!r}\n   missed {sorted(truth - found)}\n   extra  {sorted(found - truth)}"


def wrong_interviews(interviews: Sequence[Interview]) -> Iterator[str]:
    """The conversations that ended at another level than expected, as lines."""
    for held in interviews:
        if held.level is not held.expected:
            reached = held.level.value if held.level else None
            yield f"{held.vignette.id}: expected {held.expected.value}, got {reached}: {held.vignette.why}"
            for said, replies in held.said:
                yield f"   > {said}"
                yield from (f"   < {_shortened(reply)}" for reply in replies)


def _shortened(reply: Reply) -> str:
    """A reply in one line: a question in full, of the long answers the beginning."""
    text = " ".join(reply.text.split())
    return text if (reply.custom or {}).get("type") == "question" else text[:MOST_SHOWN]
