"""The details of a message that are no symptom: time, side, degree, course, areas, treatment, whom it is about, yes or no.

Each function reads one thing from the normalised text and returns None where it is not said. Days are counted back from
today; a weekday means the last one of that name.
"""

from __future__ import annotations

import re
from datetime import date

from bot.knowledge.model import Course, Patient, Severity, Side
from bot.understanding.normalise import normalise
from bot.understanding.reading import YesNo

_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "several": 5, "half": 0.5,
}  # fmt: skip
_UNIT_DAYS = {"minute": 0.0, "min": 0.0, "hour": 1 / 24, "hr": 1 / 24, "day": 1.0, "night": 1.0, "week": 7.0, "wk": 7.0,
              "fortnight": 14.0, "month": 30.0, "mth": 30.0, "year": 365.0, "yr": 365.0}  # fmt: skip
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_COUNT = r"(?P<count>\d+(?:\.\d+)?|a couple of|a couple|couple of|a few|" + "|".join(_NUMBER_WORDS) + r")"
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|wks?|fortnights?|months?|mths?|years?|yrs?)"
_SPAN = rf"{_COUNT}\s*(?:more |whole |full |solid )?{_UNIT}"
_AGO = re.compile(rf"\b(?:about |around |like |roughly |only |just |maybe )?{_SPAN}\s*(?:ago|back|now|after|post|since|out|in)\b")
_FOR = re.compile(rf"\b(?:for|past|last|lasted|lasting|been)\s+(?:the )?(?:about |around |like |over |nearly )?(?:past |last )?{_SPAN}\b")
_SPAN_ALONE = re.compile(rf"^\W*(?:about |around |like |roughly |only |just |maybe )?{_SPAN}\W*$")
_DAY_N = re.compile(r"\bday\s*(?P<count>\d{1,3})\b")
_RELATIVE = [
    (re.compile(r"\b(?:just now|right now|this (?:morning|afternoon|evening)|today|tonight|earlier|an hour ago|since waking)\b"), 0.0),
    (re.compile(r"\bday before yesterday\b"), 2.0),
    (re.compile(r"\b(?:yesterday|last night|overnight)\b"), 1.0),
    (re.compile(r"\bover the weekend\b|\bat the weekend\b"), 3.0),
    (re.compile(r"\bthis week\b"), 3.0),
    (re.compile(r"\blast week\b|\ba week ago\b"), 7.0),
    (re.compile(r"\bfortnight ago\b"), 14.0),
    (re.compile(r"\blast month\b"), 30.0),
]
_WEEKDAY = re.compile(r"\b(?:on |since |last |this )?(mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b")
_TREATED = re.compile(
    r"\b(?:treat(?:ed|ment)|inject(?:ed|ion|ions)|jab(?:bed|s)?|botox(?:ed)?|tox|dysport|xeomin|needles?|appointment|appt|session|"
    r"had (?:it|them|mine) done|got (?:it|them|mine) done|done|post|visit|clinic|shots?|in your chair)\b"
)
_SIDES: list[tuple[Side, re.Pattern[str]]] = [
    ("both", re.compile(r"\bboth\b|\beach (?:side|eye|lid)\b|\beither side\b|\bleft and right\b|\bright and left\b|\ball over\b")),
    ("left", re.compile(r"\b(?:left|lft|lhs|l eye|l side)(?!\s+(?:me|it|the|them|my|work|home|him|her|us|over|for))\b")),
    ("right", re.compile(r"\bright(?! (?:now|away|after|before|then|there|here|as|about|on|in|out|through|thing|amount|way|or))\b|\brhs\b")),
]
_NO_SIDE = re.compile(r"\bone (?:side|eye|lid|eyelid|brow|eyebrow)\b")
_SEVERE = re.compile(
    r"\b(?:severe(?:ly)?|unbearabl[ey]|excruciating|agony|agonising|agonizing|worst (?:ever|of my life)|terribl[ey]|horrific|"
    r"horrendous|extreme(?:ly)?|intense|crippling|awful|really bad|so bad|very bad|terrible pain|can ?not cope|through the roof)\b"
)
_MILD = re.compile(r"\b(?:mild(?:ly)?|slight(?:ly)?|a (?:tiny|little|wee|small) bit|not (?:too|that|so) bad|barely|minor|hardly|a touch|faint(?= (?:bruise|mark|ache)))\b")
_MODERATE = re.compile(r"\b(?:moderate(?:ly)?|medium|middling|so[- ]so|in between|in the middle|quite bad|fairly bad|bearable|manageable)\b")
_SCALE = re.compile(r"\b(?P<score>\d{1,2}(?:\.\d)?)\s*(?:/|out of|of)\s*(?:10|ten)\b")
_BARE_SCORE = re.compile(r"^\W*(?:about |around |maybe |like |a )?(?P<score>\d{1,2})\W*$")
_WORSE = re.compile(
    r"\b(?:(?:getting|got|gotten|gets|growing|is|feels?|felt|looks?|a bit|much|even|way|lot|little|definitely|slowly|steadily) worse|"
    r"worsen(?:s|ed|ing)|worse (?:than|every|each|by|now|today|tbh)|(?:spreading|growing|increasing) (?:fast|quickly|by)|^worse|"
    r"more and more|going downhill)\b"
)
_BETTER = re.compile(
    r"\b(?:getting better|(?:a bit|bit|little|lot|much|slowly|slightly|feels?|feeling|is|definitely) better|improv(?:ing|ed)|"
    r"easing(?: off)?|settling(?: down)?|fading|going (?:away|down)|calming down|wearing off now|^better)\b"
)
_NOT_BETTER = re.compile(r"\b(?:not|isnt|is not|no|wont|never|hasnt|has not|arent|doesnt)\b[^.;!?]{0,18}\b(?:better|improv\w+|easing|settling|going (?:away|down))\b")
_SAME = re.compile(r"\b(?:(?:about |just |all |much )?the same|no (?:change|different|better no worse)|unchanged|not changed|hasnt changed|staying (?:put|the same)|steady|stable)\b")
_MINOR = re.compile(
    r"\b(?:i ?a?m|im|she is|shes|he is|hes|aged?|turned)\s+(?:only |just )?(?:1[0-7]|[5-9])(?!\s*(?:/|%|days?|weeks?|months?|hours?|mins?|minutes?|st\b|th\b|units?|\d))\b"
    r"|\b(?:1[0-7]|[5-9]) ?(?:yo\b|y/o|years? old|yrs? old)|\bunder 18\b|\bunder age\b|\bunderage\b"
)
_OTHER = re.compile(
    r"\b(?:asking|writing|messaging|texting|here|this is|its) (?:for|on behalf of|about) (?:a |my )?(?:friend|mum|mom|mother|sister|brother|wife|"
    r"husband|partner|girlfriend|boyfriend|daughter|son|dad|father|aunt|nan|gran|colleague|flatmate|roommate|client|patient)\b|\bon behalf of\b"
)
_YES = re.compile(r"^\W*(?:yes|yeah|yep|yup|yea|ya|aye|yh|ye|si|sure|correct|definitely|absolutely|i do|it is|it does|they do|i am|i have|afraid so|unfortunately yes|sadly yes|ok|okay|k|sort of|kind of|kinda|a bit|a little|sometimes|👍|✅)\b|^\W*(?:👍|✅)")
_NO = re.compile(
    r"^\W*(?:no|nope|nah|naw|na|non|nein|nay|not really|not at all|none|never|negative|neither|nothing|i dont|i do not|it isnt|it doesnt|it does not|i am not|im not|"
    r"dont think so|i dont think so|all clear|all good|no thanks?)\b|^\W*(?:👎|❌)"
)
_UNSURE = re.compile(
    r"\b(?:not (?:really |quite |too |so |totally |100 ?% ?)?sure|unsure|dunno|dont know|do not know|idk|no idea|hard to (?:say|tell)|cant (?:tell|say)|cannot (?:tell|say)|maybe|possibly|"
    r"perhaps|might be|not certain|who knows|couldnt (?:say|tell)|difficult to say|i guess)\b"
)


