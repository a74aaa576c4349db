from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from bot.knowledge.levels import Level
from bot.triage.assess import assess
from bot.triage.report import Finding, SymptomReport
from bot.wording.abroad import number_reply
from bot.wording.frame import faults
from bot.wording.reply import Reply
from bot.wording.standing import ENDS, UNKNOWN, again, as_it_stands, begins_with_line, later_times, told, urgent
from tests.triage.questions import SEVERITY
from tests.triage.reports import CONDITIONS, report_of, reports
from tests.wording.speakers import PACK, SPEAKER, hard_parts, without_quotes

LINE = "Call 911 now."
EMERGENCY = Level.EMERGENCY
SPREAD = report_of("eyelid_ptosis", "diplopia", reached=EMERGENCY)
CONCEPTS_OF_ANSWERS = [PACK.concepts["headache"], PACK.concepts["dry_mouth"]]
FALLBACKS = [
    name for name in SPEAKER.texts.fallback.__struct_fields__ if name not in ("action", "action_unknown", "no_consent")
]
PLAIN = [key for key in SPEAKER.texts.plain if key not in (*ENDS, "goodbye_level")]
REPLIES: dict[str, Reply] = {
    **{f"topic {topic.id}": SPEAKER.topic(topic) for topic in PACK.topics.values()},
    **{f"fallback {name}": SPEAKER.fallback(name) for name in FALLBACKS},
    **{f"plain {key}": SPEAKER.plain(key) for key in PLAIN},
    **{f"number {country.id}": number_reply(country, SPEAKER) for country in PACK.countries.values()},
    **{f"goodbye {level.value}": SPEAKER.goodbye(level) for level in Level},
    "no topic": SPEAKER.topic(None),
    "no number": number_reply(None, SPEAKER),
    "hypothetical": SPEAKER.hypothetical(CONCEPTS_OF_ANSWERS),
    "why": SPEAKER.why(SEVERITY),
    "why all": SPEAKER.why(None),
    "question": SPEAKER.question(SEVERITY),
    "no kind": Reply(text="We are open."),
}


def standing(report: SymptomReport) -> SymptomReport:
    return msgspec.structs.replace(report, reached=EMERGENCY)


def with_taken_back(report: SymptomReport, *concepts: str) -> SymptomReport:
    changed = {c: msgspec.structs.replace(report.findings[c], taken_back=True) for c in concepts}
    return msgspec.structs.replace(report, findings={**report.findings, **changed})


@pytest.mark.parametrize("name", REPLIES)
def test_every_reply_begins_with_the_line_and_says_nothing_later(name: str) -> None:
    reply = as_it_stands(REPLIES[name], SPREAD, SPEAKER)
    assert reply.text.startswith(LINE)
    assert urgent(reply)
    assert reply.buttons == ()
    assert (reply.custom or {})["type"] != "question"
    assert "level_if_present" not in (reply.custom or {})
    assert faults(reply, SPEAKER) == []
    if not name.startswith("number"):  # which names the country
        assert hard_parts(without_quotes(reply.text.partition("Source")[0])) == {}


@pytest.mark.parametrize("name", REPLIES)
def test_where_nothing_stands_a_reply_is_as_it_is(name: str) -> None:
    for level in (None, *(level for level in Level if level is not EMERGENCY)):
        assert as_it_stands(REPLIES[name], msgspec.structs.replace(SPREAD, reached=level), SPEAKER) is REPLIES[name]


@pytest.mark.parametrize("key", ENDS)
def test_whoever_starts_over_is_told_so(key: str) -> None:
    assert as_it_stands(SPEAKER.plain(key), SPREAD, SPEAKER) == SPEAKER.plain(key)


@given(reports)
def test_it_stands_in_few_words_for_any_report(report: SymptomReport) -> None:
    reply = again(standing(report), SPEAKER)
    assert begins_with_line(reply.text, SPEAKER)
    custom = reply.custom or {}
    assert (custom["type"], custom["level"], custom["standing"]) == ("assessment", "emergency", "emergency")
    assert hard_parts(told(standing(report), SPEAKER)) == {}
    assert faults(reply, SPEAKER) == []
    assert SPEAKER.texts.fixed in reply.text
    assert len(reply.text.split()) < 130
    assert as_it_stands(reply, standing(report), SPEAKER) == reply


