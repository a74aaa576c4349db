from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions
from actions.shared import meant, say, topic_of
from bot.knowledge.levels import Level
from bot.triage.report import SymptomReport
from bot.wording.speaker import speaker
from tests.triage.reports import report_of

FILES = [file for file in Path(actions.__file__).parent.glob("*.py") if file.name != "shared.py"]
STANDS = report_of("dyspnoea", reached=Level.EMERGENCY)


def tracker(report: SymptomReport, **message: Any) -> Tracker:
    return Tracker("anna", {"report": report.to_slot()}, message, [], False, None, {}, "action_listen")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_action_says_what_it_says_through_say(file: Path) -> None:
    assert "utter_message" not in file.read_text(encoding="utf-8")


def test_what_is_said_is_said_as_it_stands() -> None:
    dispatcher = CollectingDispatcher()
    for report in (SymptomReport(), STANDS):
        say(dispatcher, tracker(report), speaker().plain("greeting"))
    free, standing = (message["text"] for message in dispatcher.messages)
    assert free == speaker().plain("greeting").text
    assert standing.startswith("Call 911 now.")


def test_an_account_that_is_newer_than_its_slot_counts() -> None:
    dispatcher = CollectingDispatcher()
    say(dispatcher, tracker(SymptomReport()), speaker().plain("greeting"), STANDS)
    assert dispatcher.messages[0]["custom"]["standing"] == "emergency"


@pytest.mark.parametrize(
    ("report", "message", "topic"),
    [
        (STANDS, {"wish": "not_calling", "topic": "exercise"}, "not_calling"),
        (SymptomReport(), {"wish": "not_calling", "topic": "exercise"}, "exercise"),
        (STANDS, {"topic": "exercise"}, "exercise"),
        (SymptomReport(), {"wish": "not_calling"}, None),
    ],
)
def test_a_wish_is_met_only_where_an_emergency_stands(report: SymptomReport, message: Any, topic: str | None) -> None:
    found = topic_of(tracker(report, **message))
    assert (found.id if found else None) == topic


@pytest.mark.parametrize(
    ("report", "exactly", "wished"), [(STANDS, False, False), (STANDS, True, True), (SymptomReport(), False, True)]
)
def test_an_emergency_is_not_forgotten_for_words_that_are_near(report: SymptomReport, exactly: bool, wished: bool) -> None:
    assert meant(tracker(report, exactly=exactly)) is wished
