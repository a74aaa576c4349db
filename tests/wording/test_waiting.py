from __future__ import annotations

import pytest
from hypothesis import given

from bot.knowledge.levels import Level
from bot.triage.report import SymptomReport
from bot.wording.frame import faults
from bot.wording.standing import as_it_stands
from bot.wording.waiting import MAX_ADVICE, while_waiting
from bot.wording.wishes import wish_reply
from tests.triage.reports import report_of, reports
from tests.wording.speakers import PACK, SPEAKER

ADVICE = [advice for concept in PACK.concepts.values() for advice in concept.while_waiting]
WISHES = [topic for topic in PACK.topics.values() if topic.wish]
WAITING = PACK.topics["while_waiting"]


@given(reports)
def test_only_what_somebody_has_read_is_said_and_one_way_to_sit_or_lie(report: SymptomReport) -> None:
    texts, sources = while_waiting(report, PACK)
    said = [advice for advice in ADVICE if advice.text in texts]
    assert len(texts) == len(set(texts)) <= MAX_ADVICE
    assert all(any(source.verified for source in advice.sources) for advice in said if set(advice.sources) <= set(sources))
    assert len({advice.text for advice in said if advice.position is not None}) <= 1


@pytest.mark.parametrize(
    ("concepts", "first", "also"),
    [
        (["dyspnoea"], "Sit up.", "Do not eat or drink anything."),
        (["anaphylaxis", "dyspnoea"], "Sit up.", "If you have your own pen with adrenaline, use it now."),
        (["angioedema"], "Lie flat with your legs up.", "Do not stand up or walk"),
        (["facial_paresis_sudden"], "Lie on your side", "Note the time when it began"),
        (["chest_pain_palpitations"], "Sit down on the floor.", "Lean on a wall"),
        (["dizziness_faint"], "If you feel faint, lie down", "raise your legs"),
        (["seizure"], "After a fit, lie on your side.", "Nobody should hold you down"),
        (["dysphagia"], "Do not eat or drink anything.", "Do not eat"),
    ],
)
def test_the_advice_is_for_what_was_told(concepts: list[str], first: str, also: str) -> None:
    report = report_of(*concepts, reached=Level.EMERGENCY)
    reply = as_it_stands(SPEAKER.topic(WAITING), report, SPEAKER)
    bullets = [line.removeprefix("- ") for line in reply.text.partition("These signs")[0].splitlines() if line[:2] == "- "]
    assert bullets[0].startswith(first)
    assert any(also in bullet for bullet in bullets)
    assert WAITING.answer in reply.text
    assert "Source:" in reply.text
    assert faults(reply, SPEAKER) == []


def test_what_all_are_told_is_not_said_twice() -> None:
    report = report_of("generalised_weakness", reached=Level.EMERGENCY)
    assert as_it_stands(SPEAKER.topic(WAITING), report, SPEAKER).text.count("Do not drive.") == 1


@pytest.mark.parametrize("topic", WISHES, ids=lambda topic: topic.id)
@pytest.mark.parametrize("report", [SymptomReport(), report_of("eyelid_ptosis"), report_of("headache", reached=Level.SAME_DAY)])
def test_before_an_emergency_a_wish_is_met_by_what_was_said(topic: object, report: SymptomReport) -> None:
    reply = wish_reply(topic, report, SPEAKER)  # type: ignore[arg-type]
    assert "I have not told you to call an ambulance." in reply.text
    assert "emergency department" not in reply.text.replace(WAITING.answer, "")
    assert faults(reply, SPEAKER) == []


@pytest.mark.parametrize("topic", [topic for topic in WISHES if topic.wish == "refuse_help"], ids=lambda topic: topic.id)
def test_a_refusal_is_met_with_another_way_from_what_was_read(topic: object) -> None:
    answer, sources = topic.answer, topic.sources  # type: ignore[attr-defined]
    assert "somebody" in answer.casefold()
    assert "emergency department" in answer
    assert "Do not drive yourself." in answer
    assert all(source.verified for source in sources)
