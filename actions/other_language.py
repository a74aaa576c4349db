"""Answers a message in another language, in that language."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, reading_of, report_of, say
from bot.knowledge.levels import Level
from bot.triage.assess import assess
from bot.wording.speaker import speaker


class OtherLanguage(Action):
    """The warning signs, and the offer to go on in English or to call the clinic. An emergency that was told still stands."""

    def name(self) -> str:
        return "action_other_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language, report = reading_of(tracker).language, report_of(tracker)
        assessment = assess(report, speaker().pack)
        if language is not None and assessment.level is Level.EMERGENCY:
            say(dispatcher, tracker, speaker().assessment(report, assessment, language=language))
        else:
            say(dispatcher, tracker, speaker().other_language(language))
        return []
