"""Questions for tests, in the form in which the interview asks them."""

from __future__ import annotations

from typing import Any

from bot.knowledge.load import cached_pack
from bot.triage.interview import Ask, Option

PACK = cached_pack()


def ask(kind: Any, *options: Option, answers: Any = "choice") -> Ask:
    """A question of a kind."""
    return Ask(id=kind, kind=kind, answers=answers, text="?", why=".", options=options)


def signs(*concepts: str) -> tuple[Option, ...]:
    """Options that name concepts, with the id in words as the title."""
    return tuple(Option(title=concept.replace("_", " ").title(), concept=concept) for concept in concepts)


def values(*titles: str) -> tuple[Option, ...]:
    """Options that are the answers themselves."""
    return tuple(Option(title=title, value=title.lower()) for title in titles)


RED_FLAGS = ask("red_flags", *signs("dyspnoea", "dysphagia", "dysarthria", "seizure"))
SYMPTOMS = ask("symptoms", *signs("diplopia", "dry_mouth"))
CONTEXT = ask("context", *signs("unlicensed_product", "neuromuscular_condition", "pregnancy_breastfeeding"))
ONE_SIGN = ask("symptoms", *signs("diplopia"), answers="yes_no")
FEVER = ask("escalator", Option(title="Fever of 38", condition="fever"), answers="yes_no")
DETAILS = ask(
    "escalator", Option(title="Fever of 38", condition="fever"), Option(title="I hit my head", condition="head_injury")
)
SIDES = ask("sides", *values("Left", "Right"), Option(title="Both sides", value="both"))
SEVERITY = ask("severity", *values("Mild", "Moderate", "Severe"))
COURSE = ask(
    "course",
    Option(title="Getting better", value="better"),
    Option(title="About the same", value="same"),
    Option(title="Getting worse", value="worse"),
)
ONSET = ask("onset", answers="days")
TREATED = ask("days_since_treatment", answers="days")
CONSENT = ask("consent", answers="yes_no")
EVERY = (RED_FLAGS, SYMPTOMS, CONTEXT, ONE_SIGN, FEVER, DETAILS, SIDES, SEVERITY, COURSE, ONSET, TREATED)


def listed(kind: str) -> tuple[Option, ...]:
    """The options of a list of the pack, with the titles of their buttons."""
    [question] = [question for question in PACK.questions if question.kind == kind]
    return tuple(Option(title=PACK.concepts[concept].option, concept=concept) for concept in question.concepts)
