"""After an emergency answer, whatever is said: the line comes first, nothing is asked, and no later time is said."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.converse import MAX_CHARACTERS, converse
from bot.dialogue import in_process
from tests.safety import LINES, assert_safe, kinds, levels, shapes
from tests.wording.speakers import without_quotes

EMERGENCIES = [
    "I cannot breathe", "my tongue is swelling", "I have chest pain", "both my eyelids droop", "I had a seizure",
    "my left eyelid droops and I see double", "my mother cannot swallow after her botox",
]  # fmt: skip
LATER = ["within 1 to 3 days", "at your review", "your clinic today", "how urgent it is", "how soon"]
# What is said again in short, what is answered, and what only ends or wanders.
FOLLOW_UPS = [
    "hello", "why?", "why should I call?", "bye", "thanks", "are you a robot?", "can I talk to a person?", "go back",
    "what is the capital of France?", "qwertz", "no", "yes", "not sure", "None of these", "left", "mild", "it was 3 days ago",
    "it's fine now", "never mind", "forget it", "I feel better", "they said it's nothing", "it has gone", "I was joking",
    "sorry, I misread, I can breathe fine", "sorry, no double vision", "no more questions", "just tell me what to do",
    "can I take paracetamol?", "can I take an antihistamine?", "is botox a poison?", "is it true that 90 % get side effects?",
    "how long does a bruise last?", "when will I see results?", "could I get a headache?", "could my eyelid droop?",
    "what if I get double vision?", "I have a bruise too", "my mouth is dry", "I have a headache as well", "I can't swallow",
    "What should I do while I wait?", "should I lie down?", "I'm not calling for that", "I don't want to bother them",
    "it's embarrassing", "I can't afford an ambulance", "I'm in Scotland, what number?", "I'm on holiday in Spain",
    "how do I report a side effect?", "am I too young for this?", "what is filler?", "stop asking", "", "🙂", "image", "2",
    "x" * (MAX_CHARACTERS + 1),
]  # fmt: skip


def talk(agent: Any, sender: str, *texts: str) -> list[list[dict[str, Any]]]:
    """The replies to each message of a conversation."""

    async def all_of_it() -> list[list[dict[str, Any]]]:
        return [shapes(await converse(agent.handle_message, "standing", sender, text)) for text in texts]

    return asyncio.run(all_of_it())


def assert_stands(replies: list[dict[str, Any]]) -> None:
    assert_safe(replies)
    assert "question" not in kinds(replies)
    assert set(levels(replies)) <= {"emergency"}
    for reply in replies:
        assert reply["text"].startswith(LINES)
        own_words = without_quotes(reply["text"])
        assert [time for time in LATER if time in own_words] == []
        assert reply["custom"].get("reason") != "failed"
        assert not reply.get("buttons")


@pytest.mark.parametrize("follow_up", FOLLOW_UPS, ids=lambda text: text[:30] or "nothing")
def test_after_an_emergency_every_message_is_answered_with_the_line_first(agent: Any, follow_up: str) -> None:
    first, then, again = talk(agent, f"one {FOLLOW_UPS.index(follow_up)}", EMERGENCIES[0], follow_up, "hello")
    assert levels(first) == ["emergency"]
    assert_stands(then)
    assert_stands(again)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(EMERGENCIES), st.lists(st.sampled_from(FOLLOW_UPS), min_size=3, max_size=6), st.integers(0, 10**9))
def test_after_any_emergency_the_line_comes_first_through_any_messages(
    agent: Any, emergency: str, follow_ups: list[str], sender: int
) -> None:
    first, *later = talk(agent, f"any {sender} {follow_ups}", emergency, *follow_ups)
    assert levels(first) == ["emergency"]
    for replies in later:
        assert_stands(replies)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(FOLLOW_UPS), max_size=3), st.integers(0, 10**9))
def test_an_emergency_in_the_middle_of_an_interview_stands_as_well(agent: Any, before: list[str], sender: int) -> None:
    *_, urgent, then, back = talk(agent, f"mid {sender} {before}", "I have a bruise", *before, EMERGENCIES[0], "no", "go back")
    assert "emergency" in levels(urgent)
    assert_stands(then)
    assert_stands(back)


@pytest.mark.parametrize("wish", ["start over", "delete what I said"])
def test_it_stands_until_the_patient_begins_anew(agent: Any, wish: str) -> None:
    *_, ends, after = talk(agent, f"ends {wish}", EMERGENCIES[0], wish, "hello")
    for replies in (ends, after):
        assert all("standing" not in reply["custom"] and not reply["text"].startswith(LINES) for reply in replies)


async def raises(dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
    raise ValueError("broken")


@pytest.mark.parametrize("action", ["validate_symptom_interview", "action_assess", "action_greet"])
def test_it_stands_when_the_dialogue_fails(agent: Any, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    sender = f"fails {action}"
    talk(agent, sender, EMERGENCIES[0])
    monkeypatch.setattr(in_process, "SECONDS", 0.05)
    monkeypatch.setitem(agent.action_endpoint._executor.actions, action, raises)
    [replies] = talk(agent, sender, "hello" if action == "action_greet" else "I have a bruise")
    assert [reply["custom"] for reply in replies] == [{"type": "fallback", "reason": "failed", "standing": "emergency"}]
    assert replies[0]["text"].startswith(LINES)
    assert "within 1 to 3 days" not in replies[0]["text"]


def test_what_says_a_later_time_is_stopped_and_the_emergency_said_instead(agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgets(dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        dispatcher.utter_message(text="See them at your review.", json_message={"type": "info", "id": "x"})
        return []

    talk(agent, "forgets", EMERGENCIES[0])
    monkeypatch.setitem(agent.action_endpoint._executor.actions, "action_greet", forgets)
    [[reply]] = talk(agent, "forgets", "hello")
    assert reply["text"].startswith(LINES)
    assert "at your review" not in reply["text"]
