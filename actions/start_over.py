"""Forgets the account and begins again."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset, Restarted
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, meant, say
from bot.wording.speaker import speaker


class StartOver(Action):
    """Forgets the account and begins again."""

    def name(self) -> str:
        return "action_start_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if not meant(tracker):
            say(dispatcher, tracker, speaker().plain("no_way_back"))
            return []
        say(dispatcher, tracker, speaker().plain("start_over"))
        return [AllSlotsReset(), Restarted()]