@given(reports)
def test_the_reason_names_what_was_taken_back_as_told_earlier_and_nothing_else(report: SymptomReport) -> None:
    reason = told(standing(report), SPEAKER)
    back = [PACK.concepts[c].label for c in report.counted if report.findings[c].taken_back]
    now = reason.partition(SPEAKER.texts.standing.earlier.partition("{")[0] + back[0])[0] if back else reason
    assert ("earlier" in reason) == bool(back)
    assert not any(f"You told me about {label}." in now for label in back)


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (
            with_taken_back(SPREAD, "diplopia"),
            "You told me about a drooping upper eyelid. You told me about double vision earlier. "
            "I keep it until a person has checked you. That is safer.",
        ),
        (SPREAD, "You told me about a drooping upper eyelid. You told me about double vision. {kept}"),
        (report_of("dyspnoea", patient="other"), "You told me about a person with trouble breathing. {kept}"),
        (
            SymptomReport(findings={"dyspnoea": Finding(status="unsure")}),
            "You were not sure about trouble breathing, so I count it as yes. {kept}",
        ),
        # What made it an emergency is told otherwise now: what was told is still true.
        (report_of("eyelid_ptosis", side="left"), "You told me about a drooping upper eyelid. {kept}"),
        (UNKNOWN, "This is a warning sign. You need help right now. {kept}"),
    ],
)
def test_the_reason_in_words(report: SymptomReport, reason: str) -> None:
    assert told(standing(report), SPEAKER) == reason.format(kept=SPEAKER.texts.standing.kept)


def test_where_only_a_rule_makes_it_an_emergency_its_reason_is_given() -> None:
    alone = [rule for rule in PACK.rules if rule.level is EMERGENCY and rule.when.condition in CONDITIONS]
    assert alone
    for rule in alone:
        report = SymptomReport(conditions={rule.when.condition or "": "yes"}, reached=EMERGENCY)
        assert rule.because in told(report, SPEAKER)


def test_the_whole_answer_says_what_was_taken_back_too() -> None:
    report = with_taken_back(SPREAD, "diplopia")
    text = SPEAKER.assessment(report, assess(report, PACK)).text
    assert "You told me about double vision earlier. I keep it until a person has checked you." in text
    assert "You told me about a drooping upper eyelid." in text
    assert faults(SPEAKER.assessment(report, assess(report, PACK)), SPEAKER) == []


def test_a_level_that_only_stands_is_given_no_other_reason() -> None:
    held = report_of("eyelid_ptosis", side="left", reached=EMERGENCY)
    assert SPEAKER.texts.standing.kept in SPEAKER.assessment(held, assess(held, PACK)).text


def test_the_summary_for_the_clinic_says_what_was_taken_back() -> None:
    report = with_taken_back(SPREAD, "diplopia")
    custom: dict[str, Any] = SPEAKER.assessment(report, assess(report, PACK)).custom or {}
    assert {"label": "Taken back later", "value": "double vision"} in custom["summary"]


@pytest.mark.parametrize("id", SPEAKER.texts.standing.instead)
def test_what_stands_in_place_of_a_text_is_of_one(id: str) -> None:
    assert id in (*SPEAKER.texts.plain, *SPEAKER.texts.fallback.__struct_fields__, "why")


def test_no_emergency_reason_of_the_knowledge_says_a_later_time() -> None:
    rules = [*PACK.rules, *(rule for concept in PACK.concepts.values() for rule in concept.raises)]
    reasons = [rule.because for rule in rules if rule.level is EMERGENCY]
    assert reasons
    assert [reason for reason in reasons if later_times(reason, SPEAKER)] == []


@pytest.mark.parametrize("level", [level for level in Level if level is not EMERGENCY])
def test_the_times_of_all_other_levels_are_later(level: Level) -> None:
    assert later_times(SPEAKER.level(level).when, SPEAKER)


# -- the frame ---------------------------------------------------------------------------------------------------------

AGAIN = again(SPREAD, SPEAKER)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"Hello. {AGAIN.text}", "does not begin with the emergency that stands"),
        (f"{AGAIN.text} See them at your review.", "says “your review” while an emergency stands"),
        (f"{AGAIN.text} I cannot tell how urgent it is.", "says “how urgent” while an emergency stands"),
    ],
)
def test_the_frame_stops_what_may_not_be_said_while_an_emergency_stands(text: str, fault: str) -> None:
    assert fault in faults(msgspec.structs.replace(AGAIN, text=text), SPEAKER)


def test_the_frame_stops_a_question_while_an_emergency_stands() -> None:
    asked = Reply(text=f"{LINE} How bad is it?", custom={"type": "question", "standing": "emergency"})
    assert faults(asked, SPEAKER) == ["asks while an emergency stands"]


def test_only_an_answer_that_stands_may_leave_out_the_warning_signs() -> None:
    custom = {key: value for key, value in (AGAIN.custom or {}).items() if key != "standing"}
    assert faults(Reply(text=AGAIN.text, custom=custom), SPEAKER) == ["lacks the warning signs"]


# -- abroad ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("country", "said"), [("gb", "United Kingdom: call 999 now."), ("us", ""), ("ca", ""), (None, "")])
def test_the_number_where_the_patient_is_follows_the_line(country: str | None, said: str) -> None:
    report = msgspec.structs.replace(SPREAD, country=country)
    whole = as_it_stands(SPEAKER.assessment(report, assess(report, PACK)), report, SPEAKER)
    for reply in (again(report, SPEAKER), as_it_stands(SPEAKER.plain("greeting"), report, SPEAKER), whole):
        assert reply.text.startswith(LINE)
        assert (said in reply.text.splitlines()[0]) if said else "You told me where you are" not in reply.text
        assert faults(reply, SPEAKER) == []
    assert as_it_stands(whole, report, SPEAKER) == whole
