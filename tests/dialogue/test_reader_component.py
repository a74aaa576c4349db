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
