"""What all actions share: the slots as typed objects, the speaker, and how a reply is said."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.knowledge.load import cached_pack
from bot.settings import clinic
from bot.triage.report import SymptomReport
from bot.triage.turn import Turn
from bot.understanding.reading import Reading
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker

Events = list[dict[str, Any]]
DomainDict = dict[str, Any]


@lru_cache(maxsize=1)
def speaker() -> Speaker:
    """The speaker of this process."""
    return Speaker(cached_pack(), clinic())


def report_of(tracker: Tracker) -> SymptomReport:
    """The patient's account so far."""
    return SymptomReport.from_slot(tracker.get_slot("report"))


def turn_of(tracker: Tracker) -> Turn | None:
    """What the last message led to; None at the beginning."""
    value = tracker.get_slot("turn")
    return msgspec.convert(value, Turn) if value else None


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
        SlotSet("turn", msgspec.to_builtins(turn)),
        SlotSet("level", turn.assessment.level.value if finished else None),
    ]
