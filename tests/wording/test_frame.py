from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bot.knowledge.levels import Level
from bot.settings import Clinic
from bot.triage.assess import assess
from bot.triage.report import Finding, SymptomReport
from bot.wording.frame import faults
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker
from tests.triage.reports import report_of
from tests.wording.speakers import CLINIC, PACK, SPEAKER

CONTACT = SPEAKER.texts.contact
PARTS = [
    ("the fixed sentence", SPEAKER.texts.fixed),
    ("the way to the clinic", SPEAKER.fill(CONTACT.clinic)),
    ("the emergency number", SPEAKER.fill(CONTACT.emergency)),
    *(("the warning signs", flag.text) for flag in PACK.red_flags),
]


def reply_of(report: SymptomReport) -> Reply:
    return SPEAKER.assessment(report, assess(report, PACK))


REPLY = reply_of(report_of("eyelid_ptosis"))
FRAMED = [REPLY, SPEAKER.fallback("failed"), SPEAKER.topic(None), SPEAKER.hypothetical([PACK.concepts["diplopia"]])]


def changed(reply: Reply, text: str) -> Reply:
    return msgspec.structs.replace(reply, text=text)


@pytest.mark.parametrize("reply", FRAMED)
def test_a_framed_reply_has_no_fault(reply: Reply) -> None:
    assert faults(reply, SPEAKER) == []


@pytest.mark.parametrize(("name", "part"), PARTS)
@pytest.mark.parametrize("reply", FRAMED)
def test_each_missing_part_is_found(reply: Reply, name: str, part: str) -> None:
    assert part in reply.text
    assert faults(changed(reply, reply.text.replace(part, "")), SPEAKER) == [f"lacks {name}"]


def test_a_reply_that_says_nothing_is_found() -> None:
    assert "says nothing" in faults(Reply(text=" \n"), SPEAKER)
    assert len(faults(changed(REPLY, ""), SPEAKER)) == 6


@pytest.mark.parametrize("level", list(Level))
def test_the_action_of_the_level_comes_first_and_no_other_is_said(level: Level) -> None:
    action = SPEAKER.fill(SPEAKER.level(level).action)
    right = level is Level.FEW_DAYS
    swapped = faults(changed(REPLY, REPLY.text.replace(SPEAKER.fill(SPEAKER.level(Level.FEW_DAYS).action), action)), SPEAKER)
    assert swapped == ([] if right else ["does not begin with the action of its level", f"says the action of {level.value}"])
    later = faults(changed(REPLY, f"Hello. {REPLY.text}"), SPEAKER)
    assert later == ["does not begin with the action of its level"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("You probably have it.", "You probably have"),
        ("Stop taking your pills.", "Stop taking"),
        ("Don’t worry.", "Don't worry"),
        ("It is a stroke.", "stroke"),
    ],
)
def test_what_no_assessment_may_say_is_found(text: str, fault: str) -> None:
    assert faults(changed(REPLY, f"{REPLY.text}\n\n{text}"), SPEAKER) == [f"says “{fault}”"]


@pytest.mark.parametrize("kind", ["question", "info", None])
def test_a_question_needs_no_frame_but_may_not_say_more(kind: Any) -> None:
    custom = {"type": kind} if kind else None
    assert faults(Reply(text="Which side is it on?", custom=custom), SPEAKER) == []
    assert faults(Reply(text="You may have it. Which side?", custom=custom), SPEAKER) == ["says “You may have”"]


def test_the_patients_words_are_quoted_as_they_are() -> None:
    words = "I think it is a stroke, don't worry “ok” " + SPEAKER.fill(SPEAKER.level(Level.ROUTINE).action)
    report = SymptomReport(findings={"eyelid_ptosis": Finding(status="present", words=words)})
    reply = reply_of(report)
    assert "I think it is a stroke" in reply.text
    assert faults(reply, SPEAKER) == []


@pytest.mark.parametrize("name", ["The Stroke and Harmless Beauty Clinic", "{phone}", "“Clinic”"])
def test_a_clinic_may_have_any_name(name: str) -> None:
    clinic = Clinic(name=name, phone=CLINIC.phone, hours=CLINIC.hours)
    speaker = Speaker(PACK, clinic)
    report = report_of("eyelid_ptosis")
    assert faults(speaker.assessment(report, assess(report, PACK)), speaker) == []
