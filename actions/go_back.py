"""Takes the last answer back and puts its question again."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, remember, report_of, say, turn_from
from bot.triage.report import SymptomReport
from bot.wording.speaker import speaker
from bot.wording.standing import stands


class GoBack(Action):
    """One step back, and the form puts that question; without an earlier question it says that there is none.

    Nothing leads back behind an emergency answer but to start over: a wrong tap must not call help off.
    """

    def name(self) -> str:
        return "action_go_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        before = tracker.get_slot("before") or {}
        turn = turn_from(before.get("turn"), SymptomReport.from_slot(before.get("report")))
        if turn is None or turn.ask is None or stands(report_of(tracker)):
            say(dispatcher, tracker, speaker().plain("no_way_back"))
            return []
        loop = [ActiveLoop("symptom_interview"), SlotSet("requested_slot", "level"), SlotSet("before", None)]
        return [*remember(turn, finished=False), *loop]
