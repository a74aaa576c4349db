"""Answers "could I get ...?" about something that the patient does not have."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, check_asked_about, reading_of, say
from bot.wording.speaker import speaker


class AnswerHypothetical(Action):
    """Says how soon to act if it happens, and asks whether it is there now."""

    def name(self) -> str:
        return "action_answer_hypothetical"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        concepts = dict.fromkeys(mention.concept for mention in reading_of(tracker).mentions)
        topic = tracker.latest_message.get("topic")
        if topic or not concepts:
            say(dispatcher, speaker().topic(speaker().pack.topics.get(topic) if topic else None))
        else:
            say(dispatcher, speaker().hypothetical([speaker().pack.concepts[concept] for concept in concepts]))
        return check_asked_about(tracker)
