from __future__ import annotations

import string

import msgspec
import pytest

from bot.knowledge.levels import Level
from bot.knowledge.model import Crisis
from bot.settings import Clinic
from bot.triage.assess import assess
from bot.triage.report import SymptomReport
from bot.understanding.language_data import ENGLISH, languages
from bot.wording.frame import faults
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker
from tests.triage.reports import report_of
from tests.wording.speakers import PACK, SPEAKER

REPORT = report_of("dyspnoea")
PLACEHOLDERS = {
    "urgent": {"emergency"},
    "action": {"emergency"},
    "also": {"emergency"},
    "offer": {"phone"},
    "contact": {"clinic", "phone", "hours", "emergency"},
    "fixed": set(),
    "reason": set(),
    "local_number": set(),
}


# By the kind of a cry for help: its condition, and the name that stands for the number to call.
CRIES: dict[Crisis, tuple[str, str]] = {
    "self_harm": ("thoughts_of_self_harm", "crisis"),
    "too_much_medicine": ("overdose", "poison"),
}
LINES = {"crisis": "988", "poison": "1-800-222-1222"}


def cry(code: str, *kinds: Crisis, beside: SymptomReport | None = None, speaker: Speaker = SPEAKER) -> Reply:
    told = beside or SymptomReport()
    report = msgspec.structs.replace(told, conditions={CRIES[kind][0]: "yes" for kind in kinds})
    return speaker.assessment(report, assess(report, PACK), language=code)


def replies(code: str, speaker: Speaker = SPEAKER) -> list[Reply]:
    return [speaker.other_language(code), speaker.assessment(REPORT, assess(REPORT, PACK), language=code)]


@pytest.mark.parametrize("code", languages())
def test_the_texts_of_each_language_are_complete(code: str) -> None:
    texts = languages()[code]
    assert set(texts.warning_signs) == {flag.id for flag in PACK.red_flags}
    named = {key: {name for _, name, _, _ in string.Formatter().parse(getattr(texts, key)) if name} for key in PLACEHOLDERS}
    assert named == PLACEHOLDERS
    assert not texts.reviewed


@pytest.mark.parametrize("code", [*languages(), "ja"])
def test_the_replies_of_each_language_have_the_frame(code: str) -> None:
    for reply in replies(code):
        assert faults(reply, SPEAKER) == []
        assert reply.custom is not None
        assert reply.custom["language"] == code
        assert "911" in reply.text


@pytest.mark.parametrize("code", languages())
def test_each_missing_part_is_found(code: str) -> None:
    for reply in replies(code):
        for name, texts in SPEAKER.in_language(code).parts().items():
            for text in texts:
                without = msgspec.structs.replace(reply, text=reply.text.replace(text, ""))
                assert f"lacks {name}" in faults(without, SPEAKER)


def test_the_action_comes_first_and_no_other_level_is_said_in_another_language() -> None:
    _, reply = replies("es")
    later = msgspec.structs.replace(reply, text=f"Hola. {reply.text}")
    assert faults(later, SPEAKER) == ["does not begin with the action of its level"]
    assert reply.custom is not None
    lower = msgspec.structs.replace(reply, custom={**reply.custom, "level": Level.ROUTINE.value})
    assert "says the action of emergency" in faults(lower, SPEAKER)


def test_english_parts_are_no_frame_for_another_language() -> None:
    reply = SPEAKER.fallback("failed")
    assert faults(msgspec.structs.replace(reply, custom={"type": "fallback", "reason": "failed", "language": "es"}), SPEAKER)


def test_a_lower_level_is_said_in_english() -> None:
    mild = report_of("headache")
    reply = SPEAKER.assessment(mild, assess(mild, PACK), language="es")
    assert reply == SPEAKER.assessment(mild, assess(mild, PACK))


@pytest.mark.parametrize("code", languages())
def test_a_country_without_a_number_gets_the_words_of_the_language(code: str) -> None:
    speaker = Speaker(PACK, Clinic(name="Hill Clinic", phone="1 2 3", hours="nine to five", country="other"))
    for reply in replies(code, speaker):
        assert languages()[code].local_number in reply.text
        assert faults(reply, speaker) == []


def test_a_language_without_a_folder_is_answered_in_english() -> None:
    assert SPEAKER.other_language("ja").text == SPEAKER.other_language(ENGLISH).text == SPEAKER.other_language(None).text


@pytest.mark.parametrize("code", languages())
def test_each_language_has_lines_for_the_cries_and_names_one_number_in_each(code: str) -> None:
    cries = languages()[code].cries
    named = {
        kind: [name for line in lines for _, name, _, _ in string.Formatter().parse(line) if name]
        for kind, lines in cries.items()
    }
    assert named == {kind: [number] for kind, (_, number) in CRIES.items()}


@pytest.mark.parametrize("code", [*languages(), "ja"])
@pytest.mark.parametrize("kind", CRIES)
def test_a_cry_is_answered_with_its_own_line_and_nothing_of_the_treatment(code: str, kind: Crisis) -> None:
    reply, texts = cry(code, kind), SPEAKER.in_language(code).texts
    assert faults(reply, SPEAKER) == []
    assert {name for name, number in LINES.items() if number in reply.text} == {CRIES[kind][1]}
    assert texts.reason not in reply.text
    assert not any(sign in reply.text for sign in texts.warning_signs.values())


@pytest.mark.parametrize("kind", CRIES)
def test_a_cry_whose_line_is_missing_may_not_leave(kind: Crisis) -> None:
    reply = cry("es", kind)
    for line in SPEAKER.in_language("es").cries([kind]):
        assert f"lacks “{line}”" in faults(msgspec.structs.replace(reply, text=reply.text.replace(line, "")), SPEAKER)


def test_cries_and_a_symptom_beside_them_are_all_answered() -> None:
    reply = cry("es", *CRIES, beside=REPORT)
    assert faults(reply, SPEAKER) == []
    assert all(number in reply.text for number in LINES.values())
    assert languages()["es"].reason in reply.text


@pytest.mark.parametrize("code", languages())
def test_no_other_emergency_names_the_lines(code: str) -> None:
    assert not any(number in reply.text for reply in replies(code) for number in LINES.values())


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("kind", CRIES)
def test_the_line_is_left_out_where_the_country_has_none(code: str, kind: Crisis) -> None:
    speaker = Speaker(PACK, Clinic(name="Hill Clinic", phone="1 2 3", hours="nine to five", country="other"))
    reply = cry(code, kind, speaker=speaker)
    first, _ = languages()[code].cries[kind]
    assert faults(reply, speaker) == []
    assert reply.text.split("\n\n")[1] == first


def test_the_lines_of_the_clinic_come_before_those_of_the_country() -> None:
    clinic = Clinic(name="A", phone="1", hours="x", country="us", crisis_number="5 5", poison_number="6 6")
    texts = [cry("de", kind, speaker=Speaker(PACK, clinic)).text for kind in CRIES]
    assert ["5 5" in texts[0], "6 6" in texts[1]] == [True, True]
