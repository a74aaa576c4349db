"""How long ago: "3 days ago", "since tuesday", "a week and a half", "day 5", "on the 3rd of may". Always in days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from bot.understanding.normalise import normalise

_SMALL = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()
_NUMBERS = {
    **{word: float(number) for number, word in enumerate(_SMALL, 1)},
    **dict.fromkeys(("a", "an"), 1.0),
    "couple": 2.0,
    "few": 3.0,
    "several": 5.0,
    "half": 0.5,
    "twenty": 20.0,
    "thirty": 30.0,
}
_DAYS_OF_UNIT = {
    **dict.fromkeys(("minute", "min"), 0.0),
    **dict.fromkeys(("hour", "hr", "h"), 1 / 24),
    **dict.fromkeys(("day", "d", "night"), 1.0),
    **dict.fromkeys(("week", "wk", "w"), 7.0),
    "fortnight": 14.0,
    **dict.fromkeys(("month", "mth", "mo"), 30.0),
    **dict.fromkeys(("year", "yr"), 365.0),
}
_NUMBER = r"(?:\d{0,3}\.\d{1,2}|\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_AND_HALF = r"\s+(?:and|n|&)\s+(?:a\s+)?half"
_COUNT = (
    rf"(?:{_NUMBER}\s*(?:-|to|or)\s*)?(?:an?\s+|half\s+)?(?P<count>{_NUMBER})(?:\s+of)?(?P<half>{_AND_HALF})?"
    r"[\s-]*(?:(?:more|whole|full|solid|long|good)\s+)?"
)
_UNIT = (
    r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|d|nights?|weeks?|wks?|w|fortnights?|months?|mths?|mos?|years?|yrs?)\b"
    rf"(?P<late_half>{_AND_HALF})?(?:\s+or\s+(?P<upper>two|three|2|3))?"
)
_SPAN = rf"(?<![\w.]){_COUNT}{_UNIT}"
_SUFFIX = (
    r"ago|back|now|after|post|since|later|into|today|out(?!\s+of)"
    r"|in(?=\s*(?:$|and\b|now\b|with\b|to\b))|on(?=\s*(?:$|and\b|from\b))"
)
_ABOUT = r"(?:(?:about|around|like|over|nearly|almost|past|last)\s+)*"
_HEDGES = (
    r"^\W*(?:(?:its|it|is|was|been|has|have|ive|had|for|the|since|i think|i guess|id say|say|about|around|like|roughly|only"
    r"|over|under|nearly|almost|maybe|probably|past|last|approx(?:imately)?|just|more than|less than|going on|coming up to"
    r")\s+)*"
)
_NOT_AFTER = "".join(f"(?<!{word} )" for word in ("every", "in", "next", "after", "within", "another", "lasts", "per"))
_AGO = re.compile(rf"{_SPAN}\s*(?:or so\s+)?(?P<suffix>(?:{_SUFFIX})\b)")
_FOR = re.compile(rf"\b(?:for|past|last|lasted|lasting|been|since|over)\s+(?:the\s+)?{_ABOUT}{_SPAN}")
_ALONE = re.compile(rf"{_HEDGES}{_SPAN}\s*(?:or so|now|ish|maybe|i think|i guess|and counting)?\W*$")
_AT_END = re.compile(rf"{_NOT_AFTER}{_SPAN}\s*(?:or so)?\W*$")
_BARE = re.compile(rf"{_HEDGES}(?:a\s+)?(?:{_NUMBER}\s*(?:-|to|or)\s*)?(?P<count>{_NUMBER})\s*(?:ish|i think|maybe)?\W*$")
_HALF_UNIT = re.compile(r"\b(?P<unit>day|week|month|year)\s+and\s+a\s+half\b")
_MANY = re.compile(r"\bfor\s+(?P<unit>days|weeks|months)\b")
_DAY_N = re.compile(rf"\bday\s*(?P<count>\d{{1,3}}|{'|'.join(_SMALL)})\b")
_RELATIVE = [
    (re.compile(r"\b(?:day before yesterday|night before last)\b"), 2.0),
    (re.compile(r"\b(?:yesterday|last night|last evening|overnight)\b"), 1.0),
    (re.compile(r"\b(?:just now|right now|this (?:morning|afternoon|evening))\b"), 0.0),
    (re.compile(r"\b(?:today|tonight|earlier(?! this)|since waking)\b"), 0.0),
    (re.compile(r"\bthe other (?:day|night)\b|\b(?:earlier )?this week\b"), 3.0),
    (re.compile(r"\b(?:last|all) week\b(?!end)"), 7.0),
    (re.compile(r"\bfortnight ago\b"), 14.0),
    (re.compile(r"\b(?:last|all) month\b"), 30.0),
]
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_WEEKDAY = re.compile(
    r"\b(?P<name>mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|(?:\b(?:on|since|last|this|from)\s+|^\W*)(?P<short>mon|tues?|wed|thur?s?|fri|sat|sun)\b"
    r"(?=\W*$|\s+(?:and|at|morning|night|my|i|it)\b)"
)
_WEEKEND = re.compile(r"\b(?:since|over|at|on|last|this|during)\s+(?:the\s+)?(?:last\s+)?weekend\b")
_COMING = re.compile(r"\b(?:next|will|going to|booked|until|till?|review|follow[- ]?up|tomorrow|by)\b")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec"
    r"|january|february|march|april|august|september|october|november|december)"
)
_DATES = [
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}\b"),
    re.compile(rf"\b{_MONTH}\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:days?|weeks?|hours?))"),
    re.compile(r"\bon\s+the\s+(?P<day>\d{1,2})(?:st|nd|rd|th)\b"),
]
_CLAUSE = re.compile(r"[.;!?,](?!\d)|\b(?:but|and then|then|now)\b|\band\b(?!\s+(?:a\s+)?half)")
_TREATED = re.compile(
    r"\b(?:treat(?:ed|ment)|inject(?:ed|ion|ions)|jab(?:bed|s)?|botox(?:ed)?|tox|dysport|xeomin|needles?|appointment|appt"
    r"|session|had (?:it|them|mine) done|got (?:it|them|mine) done|done|post|visit|clinic|shots?|in your chair)\b"
)
# "It started two days after the treatment" tells the time between the two, not how long ago either was.
_BEGAN = re.compile(r"\b(?:start|began|begin|came|come|notic|appear|happen|drop|develop|kick)\w*\b[^.;!?]*$")
_Time = tuple[int, int, float, str]


def read_days(text: str, today: date | None = None) -> float | None:
    """How many days ago a reply says that something was; a bare number is a number of days. None when it says no time."""
    text = _readable(text)
    for _, _, days, _ in _times(text, today or date.today()):
        return days
    match = _BARE.match(text)
    return _NUMBERS.get(match["count"]) or float(match["count"]) if match and match["count"] not in ("a", "an") else None


def read_times(text: str, today: date | None = None) -> tuple[float | None, float | None]:
    """(days since the treatment, days since the symptom began), each where the text says which of the two it is."""
    treated: float | None = None
    onset: float | None = None
    between: float | None = None
    for before, words, days, kind in _dated_clauses(_readable(text), today or date.today()):
        if kind in ("after", "later", "post", "into") and _BEGAN.search(before):
            between = days
        elif kind in ("day", "out", "in", "post", "into") or _TREATED.search(words):
            treated = days if treated is None else treated
        elif kind == "later":
            between = days
        elif onset is None:
            onset = days
    if onset is None and between is not None and treated is not None:
        onset = max(treated - between, 0.0)
    return treated, onset


def _readable(text: str) -> str:
    return normalise(text).replace("1\u20442", ".5")


def _dated_clauses(text: str, today: date) -> Iterator[tuple[str, str, float, str]]:
    """Each time in the text with the words before it, all the words that belong to it, its days and its kind."""
    for clause in _CLAUSE.split(text):
        times = _times(clause, today)
        for index, (_, end, days, kind) in enumerate(times):
            start = times[index - 1][1] if index else 0
            following = times[index + 1][0] if index + 1 < len(times) else len(clause)
            stop = following if len(times) == 1 or kind in ("after", "post") else end
            yield clause[start:end], clause[start:stop], days, kind


def _times(text: str, today: date) -> list[_Time]:
    """The times of a text that do not overlap, in order: start, end, days ago and kind (the word after a span of time)."""
    found: list[_Time] = []
    for each in _candidates(text, today):
        if not any(each[0] < other[1] and other[0] < each[1] for other in found):
            found.append(each)
    return sorted(found)


def _candidates(text: str, today: date) -> Iterator[_Time]:
    """All times that the patterns find, the surer ones first."""
    for pattern in (_AGO, _FOR, _ALONE, _AT_END):
        for match in pattern.finditer(text):
            kind = match["suffix"] if "suffix" in pattern.groupindex else ""
            yield match.start(), match.end(), _span(match), kind
    for match in _HALF_UNIT.finditer(text):
        yield match.start(), match.end(), 1.5 * _unit(match["unit"]), ""
    for match in _MANY.finditer(text):
        yield match.start(), match.end(), 2 * _unit(match["unit"]), ""
    for match in _DAY_N.finditer(text):
        yield match.start(), match.end(), _NUMBERS.get(match["count"]) or float(match["count"]), "day"
    for pattern, days in _RELATIVE:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), days, ""
    yield from _named_days(text, today)


def _named_days(text: str, today: date) -> Iterator[_Time]:
    for match in () if _COMING.search(text) else _WEEKDAY.finditer(text):
        name = (match["name"] or match["short"])[:3]
        yield match.start(), match.end(), float((today.weekday() - _WEEKDAYS.index(name)) % 7 or 7), ""
    for match in _WEEKEND.finditer(text):
        yield match.start(), match.end(), float((today.weekday() - 5) % 7 or 7), ""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            then = _last_date(int(match["day"]), match.groupdict().get("month"), today)
            if then is not None:
                yield match.start(), match.end(), float((today - then).days), ""


@lru_cache(maxsize=512)
def _last_date(day: int, month: str | None, today: date) -> date | None:
    """The last such day up to today; None when there is no such day."""
    for back in range(366):
        then = today - timedelta(days=back)
        if then.day == day and (month is None or then.month == _MONTHS.index(month[:3]) + 1):
            return then
    return None


def _span(match: re.Match[str]) -> float:
    count = _NUMBERS.get(match["upper"] or match["count"])
    number = float(match["upper"] or match["count"]) if count is None else count
    if re.search(r"half\s+an?\s*$", match[0][: match.start("count") - match.start()] + match["count"]):
        number = 0.5
    if match["half"] or match["late_half"]:
        number += 0.5
    return number * _unit(match["unit"])


def _unit(name: str) -> float:
    return _DAYS_OF_UNIT[name.removesuffix("s")]
