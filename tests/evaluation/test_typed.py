"""A patient who types tells the truth, in the same words when asked again, and in words of their own."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.sets import Facts, SetError
from bot.evaluation.typed import Forms, TimeForms, load_forms, slipped, typed_answer, typing_patient
from bot.knowledge.load import cached_pack

PACK = cached_pack()
FORMS = load_forms()
CONCEPTS = ("diplopia", "dysphagia", "dyspnoea", "seizure")
TODAY = date(2026, 3, 4)

# Forms that say which group they are of, in words so short that no slip changes them.
TIMES = TimeForms(today=("d0",), yesterday=("d1",), days=("d{days}", "w{word}"), weeks=("k{weeks}",), weekday=("on {weekday}",))
MARKED = Forms(
    signs={concept: (f"s{place}",) for place, concept in enumerate(CONCEPTS[:3])},
    joins=(" n ",),
    names=("has {signs}",),
    only=("all {signs}",),
    two=("two {signs}",),
    titles=("has {title}",),
    place=("at {number}", "the {ordinal}"),
    places=("at {numbers}", "the {ordinals}"),
    ordinals=("1st", "2nd", "3rd", "4th"),
    place_joins=(" n ",),
    none=("nil",),
    yes=("yes",),
    no=("no",),
    sides={side: (side,) for side in ("left", "right", "both", "none", "unsure")},
    other_side={"yes": ("both too",), "no": ("just {side}",)},
    onset=TIMES,
    days_since_treatment=TIMES,
    number_words=("2", "3", "4", "5", "6", "7", "8"),
    week_words=("1w", "2w"),
    weekdays=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    severity={"mild": ("mild",), "moderate": ("mid",), "severe": ("bad",)},
    course={"better": ("up",), "same": ("same",), "worse": ("down",)},
    consent=("ok",),
    treatment=("{treatment}",),
    areas=("{areas}",),
)

sources = st.integers(0, 10_000).map(Random)
some = st.lists(st.sampled_from(CONCEPTS), unique=True)
listed = st.lists(st.sampled_from(CONCEPTS), unique=True, min_size=1)


def list_of(*concepts: str, answers: str = "choice") -> dict[str, Any]:
    """A question as it comes with its options; their titles are short too."""
    options = [{"title": f"T{CONCEPTS.index(concept)}", "concept": concept, "none": False} for concept in concepts]
    none = {"title": "None", "concept": None, "none": True}
    return {"id": "symptoms", "answers": answers, "concepts": list(concepts), "options": [*options, none]}


def told(answer: str, concepts: list[str]) -> set[str]:
    """The concepts that an answer put together from MARKED names."""
    by_name = {CONCEPTS[int(number)] for number in re.findall(r"\b[st](\d)", answer)}
    return by_name | {concepts[int(number) - 1] for number in re.findall(r"\b(\d)(?:st|nd|rd|th)?\b", answer)}


@given(concepts=listed, present=some, random=sources)
def test_of_a_list_what_is_there_is_affirmed_and_nothing_else(concepts: list[str], present: list[str], random: Random) -> None:
    answer = typed_answer(list_of(*concepts), Facts(present=tuple(present)), MARKED, random)
    there = set(concepts) & set(present)
    assert (answer == "nil") is not bool(there)
    assert told(answer, concepts) <= there
    assert bool(told(answer, concepts)) is bool(there)
    if answer.startswith("all"):
        assert told(answer, concepts) == there


def test_several_signs_are_told_at_once_or_one_by_one() -> None:
    question, facts = list_of("diplopia", "dysphagia", "seizure"), Facts(present=("diplopia", "dysphagia"))
    answers = {typed_answer(question, facts, MARKED, Random(seed)) for seed in range(200)}
    assert answers == {
        *("has s0", "has s1", "has t0", "has t1", "at 1", "at 2", "the 1st", "the 2nd"),
        *("has s0 n s1", "all s0 n s1", "two s0 n s1", "has t0 n t1", "at 1 n 2", "the 1st n 2nd"),
    }


@given(concept=st.sampled_from(CONCEPTS), present=some, random=sources)
def test_a_question_about_one_sign_is_answered_with_yes_or_no(concept: str, present: list[str], random: Random) -> None:
    answer = typed_answer(list_of(concept, answers="yes_no"), Facts(present=tuple(present)), MARKED, random)
    assert (answer == "no") is (concept not in present)
    assert answer in ("no", "yes", f"has s{CONCEPTS.index(concept)}")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"id": "escalator", "answers": "yes_no", "condition": "fever"}, "yes"),
        ({"id": "escalator", "answers": "yes_no", "condition": "eye_pain"}, "no"),
        ({"id": "escalator", "answers": "choice", "options": [{"title": "A fever", "concept": None}]}, "nil"),
        ({"id": "context", "answers": "choice", "concepts": ["unlicensed_product"]}, "yes"),
        ({"id": "sides", "answers": "choice"}, "left"),
        ({"id": "sides", "answers": "yes_no", "concepts": ["eyelid_ptosis"]}, "just left"),
        ({"id": "severity"}, "bad"),
        ({"id": "course"}, "down"),
        ({"id": "consent"}, "ok"),
        ({"id": "treatment"}, "tox"),
        ({"id": "areas"}, "neck arm pit"),
        ({"id": "anything_else"}, "no"),
    ],
)
def test_each_kind_of_question(question: dict[str, Any], said: str) -> None:
    facts = Facts(
        treatment="tox",
        areas=("neck", "arm_pit"),
        severity="severe",
        course="worse",
        sides="left",
        conditions=("fever",),
        context=("unlicensed_product",),
    )
    answers = {typed_answer(question, facts, MARKED, Random(seed)).replace(",", "") for seed in range(20)}
    assert answers == {said}


@pytest.mark.parametrize(
    ("sides", "which", "other"),
    [("right", "right", "just right"), ("both", "both", "both too"), ("none", "none", "no"), (None, "unsure", "unsure")],
)
def test_both_ways_to_ask_for_the_side(sides: str | None, which: str, other: str) -> None:
    facts = Facts(sides=sides)
    assert typed_answer({"id": "sides", "answers": "choice"}, facts, MARKED, Random(1)) == which
    assert typed_answer({"id": "sides", "answers": "yes_no"}, facts, MARKED, Random(1)) == other


@given(days=st.integers(0, 30), random=sources, kind=st.sampled_from(("onset", "days_since_treatment")))
def test_the_time_is_that_of_the_facts(days: int, random: Random, kind: str) -> None:
    asked_for = "onset_days_ago" if kind == "onset" else kind
    facts = msgspec.convert({"onset_days_ago": 99, "days_since_treatment": 99, asked_for: days}, Facts)
    answer = typed_answer({"id": kind}, facts, MARKED, random, TODAY)
    weekday = (TODAY - timedelta(days=days)).strftime("on %a").lower()
    assert answer in (f"d{days}", f"w{days}", f"k{days // 7}w", weekday)
    assert not answer.startswith("k") or days % 7 == 0
    assert not answer.startswith("on") or 2 <= days <= 6


# -- slips ----------------------------------------------------------------------------------------------------------

WORD = re.compile(r"[a-z]+")


@given(text=st.text(st.sampled_from("abcdefghij .,!?'7"), max_size=60), random=sources)
def test_slips_keep_the_words_and_their_beginnings(text: str, random: Random) -> None:
    without = "".join(" " if c in ",.!?" else c for c in text.replace("'", "")).split()
    typed = slipped(text, random)
    assert not set("!?'") & set(typed)
    words = WORD.findall(typed)
    for right, wrong in zip(WORD.findall(" ".join(without)), words, strict=True):
        assert right[0] == wrong[0]
        assert abs(len(right) - len(wrong)) <= 1
        assert right == wrong or len(right) >= 5


def test_a_slip_swaps_drops_or_doubles_a_letter() -> None:
    assert {slipped("Lemon!", Random(seed)) for seed in range(200)} == {
        *("lemon", "lmeon", "leomn", "lemno", "lmon", "leon", "lemn", "leemon", "lemmon", "lemoon"),
    }


def test_slips_leave_numbers_whole() -> None:
    assert slipped("Maybe 7/10, it's no. 3, or 2.5!", Random(3)).split()[1:] == "7/10 its no 3 or 2.5".split()


# -- the forms in use -----------------------------------------------------------------------------------------------


def real_list(kind: str) -> dict[str, Any]:
    [question] = [question for question in PACK.questions if question.kind == kind]
    options = [{"title": PACK.concepts[concept].option, "concept": concept, "none": False} for concept in question.concepts]
    return {"id": kind, "answers": "choice", "concepts": list(question.concepts), "options": options}


REAL = {kind: real_list(kind) for kind in ("red_flags", "symptoms", "context")}


@given(kind=st.sampled_from(sorted(REAL)), seed=st.integers(), data=st.data())
def test_no_button_is_named_that_is_not_meant(kind: str, seed: int, data: st.DataObject) -> None:
    question = REAL[kind]
    present = data.draw(st.lists(st.sampled_from(question["concepts"]), max_size=3, unique=True))
    answer = typing_patient("v", seed, FORMS)(question, Facts(present=tuple(present)))
    named = {option["concept"] for option in question["options"] if option["title"].lower() in answer.lower()}
    assert named <= set(present)
    assert answer not in {option["title"] for option in question["options"]}


@given(patient=st.text(max_size=5), seed=st.integers())
def test_a_run_can_be_had_again(patient: str, seed: int) -> None:
    facts, questions = Facts(present=("dyspnoea", "dry_mouth")), [*REAL.values(), {"id": "onset"}, {"id": "severity"}]
    first, again = (typing_patient(patient, seed, FORMS) for _ in range(2))
    assert [first(question, facts) for question in questions] == [again(question, facts) for question in questions]


def test_patients_and_runs_differ() -> None:
    facts = Facts(present=("dyspnoea",))
    patients = [typing_patient(patient, seed, FORMS) for patient in ("v1", "v2", "v3") for seed in range(3)]
    said = {tuple(patient(question, facts) for question in REAL.values()) for patient in patients}
    assert len(said) == len(patients)


def test_each_sign_of_a_list_has_words_of_its_own() -> None:
    asked = {concept for question in PACK.questions for concept in question.concepts}
    asked |= {other for concept in PACK.concepts.values() for other in concept.ask_also}
    assert asked <= set(FORMS.signs) <= set(PACK.concepts)
    assert {concept: len(signs) for concept, signs in FORMS.signs.items() if not 5 <= len(set(signs)) == len(signs) <= 8} == {}


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        *((lines, {"signs"}) for lines in (FORMS.names, FORMS.only, FORMS.two)),
        (FORMS.titles, {"title"}),
        (FORMS.place, {"number", "ordinal"}),
        (FORMS.places, {"numbers", "ordinals"}),
    ],
)
def test_a_form_that_affirms_names_what_it_affirms(lines: tuple[str, ...], places: set[str]) -> None:
    assert [form for form in lines if len(set(re.findall(r"{(\w+)}", form)) & places) != 1] == []


def test_plain_answers_have_no_place_to_fill() -> None:
    plain = (*FORMS.none, *FORMS.yes, *FORMS.no, *FORMS.consent, *(form for forms in FORMS.sides.values() for form in forms))
    assert [form for form in plain if "{" in form] == []


def test_no_form_stands_twice() -> None:
    for lines in (FORMS.names, FORMS.only, FORMS.titles, FORMS.place, FORMS.none, FORMS.yes, FORMS.no):
        assert len(set(lines)) == len(lines)
    assert not set(FORMS.names) & set(FORMS.only)


@pytest.mark.parametrize(("text", "message"), [("signs: {}", "missing required field"), ("- [", "forms.yml:")])
def test_a_faulty_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "forms.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SetError, match=message) as raised:
        load_forms(file)
    assert str(file) in str(raised.value)
