"""Answers a general question or a myth from the knowledge, with its source."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, report_of, say, topic_of
from bot.wording.speaker import speaker
from bot.wording.wishes import wish_reply


class AnswerQuestion(Action):
    """What the knowledge does not hold is said to be unknown and referred to the clinician."""

    def name(self) -> str:
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        topic = topic_of(tracker)
        if topic is not None and topic.wish is not None:
            say(dispatcher, tracker, wish_reply(topic, report_of(tracker), speaker()))
        else:
            say(dispatcher, tracker, speaker().topic(topic))
        return []
