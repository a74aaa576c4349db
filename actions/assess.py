"""Says how soon to contact the clinician, and why."""

from __future__ import annotations

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset, Restarted
from rasa_sdk.executor import CollectingDispatcher

from actions.shared import DomainDict, Events, answer_of, remember, report_of, say, turn_of
from bot.triage.turn import Turn, proceed
from bot.wording.speaker import speaker


class Assess(Action):
    """The end of an interview. The report stays, so that what is told later adds to it."""

    def name(self) -> str:
        return "action_assess"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        turn = turn_of(tracker)
        if turn is not None and turn.say == "no_consent":
            # It says that nothing is kept: the words before the question of consent neither.
            say(dispatcher, tracker, speaker().fallback("no_consent"))
            return [AllSlotsReset(), Restarted()]
        if turn is not None and turn.say == "nothing_now":
            say(dispatcher, tracker, speaker().plain("nothing_now"))
        else:
            known = turn is not None and turn.say in ("assess", "stands")
            turn = turn if turn is not None and known else proceed(report_of(tracker), speaker().pack)
            say(dispatcher, tracker, answer_of(turn, tracker))
        return remember(_closed(turn), finished=False)


def _closed(turn: Turn) -> Turn:
    """The turn with no question waiting, and a fresh count of questions for what may be told later."""
    return msgspec.structs.replace(turn, ask=None, report=msgspec.structs.replace(turn.report, asked=()))
