"""Deletes what was said."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset, Restarted
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say
from bot.wording.speaker import speaker


class DeleteData(Action):
    """Deletes what was said."""

    def name(self) -> str:
        return "action_delete_data"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say(dispatcher, tracker, speaker().plain("deleted"))
        return [AllSlotsReset(), Restarted()]
