"""Says goodbye: after an assessment with the level that still stands, within the interview that it is not over."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, report_of, say
from bot.triage.assess import assess
from bot.wording.speaker import speaker


class Goodbye(Action):
    """Says goodbye: after an assessment with the level that still stands, within the interview that it is not over."""

    def name(self) -> str:
        return "action_goodbye"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if tracker.active_loop_name:
            say(dispatcher, tracker, speaker().plain("goodbye_within"))
        else:
            report = report_of(tracker)
            say(dispatcher, tracker, speaker().goodbye(assess(report, speaker().pack).level if report.counted else None))
        return []
