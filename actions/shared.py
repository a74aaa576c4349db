"""What all actions share: the slots as typed objects, the speaker, and how a reply is said."""

from __future__ import annotations

from typing import Any

import msgspec
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.knowledge.model import Topic
from bot.triage.assess import assess
from bot.triage.report import SymptomReport
from bot.triage.turn import Turn, check_now
from bot.understanding.reading import Reading
from bot.wording.reply import Reply
from bot.wording.speaker import speaker
from bot.wording.standing import again, as_it_stands, stands

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


def say(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply, report: SymptomReport | None = None) -> None:
    """Say a reply, as it may be said when an emergency stands. `report` is the account, where it is newer than its slot."""
    reply = as_it_stands(reply, report or report_of(tracker), speaker())
    buttons = [{"title": button.title, "payload": button.payload} for button in reply.buttons]
    dispatcher.utter_message(text=reply.text, buttons=buttons, json_message=reply.custom)


def answer_of(turn: Turn, tracker: Tracker) -> Reply:
    """The assessment. Where an emergency stands and nothing adds to it: what the message asks for, or that it stands."""
    if turn.say != "stands":
        return speaker().assessment(turn.report, turn.assessment, turn.changed, reading_of(tracker).language)
    topic = topic_of(tracker) if tracker.latest_message.get("wish") else None
    return speaker().topic(topic) if topic is not None else again(turn.report, speaker())


def topic_of(tracker: Tracker) -> Topic | None:
    """The topic that the message asks about; while an emergency stands, rather the one that meets what it wants."""
    message = tracker.latest_message
    wish = message.get("wish") if stands(report_of(tracker)) else None
    return speaker().pack.topics.get(wish or message.get("topic") or "")


def meant(tracker: Tracker) -> bool:
    """Whether a wish to begin anew is surely meant: an emergency is not forgotten for words that are only near it."""
    return not stands(report_of(tracker)) or bool(tracker.latest_message.get("exactly"))


def remember(turn: Turn, *, finished: bool) -> Events:
    """The slots after a turn. `finished` fills the interview's required slot."""
    return [
        SlotSet("report", turn.report.to_slot()),
        SlotSet("turn", msgspec.to_builtins({"say": turn.say, "ask": turn.ask, "lead": turn.lead, "changed": turn.changed})),
        SlotSet("level", turn.assessment.level.value if finished else None),
    ]


def check_asked_about(tracker: Tracker) -> Events:
    """After a general question that names symptoms, the question whether they are there now; not within an interview.

    While an emergency stands nothing is asked: the interview that the rule would begin is not begun.
    """
    concepts = list(dict.fromkeys(mention.concept for mention in reading_of(tracker).mentions))
    if stands(report_of(tracker)):
        return [FollowupAction("action_listen")]
    if tracker.active_loop_name or not concepts:
        return []
    return [SlotSet("before", None), *remember(check_now(report_of(tracker), concepts, speaker().pack), finished=False)]
