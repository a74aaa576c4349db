"""Which intent a message has, given its Reading, the topic that it asks about and what the classifier makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from bot.understanding.normalise import normalise
from bot.understanding.reading import Reading
from bot.understanding.words import stem

INFORM = "inform"
HYPOTHETICAL = "ask_hypothetical"
QUESTION = "ask_question"
OTHER_LANGUAGE = "other_language"
FALLBACK = "nlu_fallback"
# What is said to an emergency answer; topics meet it (bot.knowledge.model.Topic.wish). Where no emergency stands, such
# words are taken for whatever else they may be: "not that bad" answers a question.
WISHES = ("while_waiting", "refuse_help")
# What the interview takes in. Everything else interrupts it: that is answered, and the open question is put again.
INTERVIEW = (INFORM, FALLBACK, *WISHES)
# What the patient wants to happen with the conversation; a general question in similar words does not stand in its way.
ASK_NUMBER = "ask_number"
CONTROL = ("ask_why", "talk_to_human", "no_questions", "go_back", "start_over", "delete_data", ASK_NUMBER)
OUT_OF_SCOPE = "out_of_scope"
# After these the open question is put again as it was, or there is none any more.
REPEATING = ("ask_why", "go_back", "start_over", "delete_data", "other_language")
# What "no thanks" sounds like.
SMALL_TALK = ("greet", "thank", "goodbye", OUT_OF_SCOPE)
# Below this the classifier's guess is not used.
SURE = 0.55
# A message of more words tells more than a bare answer does.
SHORT = 8
# The share of a message's words that must be among those of an intent's examples.
FAMILIAR = 0.5

_WORD = re.compile(r"[^\W_]+")


class Taught(msgspec.Struct, frozen=True):
    """What the intents are taught with: the stemmed words of each, and the intent of each whole example."""

    words: dict[str, frozenset[str]] = {}
    examples: dict[str, str] = {}

    def exactly(self, reading: Reading) -> str | None:
        """The intent of which a message is an example, word for word; none for what tells of the body.

        The trained reader alone may take "delete what I said" for slurred speech; words of the knowledge stand above it.
        """
        by_words = any(evidence.kind != "model" for mention in reading.mentions for evidence in mention.evidence)
        intent = self.example_of(reading.text)
        return None if by_words or reading.conditions or intent in INTERVIEW else intent

    def example_of(self, text: str) -> str | None:
        """The intent of which a text is an example, word for word."""
        return self.examples.get(_key(text))


def taught(examples: Iterable[tuple[str, str]]) -> Taught:
    """What (intent, example) pairs teach."""
    words: dict[str, set[str]] = {}
    whole: dict[str, str] = {}
    for intent, text in examples:
        words.setdefault(intent, set()).update(_words(text))
        whole[_key(text)] = intent
    return Taught({intent: frozenset(of) for intent, of in words.items()}, whole)


def _key(text: str) -> str:
    return " ".join(_WORD.findall(normalise(text)))


def familiar(text: str, known: frozenset[str]) -> bool:
    """Whether enough of the words of a message are known."""
    words = _words(text)
    return bool(words) and sum(word in known for word in words) >= FAMILIAR * len(words)


def _words(text: str) -> list[str]:
    return [stem(word) for word in _WORD.findall(normalise(text))]


def decide(reading: Reading, topic: str | None, guess: str | None, confidence: float) -> str:
    """The intent. What is said of the patient's own body always comes first, an answer to a question second.

    What is known of a message in another language is an emergency, or nothing. A denial alone does not make an account of
    a question that is known ("is it true that the injections are painless?").
    """
    if reading.language is not None:
        return INFORM if reading.mentions or reading.conditions else OTHER_LANGUAGE
    told = reading.having("present", "past", "other") or reading.conditions
    if told or (topic is None and reading.having("absent")):
        return INFORM
    if reading.mentions:
        return HYPOTHETICAL
    sure = guess is not None and guess != INFORM and confidence >= SURE
    if _answers(reading) and not (sure and guess in (*CONTROL, "thank", "goodbye")):
        return INFORM
    if topic is not None and not (sure and guess in CONTROL):
        return QUESTION
    if sure and guess is not None:
        return guess
    return INFORM if guess == INFORM and confidence >= SURE else FALLBACK


def _answers(reading: Reading) -> bool:
    """Whether a short message, itself no question, gives a detail that a question may have asked for."""
    told = (reading.answer, reading.severity, reading.course, reading.side)
    days = (reading.days_since_treatment, reading.onset_days_ago)
    some = bool(reading.areas) or any(detail is not None for detail in (*told, *days))
    return some and "?" not in reading.text and len(reading.text.split()) <= SHORT
