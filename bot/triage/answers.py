"""How the reply to a question enters the report, in free words as well as by a button.

For lists of warning signs see bot.triage.lists. A reply that cannot be read closes nothing at first: the question is put once
more, and after that it stays open as `unanswered`, which has rules of its own and never lowers a level.
"""

from __future__ import annotations

import re

import msgspec

from bot.knowledge.model import Pack, Side
from bot.triage.choices import chosen_options
from bot.triage.interview import Ask, Option
from bot.triage.lists import TRIES, Answered, closed, given_up, with_list
from bot.triage.report import Finding, SymptomReport, with_condition, with_finding, with_reading
from bot.understanding.details import read_days, read_scale
from bot.understanding.normalise import normalise
from bot.understanding.reading import Mention, Reading, YesNo

FEW_WORDS = 3
SURE = 0.8
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


def with_answer(report: SymptomReport, ask: Ask, reading: Reading, pack: Pack) -> Answered:
    """The report with the reply to `ask`. Whatever else the reply says enters it too."""
    chosen = chosen_options(reading.text, ask)
    if chosen:
        for option in chosen:
            report = _with_option(report, ask, option, pack)
        return Answered(report)
    if set(normalise(reading.text).replace(",", " ").rstrip(".!").split()) <= _SIDE_WORDS:
        reading = msgspec.structs.replace(reading, mentions=())
    if ask.kind not in _WARNING_KINDS and _detail(report, ask, reading) is not None:
        reading = msgspec.structs.replace(reading, mentions=tuple(filter(_sure, reading.mentions)))
    told = with_reading(report, _with_asked_time(reading, ask), pack)
    if ask.kind in _WARNING_KINDS:
        answered = with_list(report, told, ask, reading, _yes_no(reading), pack)
        unread = answered.heard == "nothing"
        return Answered(given_up(_unclear(report), ask), "nothing") if unread else answered
    handled = _detail(told, ask, reading)
    if handled is not None:
        return Answered(handled)
    if reading.answer == "unsure":
        return Answered(closed(told, ask))
    if told != report:
        return Answered(_left(told, ask))
    # A few words that gave no detail are forgotten when the detail is told after all; what may tell more is not.
    tells_more = len(reading.text.split()) > FEW_WORDS or report.asked.count(ask.id) >= TRIES
    return Answered(_left(_unclear(report) if tells_more else report, ask), "nothing")


def _detail(report: SymptomReport, ask: Ask, reading: Reading) -> SymptomReport | None:
    """The report with the detail that was asked for; None when the reply does not give it."""
    if ask.answers == "days":
        return _with_days(report, ask, _days(report, ask, reading))
    return _with_detail(report, ask, reading)


def _sure(mention: Mention) -> bool:
    """Whether a mention beside the answer to another question is more than chance ("2 out of 10" is no double vision)."""
    return not mention.evidence or any(each.kind != "model" or each.score >= SURE for each in mention.evidence)


def agrees(reading: Reading) -> bool:
    """Whether a reply to the question of consent agrees."""
    return reading.answer == "yes" or bool(_AGREES.match(normalise(reading.text)))


def _unclear(report: SymptomReport) -> SymptomReport:
    return msgspec.structs.replace(report, unclear=report.unclear + 1)


def _left(report: SymptomReport, ask: Ask) -> SymptomReport:
    """Stop asking for a detail after `TRIES`."""
    return report if report.asked.count(ask.id) < TRIES else closed(report, ask)


def _with_option(report: SymptomReport, ask: Ask, option: Option, pack: Pack) -> SymptomReport:
    if option.concept:
        return with_finding(report, option.concept, Finding(status="present", words=option.title), pack)
    if option.condition:
        return with_condition(report, option.condition, "yes")
    field = {"sides": "side", "severity": "severity", "course": "course"}[ask.kind]
    return msgspec.structs.replace(report, **{field: option.value})


def _yes_no(reading: Reading) -> YesNo | None:
    """What a reply says of all the warning signs that were asked for."""
    text = normalise(reading.text)
    if _ONLY_AGREES.match(text):
        return None
    if reading.answer is None and (_NONE.search(text) or _FINE.match(text)):
        return "no"
    return reading.answer


def _with_detail(report: SymptomReport, ask: Ask, reading: Reading) -> SymptomReport | None:
    """A reply to the question about a side, a degree or a course; None when that cannot be read from it."""
    text = normalise(reading.text)
    if ask.kind == "sides" and ask.side is not None:
        return _with_other_side(report, ask, ask.side, reading)
    if ask.kind == "sides":
        side = reading.side or ("both" if reading.answer == "unsure" else None)
        if side is not None:
            return msgspec.structs.replace(report, side=side)
        return closed(report, ask) if _ONE_SIDE.search(text) or _NONE.search(text) else None
    if ask.kind == "severity":
        little = reading.answer == "no" or bool(_NONE.search(text) or _FINE.match(text))
        severity = reading.severity or read_scale(text) or ("mild" if little else None)
        return msgspec.structs.replace(report, severity=severity) if severity else None
    course = reading.course or ("better" if _GONE.search(text) else None)
    return msgspec.structs.replace(report, course=course) if course else None


def _with_other_side(report: SymptomReport, ask: Ask, other: Side, reading: Reading) -> SymptomReport | None:
    """A reply to "is the other side like that as well?". The bare name of that side is no clear answer."""
    if reading.side == "both" or reading.answer in ("yes", "unsure"):
        return msgspec.structs.replace(report, side="both")
    if reading.answer == "no" or (reading.side is not None and reading.side != other) or _NONE.search(normalise(reading.text)):
        told: Side = "left" if other == "right" else "right"
        return msgspec.structs.replace(report, side=told)
    if reading.side == other and report.asked.count(ask.id) >= TRIES:
        return msgspec.structs.replace(report, side="both")
    return None


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
