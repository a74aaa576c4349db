"""Takes the last answer back and puts its question again."""

from __future__ import annotations

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, remember, say, speaker
from bot.triage.report import SymptomReport
from bot.triage.turn import Turn


class GoBack(Action):
    """One step back; without an earlier question it says that there is none."""

    def name(self) -> str:
        return "action_go_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        before = tracker.get_slot("before") or {}
        if not before.get("turn"):
            say(dispatcher, speaker().plain("no_way_back"))
            return []
        turn = msgspec.convert(before["turn"], Turn)
        turn = msgspec.structs.replace(turn, report=SymptomReport.from_slot(before["report"]))
        if turn.ask is None:
            say(dispatcher, speaker().plain("no_way_back"))
            return []
        say(dispatcher, speaker().question(turn.ask))
        loop = [ActiveLoop("symptom_interview"), SlotSet("requested_slot", "level"), SlotSet("before", None)]
        return [*remember(turn, finished=False), *loop]
