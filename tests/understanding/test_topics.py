from __future__ import annotations

import pytest

from bot.knowledge.load import cached_pack
from bot.understanding.topics import ENOUGH, Topics

PACK = cached_pack()
TOPICS = Topics(PACK)


def test_each_phrase_finds_its_topic() -> None:
    phrases = [(topic.id, phrase) for topic in PACK.topics.values() for phrase in topic.phrases]
    matches = [(topic, phrase, TOPICS.match(phrase)) for topic, phrase in phrases]
    assert [(topic, phrase) for topic, phrase, match in matches if match is None or match.topic != topic] == []
    assert all(match.score >= ENOUGH for _, _, match in matches if match)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Is Botox a general anaesthetic?", "claim_02a_general_anesthesia"),
        ("is it true that botox is a general anesthetic", "claim_02a_general_anesthesia"),
        ("do 90 % of people get side effects?", "claim_06a_ninety_percent"),
        ("How long does it last, please?", "how_long_it_lasts"),
        ("what are you?", "is_this_a_doctor"),
        ("what can you do?", "what_this_tool_does"),
        ("hi, can i have botox at 16?", "under_18"),
    ],
)
def test_questions_in_other_words(text: str, topic: str) -> None:
    match = TOPICS.match(text)
    assert match is not None
    assert match.topic == topic


@pytest.mark.parametrize(
    "text",
    [
        "", "?", "...", "hi", "hello there", "good morning", "thanks", "thank you so much", "ok", "bye", "lol", "yes", "no",
        "none of these", "3 days ago", "what?", "why?", "how?", "what is it?", "is this normal?", "is that bad?", "it hurts",
        "i have a headache", "my eye is drooping", "my eyelid is drooping since tuesday", "tell me a joke", "how are you?",
        "what is the weather like today?", "what time is it", "who won the game last night?", "can you order me a pizza?",
        "do you like music?", "i love you", "is anyone there?", "where are you?", "what should i do?", "do you have parking?",
        "how do i book an appointment?",
    ],
)  # fmt: skip
def test_chit_chat_and_symptoms_find_none(text: str) -> None:
    assert TOPICS.match(text) is None


@pytest.mark.parametrize(
    ("wish", "text", "topic"),
    [
        ("refuse_help", "no chance, I could not afford the ambulance", "cannot_pay"),
        ("refuse_help", "I would be so embarrassed", "not_ashamed"),
        ("refuse_help", "I do not want to be a nuisance to them", "not_bothering"),
        ("refuse_help", "qwertz", "not_calling"),
        ("while_waiting", "qwertz", "while_waiting"),
        ("something else", "qwertz", None),
    ],
)
def test_a_wish_is_met_by_the_nearest_of_its_topics(wish: str, text: str, topic: str | None) -> None:
    assert TOPICS.meeting(wish, text) == topic
