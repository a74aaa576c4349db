"""Explains why the open question is asked."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say, turn_of
from bot.wording.speaker import speaker


class AskWhy(Action):
    """Says the reason that the knowledge gives for the open question; without one, why it asks at all."""

    def name(self) -> str:
        return "action_ask_why"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        turn = turn_of(tracker)
        say(dispatcher, tracker, speaker().why(turn.ask if turn else None))
        return []
