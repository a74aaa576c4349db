"""A simulated patient who types: answers put together from the forms of evaluation/typed_forms.yml, true to the facts.

All choices come from one source of randomness, which is seeded by the patient's id: the same run can be had again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from bot.evaluation.patient import Answer
from bot.evaluation.sets import FOLDER, Facts, SetError
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.located import read_yaml

FORMS = FOLDER / "typed_forms.yml"
LISTS = ("red_flags", "symptoms", "context")
# How often a sign is named in words, by its button and by its place in the list.
WAYS = {"words": 6, "titles": 2, "places": 2}
# Of several signs, how often all are told at once.
ALL_AT_ONCE = 0.5
# The share of answers with slips, and of the longer words in them.
WITH_SLIPS = 1 / 3
SLIPPED_WORDS = 0.4

Lines = tuple[str, ...]
Option = Mapping[str, Any]

_LONG_WORD = re.compile(r"[a-z]{5,}")
# Not the stop of a number, nor the slash of "7/10".
_PUNCTUATION = re.compile(r"[.,](?!\d)|[!?;:\"“”()…]")
_APOSTROPHE = re.compile(r"['’]")


class TimeForms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Answers to "how many days ago?", by how long it is."""

    today: Lines
    yesterday: Lines
    days: Lines
    weeks: Lines
    weekday: Lines


