from __future__ import annotations

import msgspec
import pytest

from bot.knowledge.levels import Level
from bot.triage.assess import assess
from bot.triage.report import Finding, SymptomReport
from bot.wording.frame import faults
from bot.wording.reply import Reply
from bot.wording.texts import CrisisActions
from tests.wording.speakers import PACK, SPEAKER, hard_parts

CRIES = {condition.crisis: condition for condition in PACK.conditions.values() if condition.crisis}
ORDINARY = SPEAKER.fill(SPEAKER.level(Level.EMERGENCY).also or "")


def answer(*kinds: str, symptoms: tuple[str, ...] = ()) -> Reply:
    conditions = {condition.id: "yes" for kind, condition in CRIES.items() if kind in kinds}
    findings = {symptom: Finding(status="present", words="my words") for symptom in symptoms}
    report = SymptomReport(conditions=conditions, findings=findings)  # type: ignore[arg-type]
    return SPEAKER.assessment(report, assess(report, PACK))


def action(kind: str) -> str:
    return SPEAKER.fill(getattr(SPEAKER.texts.crisis.actions, kind))


@pytest.mark.parametrize("kind", CRIES)
def test_each_kind_has_an_answer_of_its_own_that_begins_with_whom_to_call(kind: str) -> None:
    reply = answer(kind)
    assert reply.text.startswith(action(kind))
    assert faults(reply, SPEAKER) == []
    assert hard_parts(reply.text) == {}
    assert ORDINARY not in reply.text
    assert SPEAKER.warning_signs() not in reply.text
    assert reply.custom is not None
    assert (reply.custom["type"], reply.custom["level"], reply.custom["concepts"]) == ("assessment", "emergency", [])
    assert {"label": SPEAKER.texts.summary.action, "value": action(kind)} in reply.custom["summary"]


def test_every_kind_has_an_action_and_names_the_number() -> None:
    assert set(CrisisActions.__struct_fields__) == set(CRIES)
    assert all("{emergency}" in text for text in msgspec.to_builtins(SPEAKER.texts.crisis.actions).values())


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("self_harm", ("988", "911", "You are not alone", "Be with somebody you trust", "Move away what could hurt you")),
        ("too_much_medicine", ("1-800-222-1222", "911", "Have the pack at hand", "Do not wait")),
        ("swallowed_or_stuck", ("1-800-222-1222", "911", "soap and running water")),
        ("unconscious", ("911", "onto their side", "CPR")),
        ("bleeding", ("911", "Press firmly")),
        ("blue_lips", ("911",)),
        ("pregnancy", ("maternity unit", "911")),
        ("floppy_baby", ("911",)),
    ],
)
def test_what_each_answer_says(kind: str, words: tuple[str, ...]) -> None:
    assert [word for word in words if word not in answer(kind).text] == []


def test_every_step_that_is_said_was_read_in_a_source() -> None:
    steps = [step for condition in CRIES.values() for step in condition.steps]
    assert steps
    assert all(ref.verified for step in steps for ref in step.sources)


@pytest.mark.parametrize("kind", CRIES)
@pytest.mark.parametrize(("symptom", "urgent"), [("eyelid_ptosis", False), ("dyspnoea", True), ("injection_site_pain", False)])
def test_a_symptom_beside_a_cry_is_answered_after_it(kind: str, symptom: str, urgent: bool) -> None:
    reply = answer(kind, symptoms=(symptom,))
    texts = SPEAKER.texts.crisis
    also = SPEAKER.fill(texts.also_emergency if urgent else texts.also)
    first = SPEAKER.fill(SPEAKER.level(Level.EMERGENCY).action)
    called = action(kind).startswith("Call 911 now")
    assert reply.text.startswith(f"{first}\n{action(kind)}" if urgent and not called else action(kind))
    assert reply.text.index(PACK.concepts[symptom].label) > reply.text.index(action(kind))
    assert also in reply.text
    assert faults(reply, SPEAKER) == []


def test_two_cries_are_both_answered_the_more_pressing_first() -> None:
    reply = answer("self_harm", "too_much_medicine")
    assert reply.text.startswith(f"{action('too_much_medicine')}\n{action('self_harm')}")
    assert faults(reply, SPEAKER) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda text: f"Hello. {text}", "does not begin with whom to call"),
        (lambda text: text.replace(SPEAKER.texts.fixed, ""), "lacks the fixed sentence"),
        (lambda text: text.replace(SPEAKER.fill(SPEAKER.texts.contact.clinic), ""), "lacks the way to the clinic"),
        (lambda text: text.replace(SPEAKER.fill(SPEAKER.texts.contact.emergency), ""), "lacks the emergency number"),
        (lambda text: f"{text} Tell them about your Injections.", "says “injection”"),
        (lambda text: f"{text} {SPEAKER.fill(SPEAKER.level(Level.ROUTINE).action)}", "says the action of routine"),
        (lambda text: f"{text} Do not worry.", "says “Do not worry”"),
    ],
)
def test_an_answer_that_breaks_its_frame_is_found(change: object, fault: str) -> None:
    reply = answer("self_harm")
    broken = msgspec.structs.replace(reply, text=change(reply.text))  # type: ignore[operator]
    assert faults(broken, SPEAKER) == [fault]


def test_an_answer_that_hides_the_cry_is_found() -> None:
    ordinary = SPEAKER.assessment(
        report := SymptomReport(findings={"dyspnoea": Finding(status="present")}), assess(report, PACK)
    )
    hidden = msgspec.structs.replace(ordinary, custom=answer("self_harm").custom)
    assert "does not begin with whom to call" in faults(hidden, SPEAKER)
