"""Takes the last answer back and puts its question again."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, remember, say, turn_from
from bot.triage.report import SymptomReport
from bot.wording.speaker import speaker


class GoBack(Action):
    """One step back, and the form puts that question; without an earlier question it says that there is none."""

    def name(self) -> str:
        return "action_go_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        before = tracker.get_slot("before") or {}
        turn = turn_from(before.get("turn"), SymptomReport.from_slot(before.get("report")))
        if turn is None or turn.ask is None:
            say(dispatcher, speaker().plain("no_way_back"))
            return []
        loop = [ActiveLoop("symptom_interview"), SlotSet("requested_slot", "level"), SlotSet("before", None)]
        return [*remember(turn, finished=False), *loop]
