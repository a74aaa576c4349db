"""What all actions share: the slots as typed objects, the speaker, and how a reply is said."""

from __future__ import annotations

from typing import Any

import msgspec
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.triage.assess import assess
from bot.triage.report import SymptomReport
from bot.triage.turn import Turn, check_now
from bot.understanding.reading import Reading
from bot.wording.reply import Reply
from bot.wording.speaker import speaker

Events = list[dict[str, Any]]
DomainDict = dict[str, Any]


def report_of(tracker: Tracker) -> SymptomReport:
    """The patient's account so far."""
    return SymptomReport.from_slot(tracker.get_slot("report"))


def turn_of(tracker: Tracker) -> Turn | None:
    """What the last message led to; None at the beginning."""
    return turn_from(tracker.get_slot("turn"), report_of(tracker))


def turn_from(slot: dict[str, Any] | None, report: SymptomReport) -> Turn | None:
    """The turn that a slot holds. Its assessment is that of the report, which has a slot of its own."""
    return msgspec.convert({**slot, "report": report, "assessment": assess(report, speaker().pack)}, Turn) if slot else None


def reading_of(tracker: Tracker) -> Reading:
    """The Reading of the last message."""
    value = tracker.latest_message.get("reading")
    return msgspec.convert(value, Reading) if value else Reading(text=tracker.latest_message.get("text") or "")


def say(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Say a reply."""
    buttons = [{"title": button.title, "payload": button.payload} for button in reply.buttons]
    dispatcher.utter_message(text=reply.text, buttons=buttons, json_message=reply.custom)


def remember(turn: Turn, *, finished: bool) -> Events:
    """The slots after a turn. `finished` fills the interview's required slot."""
    return [
        SlotSet("report", turn.report.to_slot()),
        SlotSet("turn", {"say": turn.say, "ask": msgspec.to_builtins(turn.ask)}),
        SlotSet("level", turn.assessment.level.value if finished else None),
    ]


def check_asked_about(tracker: Tracker) -> Events:
    """After a general question that names symptoms, the question whether they are there now; not within an interview."""
    concepts = list(dict.fromkeys(mention.concept for mention in reading_of(tracker).mentions))
    if tracker.active_loop_name or not concepts:
        return []
    return [SlotSet("before", None), *remember(check_now(report_of(tracker), concepts, speaker().pack), finished=False)]
