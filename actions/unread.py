"""Says that a message could not be read: it had no words, or it was a picture."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say
from bot.wording.speaker import speaker

PICTURE = "media"


class Unread(Action):
    """What a channel could not read, it says (bot.channels.converse); a text such as "[image]" stands for a picture."""

    def name(self) -> str:
        return "action_unread"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say(dispatcher, tracker, speaker().fallback(tracker.latest_message.get("unread") or PICTURE))
        return []
