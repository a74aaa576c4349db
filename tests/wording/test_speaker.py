from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import plain
from bot.knowledge.levels import Level
from bot.triage.assess import assess
from bot.triage.crisis import cries
from bot.triage.interview import Option, next_question
from bot.triage.report import Change, Finding, SymptomReport
from bot.triage.turn import Lead
from bot.wording import crisis
from bot.wording.frame import faults
from bot.wording.speaker import MAX_QUOTE
from tests.triage.questions import COURSE, DETAILS, EVERY, FEVER, ONE_SIGN, ONSET, RED_FLAGS, SEVERITY, SIDES, ask, signs
from tests.triage.reports import CONCEPTS, report_of, reports
from tests.wording.speakers import CLINIC, PACK, SPEAKER, hard_parts, without_quotes


def said(report: SymptomReport) -> str:
    return SPEAKER.assessment(report, assess(report, PACK)).text


# -- assessments ----------------------------------------------------------------------------------------------------


@given(reports)
def test_every_assessment_is_framed_and_easy_to_read(report: SymptomReport) -> None:
    assessment = assess(report, PACK)
    reply = SPEAKER.assessment(report, assessment)
    own_words = without_quotes(reply.text)
    assert faults(reply, SPEAKER) == []
    assert plain.found(own_words) == []
    assert hard_parts(own_words) == {}
    told = cries([reason.rule for reason in assessment.reasons], PACK)
    first = SPEAKER.emergency_first(assessment.concepts)
    action = crisis.action(told, SPEAKER.texts.crisis, SPEAKER.fill, first) if told else SPEAKER.level(assessment.level).action
    assert reply.text.startswith(SPEAKER.fill(action))
    assert "{" not in own_words
    assert reply.buttons == ()


@given(reports)
def test_the_machine_readable_part_says_what_the_text_says(report: SymptomReport) -> None:
    assessment = assess(report, PACK)
    custom = SPEAKER.assessment(report, assessment).custom
    assert custom is not None
    assert (custom["type"], custom["level"]) == ("assessment", assessment.level.value)
    assert tuple(custom["concepts"]) == report.counted
    assert [reason["rule"] for reason in custom["reasons"]] == [reason.rule for reason in assessment.reasons]
    assert all(reason["source"] for reason in custom["reasons"])
    assert custom["knowledge"] == {"pack": PACK.id, "version": PACK.version}


@pytest.mark.parametrize("concept", CONCEPTS)
def test_every_concept_alone(concept: str) -> None:
    report = SymptomReport(findings={concept: Finding(status="present", words="these are my own words")})
    text = said(report)
    assert "You said: “these are my own words”." in text
    assert f"You told me about {PACK.concepts[concept].label}." in text
    assert hard_parts(text) == {}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (report_of("diplopia", patient="other"), "You told me about a person with double vision."),
        (report_of("dry_mouth", "fatigue"), "You told me about these signs:\n- a dry mouth\n- feeling very tired\n"),
        (report_of("dry_mouth", "fatigue", patient="other"), "You told me about a person with these signs:\n- a dry mouth"),
        (SymptomReport(), "I could not match your words to a sign that I know."),
        (SymptomReport(findings={"headache": Finding(status="past")}), "You told me that this has gone:\n- a headache"),
        (SymptomReport(findings={"diplopia": Finding(status="unsure")}), "I count it as yes to be safe:\n- double vision"),
        (
            report_of("fatigue", conditions={"fever": "unsure"}),
            "I count it as yes to be safe:\n- Fever of 100.4 °F (38 °C) or more",
        ),
        (report_of("eyelid_ptosis", side="both"), "When both upper eyelids droop, it can mean that the medicine has spread."),
    ],
)
def test_what_is_said_of_what_was_told(report: SymptomReport, expected: str) -> None:
    assert expected in said(report)


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        ("it   droops\nbadly", "it droops badly"),
        ("he said “ok”", "he said 'ok'"),
        ("{phone} {0} %s", "{phone} {0} %s"),
        ("word " * 100, ("word " * 100)[:MAX_QUOTE].rsplit(" ", 1)[0] + " …"),
    ],
)
def test_the_patients_words_are_quoted(words: str, quoted: str) -> None:
    text = said(SymptomReport(findings={"diplopia": Finding(status="present", words=words)}))
    assert f"You said: “{quoted}”." in text


@pytest.mark.parametrize("words", ["", "Double vision", "double VISION"])
def test_a_button_is_not_quoted_as_the_patients_words(words: str) -> None:
    assert "You said" not in said(SymptomReport(findings={"diplopia": Finding(status="present", words=words)}))


def test_a_doubt_is_not_quoted() -> None:
    assert "You said" not in said(SymptomReport(findings={"diplopia": Finding(status="unsure", words="dunno")}))


def test_only_verified_self_care_is_given() -> None:
    text = said(report_of("injection_site_pain"))
    verified = {a.text: any(s.verified for s in a.sources) for a in PACK.concepts["injection_site_pain"].self_care}
    assert set(verified.values()) == {True, False}
    assert {advice for advice in verified if advice in text} == {advice for advice, good in verified.items() if good}


# -- other framed replies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", [None, *PACK.topics])
def test_every_answer_to_a_question_is_framed(topic: str | None) -> None:
    reply = SPEAKER.topic(PACK.topics[topic] if topic else None)
    assert faults(reply, SPEAKER) == []
    assert reply.custom == {"type": "answer", "topic": topic}
    parts = hard_parts(reply.text)
    assert [part for part in parts if not part.startswith("Source: ")] == []


