"""Says goodbye, with the level that still stands and the contact."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, report_of, say
from bot.triage.assess import assess
from bot.wording.speaker import speaker


class Goodbye(Action):
    """Says goodbye, with the level that still stands and the contact."""

    def name(self) -> str:
        return "action_goodbye"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        report = report_of(tracker)
        level = assess(report, speaker().pack).level if report.counted else None
        say(dispatcher, tracker, speaker().goodbye(level))
        return []
