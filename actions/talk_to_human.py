"""Says how to reach a person."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say
from bot.wording.speaker import speaker


class TalkToHuman(Action):
    """Says how to reach a person."""

    def name(self) -> str:
        return "action_talk_to_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say(dispatcher, tracker, speaker().plain("human"))
        return []
