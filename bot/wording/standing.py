"""What is said after an emergency answer: it stands until the patient starts over, has all deleted, or a person takes over.

Every reply of the dialogue passes through `as_it_stands`, so that no author need remember: it begins with the emergency
line, asks nothing, and says no later time. What a reply is, is known by its machine-readable part; where its words do not
fit any more, others stand in their place.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.model import Concept, Topic
from bot.triage.assess import Assessment, assess
from bot.triage.crisis import cries
from bot.triage.report import SymptomReport
from bot.wording import crisis
from bot.wording.abroad import NUMBER, number_parts
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker
from bot.wording.waiting import while_waiting

STANDING = "standing"
# With these the patient has taken back everything.
ENDS = ("start_over", "deleted")
# Of the signs that make it an emergency, so many are named again.
MAX_SIGNS = 2
# For whoever knows that an emergency stands, and not what was told.
UNKNOWN = SymptomReport(reached=Level.EMERGENCY)


def stands(report: SymptomReport) -> bool:
    """Whether an emergency was said and still stands."""
    return report.reached is Level.EMERGENCY


def urgent(reply: Reply) -> bool:
    """Whether a reply says that there is an emergency, now or still."""
    custom = reply.custom or {}
    return STANDING in custom or custom.get("level") == Level.EMERGENCY.value


def as_it_stands(reply: Reply, report: SymptomReport, speaker: Speaker) -> Reply:
    """The reply as it may be said now: as it is, unless an emergency stands."""
    custom = reply.custom or {}
    kind = custom.get("type")
    # What is said in another language begins with the warning signs of that language.
    if not stands(report) or custom.get(STANDING) or custom.get("id") in ENDS or custom.get("language"):
        return reply
    if kind == "assessment":
        return _with_number(reply, report, speaker)
    if kind in ("answer", "fallback"):
        text = speaker.framed(_line(report, speaker), _body(custom, report, speaker), emergency=True)
        kept = {key: value for key, value in custom.items() if key != "level_if_present"}
        return Reply(text=text, custom={**kept, STANDING: Level.EMERGENCY.value})
    if kind == "info":
        parts = [_line(report, speaker), _instead(custom.get("id"), report, speaker) or reply.text, speaker.contact(False)]
        return Reply(text="\n\n".join(parts), custom={**custom, STANDING: Level.EMERGENCY.value})
    return again(report, speaker)


def _with_number(reply: Reply, report: SymptomReport, speaker: Speaker) -> Reply:
    """The answer in full, with the number where the patient is behind that of the clinic's country."""
    action, abroad = speaker.fill(speaker.level(Level.EMERGENCY).action), _abroad(report, speaker)
    if not abroad or abroad in reply.text:
        return reply
    return Reply(text=reply.text.replace(action, f"{action} {abroad}", 1), custom=reply.custom)


def again(report: SymptomReport, speaker: Speaker) -> Reply:
    """That the emergency answer stands and why, in short: nothing was told that adds to it."""
    assessment = assess(report, speaker.pack)
    told_cries = cries((reason.rule for reason in assessment.reasons), speaker.pack)
    first = speaker.emergency_first(report.counted)
    action = crisis.action(told_cries, speaker.texts.crisis, speaker.fill, first) if told_cries else _action(speaker)
    parts = [
        f"{action} {_abroad(report, speaker)}".rstrip(),
        told(report, speaker),
        speaker.contact(False),
        speaker.texts.fixed,
    ]
    custom = speaker.assessment(report, assessment).custom
    return Reply(text="\n\n".join(parts), custom={**(custom or {}), STANDING: Level.EMERGENCY.value})


def told(report: SymptomReport, speaker: Speaker) -> str:
    """Why the emergency stands, as it is true now: what was told, what was taken back, and what was in doubt."""
    assessment, texts = assess(report, speaker.pack), speaker.texts
    concepts = _urgent(assessment, speaker)
    back = [speaker.pack.concepts[c] for c in report.counted if report.findings[c].taken_back]
    unsure = [c for c in concepts if report.findings[c.id].status == "unsure" and c not in back]
    sure = [concept for concept in concepts if concept not in (*back, *unsure)]
    because = [reason.because for reason in assessment.reasons if reason.level is Level.EMERGENCY and reason.because]
    other = report.patient == "other"
    said = texts.assessment.told_for_other if other else texts.assessment.told
    parts = [
        *(said.format(labels=concept.label) for concept in sure[:MAX_SIGNS]),
        *(texts.standing.unsure_sign.format(labels=concept.label) for concept in unsure[:1]),
        *([] if concepts else because[:1] or [speaker.level(Level.EMERGENCY).reason]),
        speaker.taken_back(back[:MAX_SIGNS]) or texts.standing.kept,
    ]
    return " ".join(part for part in parts if part)


