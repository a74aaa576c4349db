"""How the reply to a question enters the report, in free words as well as by a button.

A doubt ("not sure") about a warning sign counts as yes. A reply that cannot be read closes nothing at first: the question
is put once more, and after that it stays open as `unanswered`, which has rules of its own and never lowers a level.
"""

from __future__ import annotations

import re

import msgspec

from bot.knowledge.model import Course, Pack, Severity, Side
from bot.triage.interview import Ask, Option
from bot.triage.report import Finding, FindingStatus, Said, SymptomReport, with_condition, with_finding, with_reading
from bot.understanding.details import read_course, read_days, read_scale, read_severity, read_side
from bot.understanding.reading import Reading, YesNo

TRIES = 2
_WARNING_KINDS = ("red_flags", "symptoms", "escalator", "context")
_NUMBER = re.compile(r"^\W*(\d{1,2})\W*$")
_NONE = re.compile(r"\b(none|neither|nothing|no to all|not any|nope to all|nil)\b", re.IGNORECASE)


class Answered(msgspec.Struct, frozen=True):
    """The report after a reply. `understood` is false when the question has to be put again."""

    report: SymptomReport
    understood: bool


def with_answer(report: SymptomReport, ask: Ask, reading: Reading, pack: Pack) -> Answered:
    """The report with the reply to `ask`. Whatever else the reply says enters it too."""
    chosen = _chosen_option(reading.text, ask)
    if chosen is not None:
        return Answered(_with_option(report, ask, chosen, pack), True)
    before = report
    report = with_reading(report, reading, pack)
    handled = _with_list(report, ask, reading, pack) if ask.kind in _WARNING_KINDS else _with_detail(report, ask, reading)
    if handled is not None:
        return Answered(handled, True)
    if report != before:
        return Answered(_given_up(report, ask), True)
    unclear = msgspec.structs.replace(report, unclear=report.unclear + 1)
    return Answered(_given_up(unclear, ask), False)


def _given_up(report: SymptomReport, ask: Ask) -> SymptomReport:
    """Stop asking after `TRIES`; a warning question that stays open is remembered as unanswered."""
    if report.asked.count(ask.id) < TRIES:
        return report
    unanswered = (*report.unanswered, ask.id) if ask.kind in _WARNING_KINDS else report.unanswered
    return msgspec.structs.replace(report, closed=(*report.closed, ask.id), unanswered=unanswered)


def _chosen_option(text: str, ask: Ask) -> Option | None:
    said = text.strip().casefold()
    for option in ask.options:
        if said == option.title.casefold() or (option.value and said == option.value.casefold()):
            return option
    number = _NUMBER.match(said)
    takes_numbers = ask.answers == "choice" and ask.kind not in ("severity", "onset", "days_since_treatment")
    if number and takes_numbers and 1 <= int(number[1]) <= len(ask.options):
        return ask.options[int(number[1]) - 1]
    return None


def _with_option(report: SymptomReport, ask: Ask, option: Option, pack: Pack) -> SymptomReport:
    if option.concept:
        return with_finding(report, option.concept, Finding(status="present", words=option.title), pack)
    if option.condition:
        return with_condition(report, option.condition, "yes")
    field = {"sides": "side", "severity": "severity", "course": "course"}[ask.kind]
    return msgspec.structs.replace(report, **{field: option.value})


def _with_list(report: SymptomReport, ask: Ask, reading: Reading, pack: Pack) -> SymptomReport | None:
    """A reply to a list of warning signs; None when it says nothing about them."""
    named = {m.concept: m.status for m in reading.mentions if m.status in ("present", "absent", "past", "other")}
    conditions = set(reading.conditions)
    present = [c for c in ask.concepts if named.get(c) in ("present", "other")] + [c for c in ask.conditions if c in conditions]
    answer = "no" if reading.answer is None and _NONE.search(reading.text) else reading.answer
    if present:
        return report
    if answer == "no":
        return _all_options(report, ask, pack, "absent", "no", "")
    if answer is None and any(concept in named for concept in ask.concepts):
        return _given_up(report, ask)
    if answer in ("yes", "unsure"):
        single = len(ask.options) == 1
        if answer == "yes" and not single and report.asked.count(ask.id) < TRIES:
            return None
        status: FindingStatus = "present" if answer == "yes" and single else "unsure"
        return _all_options(report, ask, pack, status, "yes" if status == "present" else "unsure", reading.text)
    return None


def _all_options(
    report: SymptomReport, ask: Ask, pack: Pack, status: FindingStatus, said: Said, words: str
) -> SymptomReport:
    for option in ask.options:
        if option.concept and (option.concept not in report.findings or status != "absent"):
            report = with_finding(report, option.concept, Finding(status=status, words=words or option.title), pack)
        if option.condition:
            report = with_condition(report, option.condition, said)
    return report


def _with_detail(report: SymptomReport, ask: Ask, reading: Reading) -> SymptomReport | None:
    """A reply to a question about a detail; None when the detail cannot be read from it."""
    value: Side | Severity | Course | float | None = None
    unsure: YesNo = "unsure"
    if ask.kind == "sides":
        value = reading.side or read_side(reading.text)
        if value is None and reading.answer == unsure:
            value = "both"
        if value is None and _NONE.search(reading.text):
            return _closed(report, ask)
        return None if value is None else msgspec.structs.replace(report, side=value)
    if ask.kind == "severity":
        value = reading.severity or read_severity(reading.text) or read_scale(reading.text)
        field = "severity"
    elif ask.kind == "course":
        value = reading.course or read_course(reading.text)
        field = "course"
    else:
        said = reading.onset_days_ago if ask.kind == "onset" else reading.days_since_treatment
        value = said if said is not None else read_days(reading.text)
        field = "onset_days_ago" if ask.kind == "onset" else "days_since_treatment"
    if value is None:
        return _closed(report, ask) if reading.answer == unsure else None
    return msgspec.structs.replace(report, **{field: value})


def _closed(report: SymptomReport, ask: Ask) -> SymptomReport:
    return msgspec.structs.replace(report, closed=(*report.closed, ask.id))
