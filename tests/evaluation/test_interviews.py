"""Interviews and their figures are those of score_vignettes.py."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scorers import as_json, load

from bot.evaluation.interviews import MAX_MESSAGES, Interview, interview, vignette_figures
from bot.evaluation.sets import Expected, Facts, LevelName, Vignette
from bot.knowledge.levels import Level
from bot.wording.reply import Reply

SCORER = load("score_vignettes")
LEVELS = ("routine", "few_days", "same_day", "emergency")
VIGNETTE = Vignette("v", "my lid droops", Facts(onset_days_ago=0), Expected("emergency"))

ASSESSMENT: dict[str, Any] = {"type": "assessment", "level": "same_day"}
ONSET: dict[str, Any] = {"type": "question", "id": "onset"}
SEVERITY: dict[str, Any] = {"type": "question", "id": "severity"}
INFO: dict[str, Any] = {"type": "info", "id": "greeting"}

turns = st.lists(
    st.lists(st.sampled_from((None, ASSESSMENT, ONSET, SEVERITY, INFO)), max_size=3),
    min_size=MAX_MESSAGES,
    max_size=MAX_MESSAGES,
)


def ours(script: list[list[dict[str, Any] | None]]) -> Interview:
    """An interview by a bot that follows a script."""
    left = iter(script)

    async def send(sender: str, message: str) -> list[Reply]:
        return [Reply(text="...", custom=custom) for custom in next(left)]

    return asyncio.run(interview(send, VIGNETTE))


def theirs(script: list[list[dict[str, Any] | None]]) -> tuple[Any, int, list[Any]]:
    """The scorer's interview by the same bot."""
    left = iter(script)

    def post(url: str, token: str | None, sender: str, message: str) -> list[dict[str, Any]]:
        return [{"text": "...", **({"custom": custom} if custom else {})} for custom in next(left)]

    patient = {"opening": VIGNETTE.opening, "facts": {"onset_days_ago": 0}}
    with patch.object(SCORER, "post", post):
        result: tuple[Any, int, list[Any]] = SCORER.interview("", None, patient)
    return result


@given(script=turns)
def test_holds_the_same_interview_as_the_scorer(script: list[list[dict[str, Any] | None]]) -> None:
    held = ours(script)
    assessment, questions, log = theirs(script)
    assert held.level is (Level(assessment["level"]) if assessment else None)
    assert held.questions == questions
    assert [said for said, _ in held.said] == [said for said, _ in log]


def test_answers_what_is_asked_until_there_is_an_assessment() -> None:
    held = ours([[INFO, ONSET], [SEVERITY], [ASSESSMENT]])
    assert [said for said, _ in held.said] == ["my lid droops", "today", "moderate"]
    assert (held.level, held.questions, held.under, held.ended_with) == (Level.SAME_DAY, 2, True, "assessment")


@pytest.mark.parametrize(("last", "ended_with"), [([INFO], "info greeting"), ([None], "text")])
def test_ends_when_nothing_is_asked(last: list[dict[str, Any] | None], ended_with: str) -> None:
    held = ours([[ONSET], last])
    assert (held.level, held.under, held.ended_with) == (None, True, ended_with)


results = st.lists(
    st.tuples(st.sampled_from(LEVELS), st.none() | st.sampled_from(LEVELS), st.integers(0, 9)), min_size=1, max_size=12
)


@given(held=results)
def test_figures_agree_with_the_scorer(
    held: list[tuple[LevelName, LevelName | None, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    vignettes = [Vignette(str(number), "...", Facts(), Expected(expected)) for number, (expected, _, _) in enumerate(held)]
    file = tmp_path_factory.mktemp("set") / "vignettes.jsonl"
    file.write_text("\n".join(json.dumps(msgspec.to_builtins(vignette)) for vignette in vignettes), encoding="utf-8")

    def scripted(url: str, token: str | None, vignette: dict[str, Any]) -> tuple[Any, int, list[Any]]:
        _, level, questions = held[int(vignette["id"])]
        return {"level": level} if level else None, questions, []

    interviews = [
        Interview(vignette, Level(level) if level else None, questions, ())
        for vignette, (_, level, questions) in zip(vignettes, held, strict=True)
    ]
    with patch.object(SCORER, "interview", scripted):
        assert msgspec.to_builtins(vignette_figures(interviews)) == pytest.approx(as_json(SCORER, str(file)))
