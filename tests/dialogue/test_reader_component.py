from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.understanding.reading import Reading


def parsed(agent: Any, text: str) -> dict[str, Any]:
    return dict(asyncio.run(agent.parse_message(text)))


def test_a_message_carries_its_reading_and_its_intent(agent: Any) -> None:
    message = parsed(agent, "I cannot breathe")
    assert message["intent"] == {"name": "inform", "confidence": 1.0}
    assert message["reading"]["mentions"][0]["concept"] == "dyspnoea"
    assert set(message["reading"]) == set(Reading.__struct_fields__)
    assert message.get("topic") is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hello", "greet"),
        ("start over", "start_over"),
        ("delete what I said", "delete_data"),
        ("are you a robot?", "bot_challenge"),
    ],
)
def test_what_tells_no_symptom_is_left_to_the_classifier(agent: Any, text: str, intent: str) -> None:
    assert parsed(agent, text)["intent"]["name"] == intent


@pytest.mark.parametrize("text", ["aaaaaaaaaaaa", "hhhhhhhhhhhhhh", "ouch ouch ouch", "lorem ipsum dolor sit amet", "🙂🙂"])
def test_words_that_were_never_taught_are_not_understood(agent: Any, text: str) -> None:
    assert parsed(agent, text)["intent"]["name"] in ("nlu_fallback", "inform")


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("what can I do until the ambulance arrives", "while_waiting"),
        ("they are on their way, should I lie down", "while_waiting"),
        ("there is no way that I call an ambulance", "not_calling"),
        ("I do not want to waste their time", "not_bothering"),
        ("I would be too embarrassed to call", "not_ashamed"),
        ("I cannot afford an ambulance ride", "cannot_pay"),
        ("how long does botox last", None),
        ("I cannot breathe", None),
        ("hello", None),
        ("no", None),
        ("yes", None),
        ("mild", None),
    ],
)
def test_what_is_wished_of_help_is_heard_in_free_words(agent: Any, text: str, wish: str | None) -> None:
    assert parsed(agent, text).get("wish") == wish


@pytest.mark.parametrize(
    ("text", "intent", "country"),
    [
        ("I'm in Scotland, what number?", "ask_number", "gb"),
        ("we are staying in Germany", "ask_number", "de"),
        ("what is the emergency number in France", "ask_number", "fr"),
        ("I'm on holiday in Spain and I cannot breathe", "inform", "es"),
        ("I had my botox in Spain", None, None),
        ("I cannot breathe", "inform", None),
    ],
)
def test_where_the_patient_is_is_heard(agent: Any, text: str, intent: str | None, country: str | None) -> None:
    message = parsed(agent, text)
    assert message.get("country") == country
    assert intent in (message["intent"]["name"], None)


@pytest.mark.parametrize(
    ("text", "exactly"),
    [("start over", True), ("Delete what I said!", True), ("I'll start again tomorrow", False), ("no", False)],
)
def test_a_wish_that_ends_the_conversation_is_exact_or_not(agent: Any, text: str, exactly: bool) -> None:
    assert parsed(agent, text)["exactly"] is exactly
