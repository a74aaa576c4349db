"""The knowledge pack as typed, frozen objects: what a clinician reads in YAML is exactly what the program holds.

Every struct refuses unknown keys, so that a misspelt key in a knowledge file is an error and not a silent loss.
The conditions of a rule (`When`) have no "not": adding something to a report can only make more rules fire, so no
answer that adds a symptom, a severity or a doubt can ever lower a level.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.knowledge.levels import Level

Kind = Literal["symptom", "context"]
Side = Literal["left", "right", "both"]
Severity = Literal["mild", "moderate", "severe"]
Course = Literal["better", "same", "worse"]
Patient = Literal["self", "other", "minor"]
QuestionKind = Literal[
    "consent",
    "treatment",
    "areas",
    "days_since_treatment",
    "onset",
    "severity",
    "course",
    "sides",
    "red_flags",
    "escalator",
    "context",
    "symptoms",
    "anything_else",
]
AnswerKind = Literal["yes_no", "choice", "days", "text"]
Verdict = Literal["supported", "partly", "unsupported", "false"]
Wish = Literal["while_waiting", "refuse_help"]
Crisis = Literal[
    "calls_for_help",
    "unconscious",
    "blue_lips",
    "bleeding",
    "too_much_medicine",
    "swallowed_or_stuck",
    "pregnancy",
    "floppy_baby",
    "self_harm",
]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything in a pack: immutable, and unknown keys are refused."""


class SourceRef(_Data, frozen=True, kw_only=True):
    """Where a statement comes from. `source` is a key of sources.yml; `verified` is false for facts.md rows tagged [G]."""

    source: str
    section: str | None = None
    verified: bool = False


class Source(_Data, frozen=True, kw_only=True):
    """A document that statements refer to. `seen` says what was actually read of it."""

    id: str
    title: str
    seen: str
    url: str | None = None


class Window(_Data, frozen=True, kw_only=True):
    """A span of time. `text` is for people; the bounds are in hours: after the injection (onset), of the symptom (duration)."""

    text: str
    min_hours: float | None = None
    max_hours: float | None = None
    sources: tuple[SourceRef, ...] = ()


class Frequency(_Data, frozen=True, kw_only=True):
    """How often it was seen in studies, in percent, with the drug and with placebo where known."""

    text: str
    drug: float | None = None
    placebo: float | None = None
    population: str | None = None
    sources: tuple[SourceRef, ...]


class Advice(_Data, frozen=True, kw_only=True):
    """One sentence of self-care that a source gives, in the patient's language."""

    text: str
    sources: tuple[SourceRef, ...]


class Waiting(Advice, frozen=True, kw_only=True):
    """One sentence on what to do until help comes. Of several that say how to sit or lie, the lowest `position` is said."""

    position: int | None = None


class When(_Data, frozen=True, kw_only=True):
    """A condition of a rule. Exactly one of the groups is given; there is no negation (see the module's docstring).

    all_of / any_of      other conditions
    at_least, of         that many of these concepts (with `from_different_areas`, from different `body_area`s)
    concept, side        the concept is present (on that side)
    severity, course     of the account as a whole, or of `concept` when that is given too
    condition            the patient said yes (or is not sure) to this escalating condition
    lasting_days_over    the symptom (of `concept`, or any) has lasted more than this many days
    treated_days_over / treated_days_under   days since the treatment
    patient              who it is about: `other` (somebody else) or `minor` (under 18)
    symptom_level        a symptom whose own level is at least this one is present
    unclear              something that the patient said was not understood
    declined             the patient did not want to answer the questions about warning signs
    """

    all_of: tuple[When, ...] = ()
    any_of: tuple[When, ...] = ()
    at_least: int | None = None
    of: tuple[str, ...] = ()
    from_different_areas: bool = False
    concept: str | None = None
    side: Side | None = None
    severity: Severity | None = None
    course: Course | None = None
    condition: str | None = None
    lasting_days_over: float | None = None
    treated_days_over: float | None = None
    treated_days_under: float | None = None
    patient: Patient | None = None
    symptom_level: Level | None = None
    unclear: bool = False
    declined: bool = False


class Rule(_Data, frozen=True, kw_only=True):
    """What raises a level: when `when` holds, the level is at least `level`. `because` is said to the patient."""

    id: str
    level: Level
    when: When
    because: str
    sources: tuple[SourceRef, ...]


class Condition(_Data, frozen=True, kw_only=True):
    """A detail that can raise the level of some concepts and is no concept itself ("the lid covers the pupil").

    `ask` is a yes/no question; `option` its short form in a list; `phrases` are words that say it unasked;
    `concepts` are the present concepts that make it worth asking. With `apart` it is asked by itself and never stands in a
    list. `crisis` makes it a cry for help: of that kind, heard by a reader of its own, with an answer of its own, of which
    `steps` are what to do until help comes.
    """

    id: str
    ask: str
    option: str
    concepts: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    apart: bool = False
    crisis: Crisis | None = None
    steps: tuple[Advice, ...] = ()


