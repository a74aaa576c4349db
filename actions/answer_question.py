"""Answers a general question or a myth from the knowledge, with its source."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, say
from bot.wording.speaker import speaker


class AnswerQuestion(Action):
    """What the knowledge does not hold is said to be unknown and referred to the clinician."""

    def name(self) -> str:
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        topic = tracker.latest_message.get("topic")
        say(dispatcher, speaker().topic(speaker().pack.topics.get(topic) if topic else None))
        return []
