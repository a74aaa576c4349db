"""The frame, enforced where replies leave: what a reply to a symptom must carry and what no reply may say."""

from __future__ import annotations

from bot.knowledge import plain
from bot.knowledge.levels import Level
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker

FRAMED_TYPES = ("assessment", "answer", "fallback")


def faults(reply: Reply, speaker: Speaker) -> list[str]:
    """What is wrong with a reply; empty when it may leave. Questions and greetings carry no frame, but may say no more."""
    custom = reply.custom or {}
    kind = custom.get("type")
    own_words = _without_quotes(reply.text).replace(speaker.names["clinic"], "")
    groups = ("concludes", "medicine_advice", "false_comfort", *(("illnesses",) if kind == "assessment" else ()))
    wrong = [f"says “{phrase}”" for phrase in plain.found(own_words, *groups)]
    if not reply.text.strip():
        wrong.append("says nothing")
    if kind in FRAMED_TYPES:
        wrong += [f"lacks {name}" for name, parts in _parts(speaker).items() if any(part not in reply.text for part in parts)]
    if kind == "assessment":
        wrong += _level_faults(reply.text, Level(custom["level"]), speaker)
    return wrong


def _parts(speaker: Speaker) -> dict[str, list[str]]:
    return {
        "the fixed sentence": [speaker.texts.fixed],
        "the way to the clinic": [speaker.fill(speaker.texts.contact.clinic)],
        "the emergency number": [speaker.fill(speaker.texts.contact.emergency)],
        "the warning signs": [flag.text for flag in speaker.pack.red_flags],
    }


def _level_faults(text: str, level: Level, speaker: Speaker) -> list[str]:
    actions = {each: speaker.fill(speaker.level(each).action) for each in Level}
    own_words = _without_quotes(text)
    wrong = [] if text.startswith(actions[level]) else ["does not begin with the action of its level"]
    others = [other for other in Level if other is not level and actions[other] in own_words]
    return wrong + [f"says the action of {other.value}" for other in others]


def _without_quotes(text: str) -> str:
    """The text without what stands in “ ”: the patient's own words are quoted as they are."""
    outside, depth = [], 0
    for character in text:
        depth += (character == "“") - (character == "”")
        if depth <= 0:
            outside.append(character)
            depth = 0
    return "".join(outside)
