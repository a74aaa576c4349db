"""How the reply to a question enters the report, in free words as well as by a button.

A doubt ("not sure") about a warning sign counts as yes. A reply that cannot be read closes nothing at first: the question
is put once more, and after that it stays open as `unanswered`, which has rules of its own and never lowers a level.
"""

from __future__ import annotations

import re

import msgspec

from bot.knowledge.model import Pack
from bot.triage.choices import chosen_options
from bot.triage.interview import Ask, Option
from bot.triage.report import Finding, FindingStatus, Said, SymptomReport, with_condition, with_finding, with_reading
from bot.understanding.details import read_days, read_scale
from bot.understanding.normalise import normalise
from bot.understanding.reading import Reading, YesNo

TRIES = 2
_WARNING_KINDS = ("red_flags", "symptoms", "escalator", "context")
_THOSE = r"(?:these|those|them|that|the above|it)"
_NONE = re.compile(
    rf"\b(?:none(?: of {_THOSE}| that| here| apply| at all)?|neither(?: of {_THOSE})?|not any(?: of {_THOSE})?"
    r"|(?:no|nope) to all|nothing(?: like that| of the sort| else| there)?|nil)\s*(?:$|[.,;!])"
)
# "It's fine" denies a warning sign, agrees to be asked and is mild pain; a bare "ok" only agrees.
_FINE = re.compile(
    r"^\W*(?:fine|all (?:fine|ok|okay|good|clear|normal|well)|"
    r"(?:(?:no|its|it is|im|i am|i feel|im feeling|feeling|everything is|everythings|they are|theyre|seems|looks)\W+)+"
    r"(?:all )?(?:fine|ok|okay|good|well|alright|all right|great|normal))"
    r"(?:\W+(?:thanks?|thank you|so far|now|there|at the moment))?\W*$"
)
_AGREES = re.compile(r"^\W*(?:ok|okay|k|sure|fine|all good|go (?:ahead|on)|(?:its|thats|that is|im) (?:fine|ok|okay))\W*$")
_ONLY_AGREES = re.compile(r"^\W*(?:ok|okay|k)\W*$")
_ONE_SIDE = re.compile(
    r"\b(?:one (?:side|eye|lid|eyelid|brow|eyebrow|arm)|(?:just|only) (?:the )?one|in the (?:middle|center|centre))\b"
)
# Of these words alone no symptom is made, whatever the trained reader sees in "only one side" or "sorry, the right eye".
_SIDE_WORDS = frozenset(
    "left right both one side sides eye eyes lid lids eyelid eyelids brow arm arms it its is was a the my on in of them two"
    " only just and not no sorry i meant mean mistake actually".split()
)
_GONE = re.compile(r"\b(?:gone|stopped|went away|cleared)\b")
_AGO = re.compile(r"\bago\b")
_AFTER_TREATMENT = re.compile(r"\b(?:after|later|post|day \w+)\b")


# A "no" to the whole list, and not only to the sign that it names ("no trouble breathing, but ...").
_TO_ALL = re.compile(
    r"^\W*(?:no|nope|nah|none|nothing|neither)\s*(?:[,.;:!)-]|$)|\b(?:any|all|none|nothing|neither) (?:of|else)\b"
)


class Answered(msgspec.Struct, frozen=True):
    """The report after a reply. `understood` is false when the question has to be put again."""

    report: SymptomReport
    understood: bool


def with_answer(report: SymptomReport, ask: Ask, reading: Reading, pack: Pack) -> Answered:
    """The report with the reply to `ask`. Whatever else the reply says enters it too."""
    chosen = chosen_options(reading.text, ask)
    if chosen:
        for option in chosen:
            report = _with_option(report, ask, option, pack)
        return Answered(report, True)
    if set(normalise(reading.text).replace(",", " ").rstrip(".!").split()) <= _SIDE_WORDS:
        reading = msgspec.structs.replace(reading, mentions=())
    told = with_reading(report, _with_asked_time(reading, ask), pack)
    if ask.kind in _WARNING_KINDS:
        handled = _with_list(told, ask, reading, pack)
    elif ask.answers == "days":
        handled = _with_days(told, ask, _days(report, ask, reading))
    else:
        handled = _with_detail(told, ask, reading)
    if handled is not None:
        return Answered(handled, True)
    if ask.kind not in _WARNING_KINDS and reading.answer == "unsure":
        return Answered(_closed(told, ask), True)
    if told != report:
        return Answered(_given_up(told, ask), True)
    unclear = msgspec.structs.replace(report, unclear=report.unclear + 1)
    return Answered(_given_up(unclear, ask), False)


def agrees(reading: Reading) -> bool:
    """Whether a reply to the question of consent agrees."""
    return reading.answer == "yes" or bool(_AGREES.match(normalise(reading.text)))


