"""Says that this is a program and no clinician."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say
from bot.wording.speaker import speaker


class IntroduceBot(Action):
    """Says that this is a program and no clinician."""

    def name(self) -> str:
        return "action_introduce_bot"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say(dispatcher, tracker, speaker().plain("bot"))
        return []