def later_times(text: str, speaker: Speaker) -> list[str]:
    """What a text says that no reply may say while an emergency stands."""
    plain = text.casefold()
    return [phrase for phrase in speaker.texts.standing.later if phrase in plain]


def begins_with_line(text: str, speaker: Speaker) -> bool:
    """Whether a text begins as every reply must while an emergency stands: with the line, or with whom to call after a cry."""
    lines = (speaker.texts.standing.line, *msgspec.structs.astuple(speaker.texts.crisis.actions))
    return text.startswith(tuple(speaker.fill(line) for line in lines))


def _action(speaker: Speaker) -> str:
    return speaker.fill(speaker.level(Level.EMERGENCY).action)


def _line(report: SymptomReport, speaker: Speaker) -> str:
    told_cries = cries((reason.rule for reason in assess(report, speaker.pack).reasons), speaker.pack)
    line = speaker.fill(speaker.texts.standing.line)
    if told_cries:
        line = crisis.action(
            told_cries, speaker.texts.crisis, speaker.fill, line if speaker.emergency_first(report.counted) else ""
        )
    return f"{line} {_abroad(report, speaker)}".rstrip()


def _abroad(report: SymptomReport, speaker: Speaker) -> str:
    """The number where the patient is, if that is another than the clinic's."""
    country = speaker.pack.countries.get(report.country or "")
    if country is None or country.emergency == speaker.names["emergency"]:
        return ""
    return speaker.texts.standing.abroad.format(country=country.name, number=country.emergency)


def _urgent(assessment: Assessment, speaker: Speaker) -> list[Concept]:
    """The signs that make it an emergency; all that count, where it was one by what is told otherwise now."""
    urgent = [c for reason in assessment.reasons if reason.level is Level.EMERGENCY for c in reason.concepts]
    ruled = any(reason.level is Level.EMERGENCY for reason in assessment.reasons)
    return [speaker.pack.concepts[c] for c in dict.fromkeys(urgent if ruled else assessment.concepts)]


def _instead(key: Any, report: SymptomReport, speaker: Speaker) -> str | None:
    """What stands in place of the text of this key; None when that text may stay."""
    text = speaker.texts.standing.instead.get(str(key))
    return speaker.fill(text, told=told(report, speaker)) if text else None


def _body(custom: dict[str, Any], report: SymptomReport, speaker: Speaker) -> str:
    """What an answer or a fallback has to say by itself."""
    texts = speaker.texts
    if custom["type"] == "fallback":
        reason = str(custom["reason"])
        return _instead(reason, report, speaker) or f"{speaker.fill(getattr(texts.fallback, reason))} {told(report, speaker)}"
    if custom["topic"] == NUMBER:
        number, rest = number_parts(speaker.pack.countries.get(custom.get("country") or ""), speaker)
        return rest if _abroad(report, speaker) else f"{number}\n\n{rest}"
    topic = speaker.pack.topics.get(custom["topic"] or "")
    if topic is None:
        return f"{texts.standing.asked if custom['topic'] else texts.standing.not_now} {told(report, speaker)}"
    answer = speaker.topic_answer(topic)
    if topic.wish == "while_waiting":
        return _waiting(topic, report, speaker)
    return f"{texts.standing.not_now} {told(report, speaker)}" if later_times(answer, speaker) else answer


def _waiting(topic: Topic, report: SymptomReport, speaker: Speaker) -> str:
    """What to do until help comes: for what was told first, then for everybody."""
    advice, sources = while_waiting(report, speaker.pack)
    cited = tuple({source.source: source for source in (*sources, *topic.sources)}.values())
    new = [f"- {text}" for text in advice if text not in topic.answer]
    bullets = "\n".join([speaker.texts.standing.waiting, *new]) if new else ""
    parts = [bullets, topic.answer, speaker.texts.topic.source.format(sources=speaker.cited(cited))]
    return "\n\n".join(part for part in parts if part)
