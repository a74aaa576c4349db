"""Says which emergency number to call in the country that the patient names."""

from __future__ import annotations

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, report_of, say
from bot.wording.abroad import number_reply
from bot.wording.speaker import speaker


class GiveNumber(Action):
    """The number of the country, which the report remembers; without one, that of the clinic's country."""

    def name(self) -> str:
        return "action_give_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        country = tracker.latest_message.get("country")
        report = msgspec.structs.replace(report_of(tracker), country=country or report_of(tracker).country)
        number = number_reply(speaker().pack.countries.get(report.country or ""), speaker())
        say(dispatcher, tracker, number, report)
        return [SlotSet("report", report.to_slot())]