_CORRECTION = re.compile(
    r"\b(?:i (?:made|meant|mean|misspoke|mistyped|got it wrong)|my mistake|by mistake|correction|wrong (?:side|eye|one|answer|button)|"
    r"i (?:pressed|clicked|tapped|picked) the wrong|sorry,? (?:not|its|it is|i)|actually,? (?:its|it is|it was|no|not)|scratch that|typo)\b"
)


def read_days(text: str, today: date | None = None) -> float | None:
    """How many days ago: "3 days ago", "since tuesday", "yesterday", "two weeks", or a bare number of days."""
    text = normalise(text)
    for pattern in (_AGO, _FOR, _SPAN_ALONE):
        if match := pattern.search(text):
            return _span(match)
    if match := _DAY_N.search(text):
        return float(match["count"])
    for pattern, days in _RELATIVE:
        if pattern.search(text):
            return days
    if match := _WEEKDAY.search(text):
        return float(((today or date.today()).weekday() - _WEEKDAYS.index(match[1][:3])) % 7 or 7)
    if match := re.fullmatch(r"\W*(\d{1,3})\W*", text):
        return float(match[1])
    return None


def _span(match: re.Match[str]) -> float:
    count = re.sub(r"^an? (?=couple|few)| of$", "", match["count"])
    number = _NUMBER_WORDS[count] if count in _NUMBER_WORDS else float(count)
    unit = match["unit"].removesuffix("s")
    return number * _UNIT_DAYS[unit]


