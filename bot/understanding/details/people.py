"""Whom a message is about: a child, or somebody else than the one who writes."""

from __future__ import annotations

import re

from bot.knowledge.model import Patient
from bot.understanding.normalise import normalise

_TEENS = "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
# "I am 12 days in" and "I'm 10 out of 10" tell no age.
_NO_AGE = (
    r"(?![\s-]*(?:[/%]|[.,-]\d|\d|(?:(?:to|or) \d|out of|of|days?|d|nights?|weeks?|wks?|months?|mths?|mos?|hours?|hrs?|h|mins?"
    r"|minutes?|am|pm|units?|mls?|mm|cm|ft|foot|feet|inch(?:es)?|st|stone|lbs?|kgs?|th|times|sessions?|syringes?|points?"
    r"|(?:years?|yrs?)(?![\s-]*old))\b))"
)
_RELATIVES = (
    "friend|mum|mom|mam|mother|sister|brother|wife|husband|partner|girlfriend|boyfriend|daughter|son|dad|father|aunt|uncle"
    "|nan|gran|grandma|cousin|niece|nephew|colleague|flatmate|roommate|client|patient|child|kid|girl|boy"
)
_BYSTANDER = r"(?!\s*(?:\w+ )?(?:hit|kicked|head ?butted|poked|bumped|jumped|elbowed|scratched|threw|punched|caught me)\b)"
_OWN_AGE = rf"(?:1[1-7]|{_TEENS})"
_AGE = rf"(?:1[0-7]|[5-9]|{_TEENS})"
_MINOR = re.compile(
    "|".join(
        (
            rf"\b(?:i am|im)\s+(?:only |just |still |now )?{_OWN_AGE}{_NO_AGE}\b",
            rf"\b(?:she is|shes|he is|hes|who is|whos|aged?|turned|(?:{_RELATIVES}) is)\s+(?:only |just )?{_AGE}{_NO_AGE}\b",
            rf"\b{_AGE}[\s-]?(?:yo|y/?o|y\.o|(?:yrs?|years?)[\s-]?old)\b{_BYSTANDER}",
            rf"(?:^\W*|\(){_OWN_AGE} ?[fm]\b",
            r"\bunder ?age\b|\bunder 18\b|\bnot (?:yet )?18\b|\b(?:nearly|almost) 18\b(?!\s*(?:day|hour|week|month))",
            r"\b(?:im|i am|shes|hes|she is|he is) (?:a minor(?! \w)|(?:a |still a )?teen(?:ager)?\b)",
            r"\bmy teen(?:age|aged)? (?:daughter|son|girl|boy)\b",
        )
    )
)
_OTHER = re.compile(
    rf"\b(?:asking|writing|messaging|texting|here|this is|its) (?:for|on behalf of|about) (?:a |my )?(?:{_RELATIVES})\b"
    r"|\bon behalf of\b|\b(?:not for me|for some(?:one|body) else)\b"
)


def read_patient(text: str) -> Patient | None:
    """Whether the message is about a child or about somebody else; None where it does not say so."""
    text = normalise(text)
    if _MINOR.search(text):
        return "minor"
    return "other" if _OTHER.search(text) else None