def _given_up(report: SymptomReport, ask: Ask) -> SymptomReport:
    """Stop asking after `TRIES`; a warning question that stays open is remembered as unanswered."""
    if report.asked.count(ask.id) < TRIES:
        return report
    unanswered = (*report.unanswered, ask.id) if ask.kind in _WARNING_KINDS else report.unanswered
    return msgspec.structs.replace(_closed(report, ask), unanswered=unanswered)


def _closed(report: SymptomReport, ask: Ask) -> SymptomReport:
    return msgspec.structs.replace(report, closed=(*report.closed, ask.id))


def _with_option(report: SymptomReport, ask: Ask, option: Option, pack: Pack) -> SymptomReport:
    if option.concept:
        return with_finding(report, option.concept, Finding(status="present", words=option.title), pack)
    if option.condition:
        return with_condition(report, option.condition, "yes")
    field = {"sides": "side", "severity": "severity", "course": "course"}[ask.kind]
    return msgspec.structs.replace(report, **{field: option.value})


def _with_list(report: SymptomReport, ask: Ask, reading: Reading, pack: Pack) -> SymptomReport | None:
    """A reply to a list of warning signs; None when it says nothing about them."""
    named = {mention.concept: mention.status for mention in reading.mentions if mention.concept in ask.concepts}
    if {"present", "other"} & set(named.values()) or set(ask.conditions) & set(reading.conditions):
        return report
    answer = _yes_no(reading)
    denied_some = "absent" in named.values() and not _TO_ALL.search(normalise(reading.text))
    if answer == "no" and denied_some:
        return _given_up(report, ask)
    if answer == "no":
        return _all_options(report, ask, pack, "absent", "no", "")
    if answer == "yes" and len(ask.options) == 1:
        return _all_options(report, ask, pack, "present", "yes", "")
    if answer == "unsure" or (answer == "yes" and report.asked.count(ask.id) >= TRIES):
        return _all_options(report, ask, pack, "unsure", "unsure", reading.text)
    return _given_up(report, ask) if answer is None and {"absent", "past"} & set(named.values()) else None


def _yes_no(reading: Reading) -> YesNo | None:
    """What a reply says of all the warning signs that were asked for."""
    text = normalise(reading.text)
    if _ONLY_AGREES.match(text):
        return None
    if reading.answer is None and (_NONE.search(text) or _FINE.match(text)):
        return "no"
    return reading.answer


def _all_options(report: SymptomReport, ask: Ask, pack: Pack, status: FindingStatus, said: Said, words: str) -> SymptomReport:
    for option in ask.options:
        if option.concept and (option.concept not in report.findings or status != "absent"):
            report = with_finding(report, option.concept, Finding(status=status, words=words or option.title), pack)
        if option.condition:
            report = with_condition(report, option.condition, said)
    return report


def _with_detail(report: SymptomReport, ask: Ask, reading: Reading) -> SymptomReport | None:
    """A reply to the question about a side, a degree or a course; None when that cannot be read from it."""
    text = normalise(reading.text)
    if ask.kind == "sides":
        side = reading.side or ("both" if reading.answer == "unsure" else None)
        if side is not None:
            return msgspec.structs.replace(report, side=side)
        return _closed(report, ask) if _ONE_SIDE.search(text) or _NONE.search(text) else None
    if ask.kind == "severity":
        little = reading.answer == "no" or bool(_NONE.search(text) or _FINE.match(text))
        severity = reading.severity or read_scale(text) or ("mild" if little else None)
        return msgspec.structs.replace(report, severity=severity) if severity else None
    course = reading.course or ("better" if _GONE.search(text) else None)
    return msgspec.structs.replace(report, course=course) if course else None


def _with_asked_time(reading: Reading, ask: Ask) -> Reading:
    """The reading without the one time that it gives: it is the answer, whichever of the two times it seems to be."""
    if ask.answers != "days" or (reading.onset_days_ago is not None and reading.days_since_treatment is not None):
        return reading
    return msgspec.structs.replace(reading, onset_days_ago=None, days_since_treatment=None)


def _days(report: SymptomReport, ask: Ask, reading: Reading) -> float | None:
    """The days ago that a reply gives. "Two days after the injections" needs to know when those were."""
    times = [reading.days_since_treatment, reading.onset_days_ago, read_days(reading.text)]
    if ask.kind == "onset":
        times[0], times[1] = times[1], times[0]
    days = next((time for time in times if time is not None), None)
    text = normalise(reading.text)
    if ask.kind != "onset" or days is None or _AGO.search(text) or not _AFTER_TREATMENT.search(text):
        return days
    return None if report.days_since_treatment is None else max(report.days_since_treatment - days, 0.0)


def _with_days(report: SymptomReport, ask: Ask, days: float | None) -> SymptomReport | None:
    field = "onset_days_ago" if ask.kind == "onset" else "days_since_treatment"
    return None if days is None else msgspec.structs.replace(report, **{field: days})