class Forms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The forms of typed_forms.yml, which says what each group is for."""

    signs: dict[str, Lines]
    joins: Lines
    names: Lines
    only: Lines
    two: Lines
    titles: Lines
    place: Lines
    places: Lines
    ordinals: Lines
    place_joins: Lines
    none: Lines
    yes: Lines
    no: Lines
    sides: dict[str, Lines]
    other_side: dict[str, Lines]
    onset: TimeForms
    days_since_treatment: TimeForms
    number_words: Lines
    week_words: Lines
    weekdays: Lines
    severity: dict[str, Lines]
    course: dict[str, Lines]
    consent: Lines
    treatment: Lines
    areas: Lines


def load_forms(file: Path = FORMS) -> Forms:
    """The forms of a file. Raises SetError."""
    try:
        return msgspec.convert(read_yaml(file).data, Forms)
    except KnowledgeError as error:
        raise SetError(str(error)) from None
    except msgspec.ValidationError as error:
        raise SetError(f"{file}: {error}") from None


def typing_patient(patient: str, seed: int, forms: Forms, today: date | None = None) -> Answer:
    """How the patient with this id answers in the run with this seed. With `today`, weekdays are named too."""
    random = Random(f"{patient} {seed}")  # noqa: S311  # nothing secret: a run that can be had again

    def answer(question: Mapping[str, Any], facts: Facts) -> str:
        return typed_answer(question, facts, forms, random, today)

    return answer


def typed_answer(question: Mapping[str, Any], facts: Facts, forms: Forms, random: Random, today: date | None = None) -> str:
    """What the patient types to a question, given its `custom` part."""
    text = _answer(question, facts, forms, random, today)
    return slipped(text, random) if random.random() < WITH_SLIPS else text


def slipped(text: str, random: Random) -> str:
    """The text in lower case, without punctuation, and with letters swapped, lost or doubled in its longer words."""
    plain = _PUNCTUATION.sub(" ", _APOSTROPHE.sub("", text.lower()))
    words = " ".join(plain.split())
    return _LONG_WORD.sub(lambda word: _slip(word[0], random) if random.random() < SLIPPED_WORDS else word[0], words)


def _slip(word: str, random: Random) -> str:
    """The word with one slip, never in its first letter."""
    at = random.randrange(1, len(word) - 1)
    here, following, rest = word[at], word[at + 1], word[at + 2 :]
    return word[:at] + random.choice((following + here, following, here + here + following)) + rest


def _answer(question: Mapping[str, Any], facts: Facts, forms: Forms, random: Random, today: date | None) -> str:
    kind = question["id"]
    if kind in LISTS or kind == "escalator":
        return _of_list(question, facts, forms, random)
    if kind == "sides":
        return random.choice(_sides(question, facts, forms)).format(side=facts.sides)
    if kind in ("onset", "days_since_treatment"):
        days = facts.onset_days_ago if kind == "onset" else facts.days_since_treatment
        return _ago(days, getattr(forms, kind), forms, random, today)
    pools = {
        "severity": forms.severity.get(facts.severity or "", forms.severity["moderate"]),
        "course": forms.course.get(facts.course or "", forms.course["same"]),
        "consent": forms.consent,
        "treatment": forms.treatment,
        "areas": forms.areas,
    }
    areas = ", ".join(facts.areas or ("forehead",)).replace("_", " ")
    return random.choice(pools.get(kind, forms.no)).format(treatment=facts.treatment, areas=areas)


def _of_list(question: Mapping[str, Any], facts: Facts, forms: Forms, random: Random) -> str:
    """The answer to a question about signs or details: what the patient has of them, or a plain no."""
    has = {*facts.present, *facts.context}
    asked = has & set(question.get("concepts") or ())
    options = question.get("options") or ()
    present = [option for option in options if option.get("concept") in has]
    several = question.get("answers") == "choice"
    if several and present:
        return _tell(present, options, forms, random)
    if asked or question.get("condition") in facts.conditions:
        sign = next((concept for concept in sorted(asked) if concept in forms.signs), None)
        named = [form.format(signs=random.choice(forms.signs[sign])) for form in forms.names] if sign else []
        return random.choice(random.choice((forms.yes, named or forms.yes)))
    return random.choice(forms.none if several else forms.no)


def _tell(present: Sequence[Option], options: Sequence[Option], forms: Forms, random: Random) -> str:
    """The options that the patient has, all at once or one of them, in one of the ways to name them."""
    told = list(present) if random.random() < ALL_AT_ONCE else [random.choice(present)]
    [way] = random.choices(list(WAYS), list(WAYS.values()))
    if way == "places":
        return _by_place([options.index(option) for option in told], forms, random)
    if way == "titles" or any(option["concept"] not in forms.signs for option in told):
        title = random.choice(forms.joins).join(option["title"] for option in told)
        return slipped(random.choice(forms.titles).format(title=title), random)
    signs = random.choice(forms.joins).join(random.choice(forms.signs[option["concept"]]) for option in told)
    complete = forms.only if len(told) == len(present) else ()
    pool = random.choice([lines for lines in (forms.names, complete, forms.two if len(told) == 2 else ()) if lines])
    return random.choice(pool).format(signs=signs)


def _by_place(places: Sequence[int], forms: Forms, random: Random) -> str:
    """The options at these places, counted from 0."""
    numbers = [str(place + 1) for place in places]
    # A list is never longer than there are words for its places.
    ordinals = [forms.ordinals[place] for place in places]
    if len(places) == 1:
        return random.choice(forms.place).format(number=numbers[0], ordinal=ordinals[0])
    join = random.choice(forms.place_joins)
    return random.choice(forms.places).format(numbers=join.join(numbers), ordinals=join.join(ordinals))


def _sides(question: Mapping[str, Any], facts: Facts, forms: Forms) -> Lines:
    """The answers to "which side?", and to "and the other one as well?"."""
    if question.get("answers") == "yes_no" and facts.sides in forms.sides:
        if facts.sides == "both":
            return forms.other_side["yes"]
        return forms.other_side["no"] if facts.sides != "none" else forms.no
    return forms.sides.get(facts.sides or "", forms.sides["unsure"])


def _ago(days: float, times: TimeForms, forms: Forms, random: Random, today: date | None) -> str:
    """How long ago, in one of the words that fit."""
    if days < 1:
        return random.choice(times.today)
    if days == 1:
        return random.choice(times.yesterday)
    words = dict(enumerate(forms.number_words, 2))
    weeks = {7 * count: word for count, word in enumerate(forms.week_words, 1)}
    pool = [form for form in times.days if "{word}" not in form or days in words]
    pool += times.weeks if days in weeks else ()
    named = today is not None and days in range(2, 7)
    pool += times.weekday if named else ()
    weekday = forms.weekdays[(today.weekday() - int(days)) % 7] if today is not None else ""
    return random.choice(pool).format(days=f"{days:g}", word=words.get(int(days)), weeks=weeks.get(int(days)), weekday=weekday)
