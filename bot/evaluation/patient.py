"""A simulated patient: opens with one message and answers every question from the facts, as score_vignettes.py does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from bot.evaluation.sets import Facts

# What a patient with these facts says to a question, given its `custom` part.
Answer = Callable[[Mapping[str, Any], Facts], str]

SIDES = {"left": "the left side", "right": "the right side", "both": "both sides", "none": "neither"}
COURSES = {"better": "it is getting better", "same": "it is about the same", "worse": "it is getting worse"}
SEVERITIES = ("mild", "moderate", "severe")


def answer(question: Mapping[str, Any], facts: Facts) -> str:
    """What the patient says to a question, given its `custom` part (DESIGN.md, contract 3)."""
    kind = question["id"]
    options = question.get("options") or []
    has = {*facts.present, *facts.context}
    asked_of = bool(has & set(question.get("concepts") or []))
    if kind in ("red_flags", "context", "symptoms"):
        return pick(options, has) or ("yes" if asked_of else "none of these")
    if kind == "escalator":
        return "yes" if asked_of or question.get("condition") in facts.conditions else "no"
    if kind == "sides" and question.get("answers") == "yes_no":
        # It names the other side: "Is your left upper eyelid lower as well?"
        return "yes" if facts.sides == "both" else "no"
    return _detail(kind, facts)


def _detail(kind: str, facts: Facts) -> str:
    """The answer to a question that asks for one fact; "no" to a question of a kind that the patient does not know."""
    days = facts.onset_days_ago
    answers = {
        "treatment": facts.treatment,
        "areas": ", ".join(facts.areas or ("forehead",)),
        "days_since_treatment": f"{facts.days_since_treatment} days ago",
        "onset": "today" if days == 0 else f"{days} days ago",
        "severity": facts.severity if facts.severity in SEVERITIES else "moderate",
        "course": COURSES.get(facts.course or "", "about the same"),
        "sides": SIDES.get(facts.sides or "", "not sure"),
        "consent": "yes",
    }
    return answers.get(kind, "no")


def pick(options: Sequence[Mapping[str, Any]], concepts: Collection[str]) -> str | None:
    """The first option that names one of `concepts`, else the one that says none of these, else nothing."""
    named = [option for option in options if option.get("concept") in concepts]
    best = named or [option for option in options if option.get("none")]
    return (best[0].get("payload") or best[0].get("title")) if best else None
