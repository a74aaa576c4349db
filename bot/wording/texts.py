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


class CrisisActions(_Texts, frozen=True):
    """What to do at once and whom to call, for each kind of cry for help (`knowledge.model.Crisis`)."""

    calls_for_help: str
    unconscious: str
    blue_lips: str
    bleeding: str
    too_much_medicine: str
    swallowed_or_stuck: str
    pregnancy: str
    floppy_baby: str
    self_harm: str


class CrisisTexts(_Texts, frozen=True):
    """The answer to a cry for help; `also` and `also_emergency` are about what was told beside it.

    `never` are words that it may not hold, in lower case: it is not the time to speak of the treatment.
    """

    steps_heading: str
    also_emergency: str
    also: str
    actions: CrisisActions
    never: tuple[str, ...]


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
    taken_back: str
    today: str
    day_ago: str
    days_ago: str


class StandingTexts(_Texts, frozen=True):
    """What is said after an emergency answer. `instead`: what stands in place of a text of `plain` or `fallback`."""

    line: str
    abroad: str
    kept: str
    earlier: str
    kept_sign: str
    unsure_sign: str
    waiting: str
    asked: str
    not_now: str
    later: tuple[str, ...]
    instead: dict[str, str]


class WishTexts(_Texts, frozen=True):
    """To who waits for help or does not want to call, before an emergency was said."""

    not_told_to_call: str
    if_called: str
    somebody_else: str


class AbroadTexts(_Texts, frozen=True):
    """Which number to call in another country."""

    number: str
    also: str
    source: str
    which: str


class Hypothetical(_Texts, frozen=True):
    opening: str
    if_it_happens: str
    when: str


class Advice(_Texts, frozen=True):
    line: str
    no_line: str
    named_line: str
    no_crisis_line: str
    no_poison_line: str


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"and_": "and"}):
    and_: str
    comma: str
    yes: str
    no: str
    none: str
    not_sure: str


class ChangedTexts(_Texts, frozen=True):
    """How a change of what was told before is confirmed."""

    side: str
    both_sides: str
    days_since_treatment: str
    onset_days_ago: str
    course: str
    gone: str


class QuestionTexts(_Texts, frozen=True):
    """What stands before a question: why it is put again, and how the first one is introduced."""

    again: str
    which: str
    more: str
    noted: str
    first: str
    why: str
    why_all: str
    safety: str


class Fallback(_Texts, frozen=True):
    not_understood: str
    failed: str
    lost: str
    away: str
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
    action_unknown: str


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
    crisis: CrisisTexts
    summary: SummaryTexts
    standing: StandingTexts
    wishes: WishTexts
    abroad: AbroadTexts
    hypothetical: Hypothetical
    advice: Advice
    lists: Lists
    answers: dict[str, str]
    questions: QuestionTexts
    changed: ChangedTexts
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
    """The names that texts may use.

    clinic, phone, hours, emergency   as they are shown
    advice                            what to do when the clinic is closed: "call ...", "go to ..."
    crisis_line, poison_line          what to do with thoughts of suicide, and about a poison: "call ..."
    crisis, poison                    the numbers of these lines alone, for texts in other languages; empty where there is none
    """
    country = pack.countries.get(clinic.country, pack.countries["other"])
    emergency = clinic.emergency_number or country.emergency
    line = clinic.advice_number or " ".join(part for part in (country.advice_line_name, country.advice_line) if part)
    known = {
        "clinic": clinic.name,
        "phone": clinic.phone,
        "hours": clinic.hours,
        "emergency": emergency,
        "advice": texts.advice.line.format(line=line) if line else texts.advice.no_line,
    }
    crisis = _call(texts.advice, clinic.crisis_number, country.crisis_line, country.crisis_line_name)
    poison = _call(texts.advice, clinic.poison_number, country.poison_line, country.poison_line_name)
    return {
        **known,
        "crisis_line": crisis or texts.advice.no_crisis_line.format(**known),
        "poison_line": poison or texts.advice.no_poison_line.format(**known),
        "crisis": clinic.crisis_number or country.crisis_line or "",
        "poison": clinic.poison_number or country.poison_line or "",
    }


def _call(advice: Advice, own: str | None, number: str | None, name: str | None) -> str | None:
    """To call the clinic's own line, else the country's with its name; None when there is neither."""
    if own or not name:
        line = own or number
        return advice.line.format(line=line) if line else None
    return advice.named_line.format(number=number, name=name) if number else None
