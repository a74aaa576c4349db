"""The frame, enforced where replies leave: what a reply to a symptom must carry and what no reply may say."""

from __future__ import annotations

from typing import Any

from bot.knowledge import plain
from bot.knowledge.levels import Level
from bot.triage.crisis import Cry, cries
from bot.wording import crisis
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker
from bot.wording.standing import STANDING, begins_with_line, later_times

FRAMED_TYPES = ("assessment", "answer", "fallback")
WARNING_SIGNS = "the warning signs"


def faults(reply: Reply, speaker: Speaker) -> list[str]:
    """What is wrong with a reply; empty when it may leave. Questions and greetings carry no frame, but may say no more.

    A reply in another language must have the parts of the frame in that language.
    That an emergency stands is said in short, without the list of warning signs; but nothing later may be said with it.
    """
    custom = reply.custom or {}
    kind, language = custom.get("type"), custom.get("language")
    own_words = _without_quotes(reply.text).replace(speaker.names["clinic"], "")
    groups = ("concludes", "medicine_advice", "false_comfort", *(("illnesses",) if kind == "assessment" else ()))
    wrong = [f"says “{phrase}”" for phrase in plain.found(own_words, *groups)]
    if not reply.text.strip():
        wrong.append("says nothing")
    told = _cries(custom, speaker) if kind == "assessment" else ()
    answer = speaker.in_language(language).cries(cry.kind for cry in told) if language is not None else ()
    wrong += [f"lacks “{line}”" for line in answer if line not in reply.text]
    if kind in FRAMED_TYPES:
        short = bool(answer or (told and language is None)) or (kind == "assessment" and STANDING in custom)
        parts = _parts(speaker) if language is None else speaker.in_language(language).parts()
        # The answer to a cry for help needs no list of other signs: it would hide what to do.
        needed = {name: texts for name, texts in parts.items() if not (short and name == WARNING_SIGNS)}
        wrong += [f"lacks {name}" for name, texts in needed.items() if any(text not in reply.text for text in texts)]
    if told and language is None:
        wrong += _crisis_faults(reply.text, told, custom, speaker)
    elif kind == "assessment":
        wrong += _level_faults(reply.text, Level(custom["level"]), speaker, language)
    if STANDING in custom:
        wrong += _standing_faults(reply.text, kind, speaker)
    return wrong


def _standing_faults(text: str, kind: object, speaker: Speaker) -> list[str]:
    """What no reply may be while an emergency stands. The clinic's hours are no time to act."""
    own_words = _without_quotes(text).replace(speaker.names["clinic"], "").replace(speaker.names["hours"], "")
    wrong = [] if begins_with_line(text, speaker) else ["does not begin with the emergency that stands"]
    wrong += [f"says “{phrase}” while an emergency stands" for phrase in later_times(own_words, speaker)]
    return [*wrong, *(["asks while an emergency stands"] if kind == "question" else [])]


def _parts(speaker: Speaker) -> dict[str, list[str]]:
    return {
        "the fixed sentence": [speaker.texts.fixed],
        "the way to the clinic": [speaker.fill(speaker.texts.contact.clinic)],
        "the emergency number": [speaker.fill(speaker.texts.contact.emergency)],
        WARNING_SIGNS: [flag.text for flag in speaker.pack.red_flags],
    }


def _cries(custom: dict[str, Any], speaker: Speaker) -> tuple[Cry, ...]:
    """The cries for help that an assessment has to answer."""
    return cries((reason["rule"] for reason in custom.get("reasons", ())), speaker.pack)


def _crisis_faults(text: str, told: tuple[Cry, ...], custom: dict[str, Any], speaker: Speaker) -> list[str]:
    """The call comes first, no later time is said, and nothing of the treatment unless a symptom was told as well."""
    own_words = _without_quotes(text)
    wrong = [] if custom["level"] == Level.EMERGENCY.value else ["is no emergency"]
    first = speaker.emergency_first(custom["concepts"])
    if not text.startswith(crisis.action(told, speaker.texts.crisis, speaker.fill, first)):
        wrong.append("does not begin with whom to call")
    later = [level for level in Level if level is not Level.EMERGENCY]
    wrong += [f"says the action of {level.value}" for level in later if speaker.fill(speaker.level(level).action) in own_words]
    if not custom["concepts"]:
        ours = own_words.replace(speaker.names["clinic"], "").casefold()
        wrong += [f"says “{word}”" for word in speaker.texts.crisis.never if word in ours]
    return wrong


def _level_faults(text: str, level: Level, speaker: Speaker, language: str | None) -> list[str]:
    """In another language there is one assessment: the emergency."""
    actions = {each: speaker.fill(speaker.level(each).action) for each in Level}
    if language is not None:
        actions[Level.EMERGENCY] = speaker.in_language(language).action
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
