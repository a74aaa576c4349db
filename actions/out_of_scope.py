"""Says what this can do, and who can help with the rest."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say
from bot.wording.speaker import speaker


class OutOfScope(Action):
    """Says what this can do, and who can help with the rest."""

    def name(self) -> str:
        return "action_out_of_scope"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say(dispatcher, tracker, speaker().plain("out_of_scope"))
        return []
