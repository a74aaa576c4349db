"""Which question comes next: the one whose answer can still change the level most.

For every question that is still open, the worst answer is tried on a copy of the report. Only questions whose worst
answer raises the level are asked, the most dangerous first. So an emergency is never questioned, nothing is asked twice,
and the interview ends by itself when no answer can change the level any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.model import AnswerKind, Concept, Condition, Pack, Question, QuestionKind, Side
from bot.triage.assess import assess, holds
from bot.triage.report import Finding, SymptomReport, with_condition, with_finding

MAX_QUESTIONS = 9
# More than this on one phone screen is not read to its end.
MAX_COMPANIONS = 10
# Longer than any limit that a rule sets.
LONG_DAYS = 3650.0


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that can be chosen: it names a concept or a condition, or is the plain answer `value`."""

    title: str
    concept: str | None = None
    condition: str | None = None
    value: str | None = None


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is put to the patient. `id` is that of questions.yml; `about` is the concept that it is about, `side`
    the side that it asks for, if it asks for one."""

    id: str
    kind: QuestionKind
    answers: AnswerKind
    text: str
    why: str
    options: tuple[Option, ...] = ()
    about: str | None = None
    side: Side | None = None

    @property
    def concepts(self) -> tuple[str, ...]:
        """The concepts that the options name."""
        return tuple(option.concept for option in self.options if option.concept)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that the options name."""
        return tuple(option.condition for option in self.options if option.condition)


def next_question(report: SymptomReport, pack: Pack, limit: int = MAX_QUESTIONS) -> Ask | None:
    """The question to ask now, or None when the level stands (or `limit` questions were asked)."""
    if report.declined or len(report.asked) >= limit:
        return None
    now = assess(report, pack).level
    best: tuple[Level, Ask] | None = None
    for question in pack.questions:
        build = _BUILD.get(question.kind)
        if build is None or question.id in report.closed:
            continue
        if question.when is not None and not holds(question.when, report, pack):
            continue
        for ask, worst in build(question, report, pack, now):
            if ask.id in report.closed:
                continue
            level = assess(worst, pack).level
            if level > now and (best is None or level > best[0]):
                best = (level, ask)
    return best[1] if best else None


_Candidates = Iterator[tuple[Ask, SymptomReport]]
_Builder = Callable[[Question, SymptomReport, Pack, Level], _Candidates]


def _concept_list(question: Question, report: SymptomReport, pack: Pack, now: Level) -> _Candidates:
    """A list of concepts that the patient has not spoken of. The worst answer is all of them."""
    unknown = [pack.concepts[concept] for concept in question.concepts if concept not in report.findings]
    yield from _choice(question, unknown, report, pack)


def _companions(question: Question, report: SymptomReport, pack: Pack, now: Level) -> _Candidates:
    """The symptoms that come with those told or are mistaken for them, as far as one of them would raise the level."""
    also = (other for concept in report.counted for other in pack.concepts[concept].ask_also)
    wanted = [c for c in dict.fromkeys((*also, *question.concepts)) if c not in report.findings]
    raising = [c for c in wanted if assess(_with_all([c], report, pack), pack).level > now]
    yield from _choice(question, [pack.concepts[c] for c in raising[:MAX_COMPANIONS]], report, pack)


def _choice(question: Question, concepts: list[Concept], report: SymptomReport, pack: Pack) -> _Candidates:
    if concepts:
        options = tuple(Option(title=concept.option, concept=concept.id) for concept in concepts)
        yield _ask(question, options), _with_all([concept.id for concept in concepts], report, pack)


def _escalators(question: Question, report: SymptomReport, pack: Pack, now: Level) -> _Candidates:
    """The details that would make what was told more urgent, in one list; after it, each that is asked for apart."""
    conditions = [
        condition
        for condition in pack.conditions.values()
        if condition.id not in report.conditions
        and any(concept in report.counted for concept in condition.concepts)
        and assess(with_condition(report, condition.id, "yes"), pack).level > now
    ]
    together = [condition for condition in conditions if not condition.apart]
    if len(together) == 1:
        yield _one(question, together[0]), with_condition(report, together[0].id, "yes")
    elif together:
        worst = report
        for condition in together:
            worst = with_condition(worst, condition.id, "yes")
        yield _ask(question, tuple(Option(title=c.option, condition=c.id) for c in together), answers="choice"), worst
    for condition in conditions:
        if condition.apart:
            ask = msgspec.structs.replace(_one(question, condition), id=f"{question.id}.{condition.id}")
            yield ask, with_condition(report, condition.id, "yes")


def _one(question: Question, condition: Condition) -> Ask:
    """The yes/no question for one condition."""
    return _ask(question, (Option(title=condition.option, condition=condition.id),), text=condition.ask, answers="yes_no")


def _detail(
    field: str, worst_values: tuple[str | float, ...], values: tuple[str, ...] = (), *, of_each: bool = False
) -> _Builder:
    """A question about one detail of the account. `values` are the answers that can be chosen.

    It is known when one finding has it, or, with `of_each`, only when each finding has it.
    """

    def build(question: Question, report: SymptomReport, pack: Pack, now: Level) -> _Candidates:
        lacking = [c for c in report.counted if getattr(report.findings[c], field, None) is None]
        known = not lacking or (not of_each and len(lacking) < len(report.counted))
        if getattr(report, field) is not None or known:
            return
        for worst in worst_values:
            options = tuple(Option(title=value, value=value) for value in values)
            yield _ask(question, options, about=lacking[0]), msgspec.structs.replace(report, **{field: worst})

    return build


def _sides(question: Question, report: SymptomReport, pack: Pack, now: Level) -> _Candidates:
    """Which side it is, or, where one side was told, whether the other one has it as well: two lids are an emergency."""
    for concept in report.counted:
        texts, told = pack.concepts[concept].sides, report.findings[concept].side
        if texts is None or told == "both" or report.side is not None:
            continue
        worst = msgspec.structs.replace(report, side="both")
        if told is None:
            options = tuple(Option(title=side, value=side) for side in get_args(Side))
            yield _ask(question, options, text=texts.ask, about=concept), worst
        else:
            other: Side = "left" if told == "right" else "right"
            yield _ask(question, (), text=texts.other, answers="yes_no", about=concept, side=other), worst


def _ask(
    question: Question,
    options: tuple[Option, ...],
    *,
    text: str | None = None,
    answers: AnswerKind | None = None,
    about: str | None = None,
    side: Side | None = None,
) -> Ask:
    return Ask(
        id=question.id,
        kind=question.kind,
        answers=answers or question.answers,
        text=text or question.ask,
        why=question.why,
        options=options,
        about=about,
        side=side,
    )


def _with_all(concepts: list[str], report: SymptomReport, pack: Pack) -> SymptomReport:
    for concept in concepts:
        report = with_finding(report, concept, Finding(status="present"), pack)
    return report


_BUILD: dict[QuestionKind, _Builder] = {
    "red_flags": _concept_list,
    "symptoms": _companions,
    "context": _concept_list,
    "escalator": _escalators,
    "sides": _sides,
    "onset": _detail("onset_days_ago", (LONG_DAYS,), of_each=True),
    "days_since_treatment": _detail("days_since_treatment", (LONG_DAYS, 0.0)),
    "severity": _detail("severity", ("severe",), ("mild", "moderate", "severe")),
    "course": _detail("course", ("worse",), ("better", "same", "worse")),
}
