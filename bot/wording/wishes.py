"""What somebody is told who waits for help or does not want to call, before any emergency was said."""

from __future__ import annotations

from bot.knowledge.model import Topic
from bot.triage.assess import assess
from bot.triage.report import SymptomReport
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker
from bot.wording.standing import stands


def wish_reply(topic: Topic, report: SymptomReport, speaker: Speaker) -> Reply:
    """The topic that meets a wish. Without an emergency, what was said first: its advice is for an emergency alone."""
    if stands(report):
        return speaker.topic(topic)  # said as it stands: bot.wording.standing
    texts = speaker.texts.wishes
    level = assess(report, speaker.pack).level if report.counted else None
    action = speaker.fill(speaker.level(level).action if level else speaker.texts.topic.action)
    if topic.wish == "while_waiting":
        reason = f"{texts.not_told_to_call} {texts.if_called}\n\n{speaker.topic_answer(topic)}"
    else:
        reason = f"{texts.not_told_to_call} {texts.somebody_else}"
    return Reply(text=speaker.framed(action, reason), custom={"type": "answer", "topic": topic.id})
