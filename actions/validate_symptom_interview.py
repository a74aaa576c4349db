"""Takes each message of the interview into the report and lets the engine decide what comes next."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, reading_of, remember, report_of, speaker, turn_of
from bot.settings import clinic
from bot.triage.turn import take


class ValidateSymptomInterview(Action):
    """Called by the form at every message; fills its slot `level` when the interview is complete."""

    def name(self) -> str:
        return "validate_symptom_interview"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        report, last = report_of(tracker), turn_of(tracker)
        pending = speaker().titled(last.ask) if last and last.ask else None
        turn = take(report, pending, reading_of(tracker), speaker().pack, ask_consent=clinic().consent == "ask")
        finished = turn.say in ("assess", "no_consent")
        before = {"report": tracker.get_slot("report"), "turn": tracker.get_slot("turn")}
        return [SlotSet("before", before), *remember(turn, finished=finished)]
