"""Takes each message of the interview into the report and lets the engine decide what comes next."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, reading_of, remember, report_of, turn_of
from bot.dialogue.intents import INTERVIEW, SMALL_TALK
from bot.settings import clinic
from bot.triage.choices import chosen_options
from bot.triage.interview import Ask
from bot.triage.turn import take
from bot.understanding.reading import Reading
from bot.wording.speaker import speaker


class ValidateSymptomInterview(Action):
    """Called by the form at every message; fills its slot `level` when the interview is complete.

    Setting no slot at all tells the form that the message was not for it, and Rasa follows the rule of its intent.
    """

    def name(self) -> str:
        return "validate_symptom_interview"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        report, last = report_of(tracker), turn_of(tracker)
        pending = speaker().titled(last.ask) if last and last.ask else None
        reading = reading_of(tracker)
        if not _for_interview(tracker.latest_message["intent"]["name"], reading, pending):
            return []
        turn = take(report, pending, reading, speaker().pack, ask_consent=clinic().consent == "ask")
        finished = turn.say in ("assess", "no_consent", "nothing_now")
        before = {"report": tracker.get_slot("report"), "turn": tracker.get_slot("turn")}
        return [SlotSet("before", before), *remember(turn, finished=finished)]


def _for_interview(intent: str, reading: Reading, pending: Ask | None) -> bool:
    """Whether a message belongs to the interview. To an open question a button does, and so does "no thanks"."""
    if intent in INTERVIEW or pending is None:
        return intent in INTERVIEW
    no_thanks = intent in SMALL_TALK and reading.answer in ("no", "unsure")
    return no_thanks or bool(chosen_options(reading.text, pending))
