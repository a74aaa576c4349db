"""Puts the question that the engine chose."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say, turn_of
from bot.dialogue.intents import INTERVIEW
from bot.wording.speaker import speaker


class AskSymptomInterviewLevel(Action):
    """Called by the form while its slot `level` is empty."""

    def name(self) -> str:
        return "action_ask_symptom_interview_level"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        turn = turn_of(tracker)
        if turn is None or turn.ask is None:
            say(dispatcher, tracker, speaker().fallback("not_understood"))
            return []
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        # After what interrupts the interview the question alone comes again, not what was said of an earlier message.
        if turn.say == "unclear" and intent in INTERVIEW:
            say(dispatcher, tracker, speaker().fallback("not_understood"))
        first = len(turn.report.asked) == 1 and turn.say == "ask" and intent in INTERVIEW
        say(dispatcher, tracker, speaker().question(turn.ask, first=first, lead=turn.lead, changed=turn.changed))
        return []