def read_times(text: str, today: date | None = None) -> tuple[float | None, float | None]:
    """(days since the treatment, days since the symptom began), each where the clause says which of the two it is."""
    treated: float | None = None
    onset: float | None = None
    for clause in re.split(r"[.;!?,]|\b(?:but|and then|then|now)\b", normalise(text)):
        days = read_days(clause, today)
        if days is None or re.fullmatch(r"\W*\d+\W*", clause):
            continue
        about_treatment = bool(_TREATED.search(clause)) or bool(_DAY_N.search(clause))
        if about_treatment and treated is None:
            treated = days
        elif not about_treatment and onset is None:
            onset = days
    return treated, onset


def read_side(text: str) -> Side | None:
    """Left, right or both; left and right in one text are both."""
    text = normalise(text)
    found = [side for side, pattern in _SIDES if pattern.search(text)]
    if "both" in found or {"left", "right"} <= set(found):
        return "both"
    return found[0] if found else None


def read_severity(text: str) -> Severity | None:
    """The degree that the words give, the worst when several are given."""
    text = normalise(text)
    if _SEVERE.search(text):
        return "severe"
    if match := _SCALE.search(text):
        return _score(match)
    if _MODERATE.search(text):
        return "moderate"
    return "mild" if _MILD.search(text) else None


def read_scale(text: str) -> Severity | None:
    """The degree of a bare number from 0 to 10."""
    match = _BARE_SCORE.match(normalise(text))
    return _score(match) if match else None


def _score(match: re.Match[str]) -> Severity | None:
    score = float(match["score"])
    if score > 10:
        return None
    return "mild" if score <= 3 else "moderate" if score <= 6 else "severe"


def read_course(text: str) -> Course | None:
    """Whether it is getting better or worse or stays the same; worse wins."""
    text = normalise(text)
    if _WORSE.search(text):
        return "worse"
    if _NOT_BETTER.search(text) or _SAME.search(text):
        return "same"
    return "better" if _BETTER.search(text) else None


def read_patient(text: str) -> Patient | None:
    """Whether the message is about a child or about somebody else; None where it does not say so."""
    text = normalise(text)
    if _MINOR.search(text):
        return "minor"
    return "other" if _OTHER.search(text) else None


def read_yes_no(text: str) -> YesNo | None:
    """Whether the message as a whole answers yes, no or "not sure"; None where it is no such answer."""
    text = normalise(text)
    if _UNSURE.search(text) and len(text.split()) <= 8:
        return "unsure"
    if _NO.search(text):
        return "no"
    return "yes" if _YES.search(text) else None


def read_correction(text: str) -> bool:
    """Whether the message takes something back ("I made a mistake, it was the right eye")."""
    return bool(_CORRECTION.search(normalise(text)))
