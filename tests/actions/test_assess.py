from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.assess import Assess
from actions.shared import remember
from bot.triage.assess import assess
from bot.triage.report import SymptomReport
from bot.triage.turn import Turn
from bot.wording.speaker import speaker


def tracker_after(turn: Turn) -> Tracker:
    """The tracker that the action finds after the interview has led to `turn`."""
    slots = {event["name"]: event["value"] for event in remember(turn, finished=True)}
    return Tracker("anna", slots, {}, [], False, None, {}, "action_listen")


async def test_who_declines_the_questions_is_told_that_nothing_is_kept_and_nothing_is() -> None:
    report = SymptomReport()
    turn = Turn(say="no_consent", report=report, assessment=assess(report, speaker().pack))
    dispatcher = CollectingDispatcher()
    events: list[dict[str, Any]] = await Assess().run(dispatcher, tracker_after(turn), {})
    assert [event["event"] for event in events] == ["reset_slots", "restart"]
    assert dispatcher.messages[0]["custom"] == {"type": "fallback", "reason": "no_consent"}