class SidesAsk(_Data, frozen=True, kw_only=True):
    """How to ask on which side something is (left, right, both), and whether it is on the `{side}` that was not told, too."""

    ask: str
    other: str


class Concept(_Data, frozen=True, kw_only=True):
    """Something a patient can report. `id` is stable (concepts.json).

    kind         a symptom, or a context fact (a medicine, a pregnancy)
    label        in the patient's words, fits after "You told me about": "a drooping upper eyelid"
    ask          yes/no question that asks for it
    option       a few words, for a button
    phrases      lay phrases; none is shared with another concept
    areas        treated areas (ids of pack.yml) after which it is typical; empty: any
    body_area    for "from different body areas"
    level        the level when alone and nothing raises it
    raises       rules about this concept; each `when` is understood "and this concept is present"
    sides        how to ask for its side, where both sides are more urgent than one
    ask_also     more urgent symptoms that come with it or are mistaken for it, worth asking about
    while_waiting  what to do until help comes, when it has led to an emergency
    """

    id: str
    kind: Kind
    label: str
    ask: str
    option: str
    body_area: str
    level: Level
    severity_class: Literal["minor", "moderate", "serious", "life_threatening", "situational"]
    phrases: tuple[str, ...]
    onset: Window
    sources: tuple[SourceRef, ...]
    areas: tuple[str, ...] = ()
    duration: Window | None = None
    frequency: tuple[Frequency, ...] = ()
    raises: tuple[Rule, ...] = ()
    ask_also: tuple[str, ...] = ()
    self_care: tuple[Advice, ...] = ()
    sides: SidesAsk | None = None
    while_waiting: tuple[Waiting, ...] = ()
    xrefs: dict[str, str] = {}


class Question(_Data, frozen=True, kw_only=True):
    """Something that the interview can ask. `concepts` are the options of a choice; `when` limits whom it is asked."""

    id: str
    kind: QuestionKind
    answers: AnswerKind
    ask: str
    why: str
    concepts: tuple[str, ...] = ()
    when: When | None = None


class Topic(_Data, frozen=True, kw_only=True):
    """A myth or a general question, with the sourced answer. `phrases` are ways to ask it; a myth has a `verdict`.

    `wish`: it answers what the intent of this name wants, after an emergency answer above all, in whatever words it is said.
    """

    id: str
    title: str
    phrases: tuple[str, ...]
    answer: str
    sources: tuple[SourceRef, ...]
    verdict: Verdict | None = None
    claim: str | None = None
    wish: Wish | None = None


class RedFlag(_Data, frozen=True, kw_only=True):
    """A warning sign that is shown with every answer. `concepts` are those that it stands for."""

    id: str
    text: str
    concepts: tuple[str, ...]
    sources: tuple[SourceRef, ...]


class Area(_Data, frozen=True, kw_only=True):
    """A treated area. `code` is the one of facts.md (GL, FHL, ...); `phrases` are what patients call it."""

    id: str
    code: str
    label: str
    phrases: tuple[str, ...]


class Treatment(_Data, frozen=True, kw_only=True):
    """A product or a kind of treatment and what patients call it."""

    id: str
    label: str
    phrases: tuple[str, ...]


class Country(_Data, frozen=True, kw_only=True):
    """The numbers of a country to call for help. `emergency` is the one to call for an ambulance.

    names        what patients call the country and its parts, in lower case
    crisis_line  for thoughts of suicide; its name is what they answer with, and may say more ("call or text")
    poison_line  for the public; None also where only clinicians may call
    """

    id: str
    name: str
    emergency: str
    sources: tuple[SourceRef, ...]
    names: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    advice_line: str | None = None
    advice_line_name: str | None = None
    crisis_line: str | None = None
    crisis_line_name: str | None = None
    poison_line: str | None = None
    poison_line_name: str | None = None
    reporting: str | None = None


class Head(_Data, frozen=True, kw_only=True):
    """pack.yml: the pack's name and version, the products and the treated areas."""

    id: str
    version: str
    title: str
    treatments: tuple[Treatment, ...]
    areas: tuple[Area, ...]


class Pack(Head, frozen=True, kw_only=True):
    """A whole knowledge pack, checked: every id that is referred to exists. See `load.load_pack`."""

    concepts: dict[str, Concept]
    rules: tuple[Rule, ...]
    conditions: dict[str, Condition]
    questions: tuple[Question, ...]
    red_flags: tuple[RedFlag, ...]
    topics: dict[str, Topic]
    sources: dict[str, Source]
    countries: dict[str, Country]
