"""The texts of a language (data/wording) as a frozen object, and the names that are filled into them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from bot.knowledge.load import DATA
from bot.knowledge.located import read_yaml
from bot.knowledge.model import Pack
from bot.settings import Clinic

WORDING = DATA / "wording"


class _Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all groups of texts: unknown and missing keys are refused."""


class Contact(_Texts, frozen=True):
    clinic: str
    closed: str
    emergency: str


class LevelTexts(_Texts, frozen=True):
    """What one level says: its name, when to act, the action with its time, and why."""

    title: str
    when: str
    action: str
    reason: str
    also: str | None = None


class Levels(_Texts, frozen=True):
    emergency: LevelTexts
    same_day: LevelTexts
    few_days: LevelTexts
    routine: LevelTexts


class AssessmentTexts(_Texts, frozen=True):
    said: str
    told: str
    told_many: str
    told_for_other: str
    told_for_other_many: str
    gone: str
    nothing: str
    unsure: str
    urgent_heading: str
    emergency_heading: str
    until_heading: str
    until_help_heading: str


class SummaryTexts(_Texts, frozen=True):
    """The labels of the page to print, and how long ago something was."""

    level: str
    action: str
    told: str
    words: str
    side: str
    severity: str
    course: str
    treated: str
    began: str
    areas: str
    gone: str
    denied: str
    today: str
    day_ago: str
    days_ago: str


class Hypothetical(_Texts, frozen=True):
    opening: str
    if_it_happens: str
    when: str


class Advice(_Texts, frozen=True):
    line: str
    no_line: str


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"and_": "and"}):
    and_: str
    comma: str
    yes: str
    no: str
    none: str
    not_sure: str


class QuestionTexts(_Texts, frozen=True):
    again: str
    which_one: str
    first: str
    why: str
    why_all: str
    safety: str


class Fallback(_Texts, frozen=True):
    not_understood: str
    failed: str
    too_long: str
    no_consent: str
    empty: str
    media: str
    edited: str
    unsent: str
    group: str
    flood: str
    help: str
    action: str


class ChannelTexts(_Texts, frozen=True):
    """Messaging channels: how a list is answered, and the words that stop, start and explain."""

    how_to_choose: str
    choose: str
    stop_words: tuple[str, ...]
    start_words: tuple[str, ...]
    help_words: tuple[str, ...]


class TopicTexts(_Texts, frozen=True):
    unknown: str
    action: str
    source: str
    myth_false: str
    myth_partly: str
    myth_unsupported: str
    myth_supported: str


class Texts(_Texts, frozen=True):
    """All texts of one language."""

    fixed: str
    worried: str
    contact: Contact
    levels: Levels
    assessment: AssessmentTexts
    summary: SummaryTexts
    hypothetical: Hypothetical
    advice: Advice
    lists: Lists
    answers: dict[str, str]
    questions: QuestionTexts
    fallback: Fallback
    channels: ChannelTexts
    topic: TopicTexts
    plain: dict[str, str]

    def listed(self, items: list[str]) -> str:
        """`a, b and c` in this language."""
        if len(items) < 2:
            return "".join(items)
        return self.lists.comma.join(items[:-1]) + self.lists.and_ + items[-1]


@lru_cache(maxsize=4)
def load_texts(language: str = "en", folder: Path = WORDING) -> Texts:
    """The texts of a language. Raises KnowledgeError with the file and the line of what is wrong."""
    located = read_yaml(folder / f"{language}.yml")
    return located.convert(Texts, located.data)


def names(clinic: Clinic, pack: Pack, texts: Texts) -> dict[str, str]:
    """The names that texts may use: clinic, phone, hours, emergency, and advice (what to do when the clinic is closed)."""
    country = pack.countries.get(clinic.country, pack.countries["other"])
    emergency = clinic.emergency_number or country.emergency
    line = clinic.advice_number or " ".join(part for part in (country.advice_line_name, country.advice_line) if part)
    return {
        "clinic": clinic.name,
        "phone": clinic.phone,
        "hours": clinic.hours,
        "emergency": emergency,
        "advice": texts.advice.line.format(line=line) if line else texts.advice.no_line,
    }
