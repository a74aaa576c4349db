"""Answers "could I get ...?" about something that the patient does not have."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, check_asked_about, reading_of, say, topic_of
from bot.wording.speaker import speaker


class AnswerHypothetical(Action):
    """Says how soon to act if it happens, and asks whether it is there now."""

    def name(self) -> str:
        return "action_answer_hypothetical"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        concepts = dict.fromkeys(mention.concept for mention in reading_of(tracker).mentions)
        topic = topic_of(tracker)
        if topic is not None or not concepts:
            say(dispatcher, tracker, speaker().topic(topic))
        else:
            say(dispatcher, tracker, speaker().hypothetical([speaker().pack.concepts[concept] for concept in concepts]))
        return check_asked_about(tracker)
