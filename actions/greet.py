"""Says hello, what this is and what it is not."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say
from bot.wording.speaker import speaker


class Greet(Action):
    """Says hello, what this is and what it is not."""

    def name(self) -> str:
        return "action_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say(dispatcher, tracker, speaker().plain("greeting"))
        return []
