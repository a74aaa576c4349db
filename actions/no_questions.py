"""Gives an answer at once to a patient who wants no questions."""

from __future__ import annotations

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, answer_of, remember, report_of, say
from bot.triage.turn import proceed
from bot.wording.speaker import speaker


class NoQuestions(Action):
    """Assesses what is known. Unasked warning signs have rules of their own, which never lower a level."""

    def name(self) -> str:
        return "action_no_questions"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        report = msgspec.structs.replace(report_of(tracker), declined=True)
        turn = proceed(report, speaker().pack)
        say(dispatcher, tracker, answer_of(turn, tracker))
        return [*remember(turn, finished=False), ActiveLoop(None), SlotSet("requested_slot", None)]