def test_the_verdict_on_a_myth_comes_first_and_its_sources_last() -> None:
    topic = next(topic for topic in PACK.topics.values() if topic.verdict == "false")
    text = SPEAKER.topic(topic).text
    assert text.startswith(f"That is not right. {topic.answer}\n\nSource: ")
    assert PACK.sources[topic.sources[0].source].title in text


@given(st.lists(st.sampled_from(CONCEPTS), min_size=1, max_size=5, unique=True))
def test_every_answer_to_a_worry_is_framed_and_says_how_soon(concepts: list[str]) -> None:
    reply = SPEAKER.hypothetical([PACK.concepts[concept] for concept in concepts])
    assert faults(reply, SPEAKER) == []
    assert hard_parts(reply.text) == {}
    highest = max((PACK.concepts[concept] for concept in concepts), key=lambda concept: concept.level.rank)
    when = SPEAKER.level(highest.level).when
    assert f": {when}" in reply.text
    assert reply.custom is not None
    assert reply.custom["level_if_present"] == SPEAKER.level(highest.level).title


@pytest.mark.parametrize("kind", ["not_understood", "failed", "lost", "away", "too_long", "no_consent", "empty"])
def test_every_fallback_is_framed(kind: str) -> None:
    reply = SPEAKER.fallback(kind)
    assert faults(reply, SPEAKER) == []
    assert hard_parts(reply.text) == {}
    assert reply.custom == {"type": "fallback", "reason": kind}


# -- questions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        (RED_FLAGS, ["Dyspnoea", "Dysphagia", "Dysarthria", "Seizure", "None of these"]),
        (FEVER, ["Yes", "No", "Not sure"]),
        (ONE_SIGN, ["Yes", "No", "Not sure"]),
        (DETAILS, ["Fever of 38", "I hit my head", "None of these"]),
        (SIDES, ["Left", "Right", "Both sides"]),
        (SEVERITY, ["Mild", "Moderate", "Severe"]),
        (COURSE, ["Getting better", "About the same", "Getting worse"]),
        (ONSET, []),
    ],
)
def test_the_buttons_of_a_question(question: Any, titles: list[str]) -> None:
    reply = SPEAKER.question(question)
    assert [button.title for button in reply.buttons] == titles
    assert all(button.title == button.payload for button in reply.buttons)
    assert reply.custom is not None
    assert [option["title"] for option in reply.custom["options"]] == titles
    assert [option["title"] for option in reply.custom["options"] if option["none"]] == [
        title for title in titles if title in ("No", "None of these")
    ]


def test_the_machine_readable_part_of_a_question() -> None:
    custom = SPEAKER.question(RED_FLAGS).custom
    assert custom is not None
    assert (custom["type"], custom["id"], custom["answers"], custom["condition"]) == ("question", "red_flags", "choice", None)
    assert custom["concepts"] == ["dyspnoea", "dysphagia", "dysarthria", "seizure"]
    assert [option["concept"] for option in custom["options"]] == [*custom["concepts"], None]
    fever = SPEAKER.question(FEVER).custom
    assert fever is not None
    assert fever["condition"] == "fever"


@pytest.mark.parametrize("question", EVERY)
def test_a_question_may_have_a_lead(question: Any) -> None:
    plain_text = SPEAKER.question(question).text
    assert plain_text == question.text
    assert SPEAKER.question(question, first=True).text.endswith(plain_text)
    assert "call 911 now" in SPEAKER.question(question, first=True).text
    leads = {lead: SPEAKER.question(question, lead=lead).text for lead in get_args(Lead)}
    assert len(set(leads.values())) == len(leads)
    assert all(text.endswith(plain_text) for text in leads.values())


def test_what_was_changed_is_confirmed_before_the_next_question() -> None:
    changed = (Change("side", "both"), Change("onset_days_ago", 4.0), Change("gone"))
    text = SPEAKER.question(COURSE, changed=changed).text
    assert "on both sides" in text
    assert "it began 4 days ago" in text
    assert "it has gone" in text
    assert text.endswith(COURSE.text)


@given(reports)
def test_every_question_of_the_interview_may_leave_and_is_easy_to_read(report: SymptomReport) -> None:
    question = next_question(report, PACK)
    if question is not None:
        for reply in (
            SPEAKER.question(question),
            SPEAKER.question(question, first=True),
            *(SPEAKER.question(question, lead=lead) for lead in get_args(Lead)),
        ):
            assert faults(reply, SPEAKER) == []
            assert hard_parts(reply.text) == {}


def test_options_get_the_titles_of_the_language() -> None:
    question = ask("course", Option(title="better", value="better"), *signs("diplopia"))
    assert [option.title for option in SPEAKER.titled(question).options] == ["Getting better", "Diplopia"]


def test_why_a_question_is_asked() -> None:
    assert SPEAKER.why(RED_FLAGS).text == "I ask because: ."
    assert SPEAKER.why(None).text == SPEAKER.texts.questions.why_all


# -- about the conversation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SPEAKER.texts.plain)
def test_every_plain_text_may_leave_and_is_easy_to_read(key: str) -> None:
    if key == "goodbye_level":
        return
    reply = SPEAKER.plain(key)
    assert faults(reply, SPEAKER) == []
    assert hard_parts(reply.text) == {}
    assert reply.custom == {"type": "info", "id": key}


@pytest.mark.parametrize("level", [None, *Level])
def test_goodbye_repeats_the_action_of_the_level(level: Level | None) -> None:
    text = SPEAKER.goodbye(level).text
    assert CLINIC.phone in text
    actions = {each for each in Level if SPEAKER.fill(SPEAKER.level(each).action) in text}
    assert actions == ({level} if level else set())
    assert (SPEAKER.texts.fixed in text) is (level is not None)
