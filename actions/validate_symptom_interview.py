"""Takes each message of the interview into the report and lets the engine decide what comes next."""

from __future__ import annotations

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, reading_of, remember, report_of, turn_of
from bot.dialogue.intents import INTERVIEW, REPEATING, SMALL_TALK
from bot.settings import clinic
from bot.triage.choices import chosen_options
from bot.triage.interview import Ask
from bot.triage.turn import NOW, take
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
        message = tracker.latest_message
        exact, affirmed = bool(message.get("exactly")), pending is not None and pending.id in report.affirmed
        if not _for_interview(message["intent"]["name"], exact, reading, pending, affirmed=affirmed):
            return []
        country = tracker.latest_message.get("country")
        if country is not None:
            report = msgspec.structs.replace(report, country=country)
        turn = take(report, pending, reading, speaker().pack, ask_consent=clinic().consent == "ask")
        finished = turn.say in ("assess", "stands", "no_consent", "nothing_now")
        before = {"report": tracker.get_slot("report"), "turn": tracker.get_slot("turn")}
        return [SlotSet("before", before), *remember(turn, finished=finished)]


def _for_interview(intent: str, exact: bool, reading: Reading, pending: Ask | None, *, affirmed: bool = False) -> bool:
    """Whether a message belongs to the interview. To an open question a button does, and so does "no thanks".

    A plain yes or no does, whatever else it sounds like ("ok thanks" is only thanks), unless it is word for word something
    else; and so does a sign of the list that is named with a doubt ("well, maybe a bit of chest pain") and not as a general
    question, and an earlier no that is taken back. After a yes that named no sign (`affirmed`) all belongs to it but a wish for
    the conversation itself.
    """
    if intent in INTERVIEW or pending is None:
        return intent in INTERVIEW or (reading.retracts and not exact)
    if affirmed and intent not in REPEATING:
        return True
    no_thanks = intent in SMALL_TALK and reading.answer in ("no", "unsure")
    thanked = intent == "thank" and reading.answer == "yes"
    plain = reading.answer in ("yes", "no") and not thanked and not exact and not reading.more and not reading.mentions
    asked_before = pending.id != NOW
    named = asked_before and not reading.wonders and any(m.concept in pending.concepts for m in reading.mentions)
    return no_thanks or plain or named or (reading.retracts and not exact) or bool(chosen_options(reading.text, pending))
