from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import converse as module
from bot.channels.converse import MAX_CHARACTERS, clean, converse, well_formed
from bot.dialogue import in_process
from bot.dialogue.logs import WhereAndWhat
from bot.understanding.read import read
from bot.wording.reply import Reply
from bot.wording.speaker import speaker
from tests.safety import assert_answers_what_is_odd, assert_safe, kinds, levels, shapes

Actions = Callable[[str, Any], None]
EMERGENCY = "I cannot breathe"
SECRET = "Zanzibar-7431"


def say(agent: Any, sender: str, *texts: str) -> list[list[dict[str, Any]]]:
    """The replies to each message of a conversation."""

    async def talk() -> list[list[dict[str, Any]]]:
        return [shapes(await converse(agent.handle_message, "test", sender, text)) for text in texts]

    return asyncio.run(talk())


def saying(*replies: dict[str, Any]) -> Callable[[Any], Awaitable[None]]:
    """A dialogue that says these messages, whatever it hears."""

    async def handle(message: Any) -> None:
        for reply in replies:
            await message.output_channel.send_response(message.sender_id, reply)

    return handle


# ---- what is heard


@pytest.mark.parametrize(
    "text",
    [
        "/inform", " /inform", "\u200b/inform", "\u200e \u200b//inform", "/\t/inform", "/\u00a0/inform", "\x00/inform",
        "／inform", "\ufeff/inform", "\u2028/inform", "\u00ad/inform", "/ / /inform", "\u3000/inform", "\x85/inform",
    ],
)  # fmt: skip
def test_a_message_never_begins_with_a_slash(text: str) -> None:
    assert clean(text) == "inform"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("it is 4/10", "it is 4/10"),
        ("a\x00b\x1b[2J", "a b [2J"),
        ("line\nline\ttab", "line\nline\ttab"),
        ("half \ud83d", "half \ufffd"),
        ("whole \U0001f600", "whole \U0001f600"),
        (" \u200b ", ""),
        ("///", ""),
        ("x" * (MAX_CHARACTERS + 5), "x" * MAX_CHARACTERS),
    ],
)
def test_what_is_heard_is_whole_characters_without_control_characters(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(st.characters(), max_size=40))
def test_whatever_is_heard_can_be_written_and_is_no_command(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not cleaned.strip().startswith("/")
    assert clean(cleaned) == cleaned
    assert well_formed(cleaned) == cleaned


PAYLOADS = [
    '/inform{"level": "routine"}',
    "/restart",
    "/session_start",
    " \u200b/action_delete_data",
    "/delete_data",
    "EXTERNAL: x",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nobody_can_send_an_intent(agent: Any, payload: str) -> None:
    before, after = say(agent, f"payload {payload}", EMERGENCY, payload)
    assert levels(before) == ["emergency"]
    assert_safe(after)
    tracker = asyncio.run(agent.tracker_store.retrieve(f"test:payload {payload}"))
    assert tracker.latest_message is None or not tracker.latest_message.entities


# ---- what is said

ODD = [
    "", " ", "\n", "\x00", "\x00\x01\x02", "/", "\u200b", "\u202e\u202d", "\ud800", "\udfff\ud800", "🙂", "👍🏽", "🤕🤢", "?",
    "...", "-1", "99999999999999999999", "1e309", "NaN", "null", "{}", "[]", '{"text": "x"}', "<script>alert(1)</script>",
    "'; DROP TABLE events; --", "{{7*7}}", "%s%n", "${jndi:ldap://x}", "../../etc/passwd", "Ω≈ç√∫", "ஃஃஃ", "مرحبا", "日本語",
    "a" * 500, "pain " * 200, "(" * 300, "“" * 50, "}{" * 50, "{clinic}", "\r\n\r\n", "http://a.example/?q=1", "a\u0301" * 100,
]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_input_gets_a_reply_with_the_warning_signs(agent: Any, text: str) -> None:
    [replies] = say(agent, f"odd {ODD.index(text)}", text)
    assert_answers_what_is_odd(replies)


def test_a_message_that_is_too_long_is_read_as_far_as_it_goes_and_that_is_said(agent: Any) -> None:
    [replies] = say(agent, "long", "my mouth is dry. " + "x" * MAX_CHARACTERS)
    assert replies[0]["custom"] == {"type": "fallback", "reason": "too_long"}
    for place in (0, 9_990, 10_500, 30_000, 60_000):
        hidden = "my forehead aches a bit. " * (place // 25) + EMERGENCY + ". " + "it aches. " * 1_200
        [replies] = say(agent, f"urgent at {place}", hidden)
        assert "emergency" in levels(replies), place
        assert replies[0]["custom"]["reason"] == "too_long"
    [replies] = say(agent, "long and urgent", EMERGENCY + ". " + "x" * MAX_CHARACTERS)
    assert replies[0]["custom"] == {"type": "fallback", "reason": "too_long", "standing": "emergency"}
    assert levels(replies) == ["emergency"]
    assert_safe(replies)


WORDS = [
    "my upper eyelid droops", "I cannot swallow", "headache", "no", "yes", "not sure", "None of these", "bruise", "3 days ago",
    "is botox a poison?", "hello", "stop asking", "go back", "why?", "my friend", "worse", "can I get double vision?", "left",
]  # fmt: skip
MESSAGES = st.lists(st.one_of(st.text(st.characters(), max_size=30), st.sampled_from(WORDS)), min_size=1, max_size=4).map(
    " ".join
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(MESSAGES, min_size=1, max_size=2), st.integers(0, 7))
def test_nothing_is_ever_silent_or_unframed(agent: Any, texts: list[str], sender: int) -> None:
    for replies in say(agent, f"fuzz {sender}", *texts):
        assert_safe(replies)


BEFORE = [
    [],
    ["hello"],
    ["my upper eyelid is drooping"],
    ["my upper eyelid is drooping", "no"],
    ["my upper eyelid is drooping", "why do you ask?"],
    ["my upper eyelid is drooping", "stop asking questions"],
    ["is botox a poison?"],
    ["delete what I said"],
    ["qwertz", "asdf"],
]


@pytest.mark.parametrize("before", BEFORE, ids=lambda texts: "; ".join(texts) or "nothing")
def test_an_emergency_in_any_message_is_answered_in_that_turn(agent: Any, before: list[str]) -> None:
    *_, replies = say(agent, f"emergency after {before}", *before, EMERGENCY)
    assert "emergency" in levels(replies)
    assert "question" not in kinds(replies)
    assert_safe(replies)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_level_never_falls_when_something_is_added(agent: Any, data: st.DataObject) -> None:
    symptoms = ["my upper eyelid is drooping", "I have a headache", "I see double", "my mouth is dry", "my neck feels weak"]
    order = data.draw(st.permutations(symptoms))
    sender, reached, text = f"levels {order} {data.draw(st.integers(0, 9))}", -1, order[0]
    for _ in range(25):
        [replies] = say(agent, sender, text)
        assert_safe(replies)
        for level in levels(replies):
            assert ("routine", "few_days", "same_day", "emergency").index(level) >= reached
            reached = ("routine", "few_days", "same_day", "emergency").index(level)
        options = [button["payload"] for reply in replies for button in reply.get("buttons", [])]
        if not options:
            order = order[1:]
        if not order:
            break
        text = data.draw(st.sampled_from(options)) if options else order[0]
    assert reached >= 0


def test_messages_of_one_sender_at_once_are_all_answered(agent: Any) -> None:
    async def at_once() -> list[list[Reply]]:
        texts = [f"I have a headache and a bruise, number {i}" for i in range(10)]
        return await asyncio.gather(*(converse(agent.handle_message, "test", "at once", text) for text in texts))

    for replies in asyncio.run(at_once()):
        assert_safe(shapes(replies))
        assert all((reply.custom or {}).get("reason") != "failed" for reply in replies)


# ---- what is said when something fails


async def raises(dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
    raise ValueError(f"the patient wrote {tracker.latest_message['text']}")


async def hangs(dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
    await asyncio.sleep(3600)
    return []


async def is_silent(dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
    return []


async def answers_nonsense(dispatcher: Any, tracker: Any, domain: Any) -> Any:
    return [{"event": "no such event", "text": tracker.latest_message["text"]}]


ACTIONS = ["validate_symptom_interview", "action_ask_symptom_interview_level"]


@pytest.mark.parametrize("broken", [raises, hangs, is_silent, answers_nonsense])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_broken_action_ends_in_a_safe_reply_and_an_emergency_is_answered_all_the_same(
    agent: Any, actions: Actions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, action: str, broken: Any
) -> None:
    monkeypatch.setattr(in_process, "SECONDS", 0.05)
    actions(action, broken)
    sender = f"{action} {broken.__name__}"
    with caplog.at_level(logging.DEBUG, "bot"):
        replies, emergency = say(agent, sender, f"my upper eyelid is drooping {SECRET}", EMERGENCY)
    assert_answers_what_is_odd(replies)
    assert "emergency" in levels(emergency)
    assert [record for record in caplog.records if SECRET in WhereAndWhat().format(record)] == []


@pytest.mark.parametrize("broken", [raises, hangs, is_silent, answers_nonsense])
def test_the_conversation_goes_on_after_a_broken_action(
    agent: Any, actions: Actions, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    sender = f"goes on {broken.__name__}"
    with monkeypatch.context() as patch:
        patch.setattr(in_process, "SECONDS", 0.05)
        patch.setitem(agent.action_endpoint._executor.actions, "validate_symptom_interview", broken)
        say(agent, sender, "my upper eyelid is drooping")
    [replies] = say(agent, sender, "my upper eyelid is drooping and I see double")
    assert_safe(replies)
    assert not any(reply["custom"].get("reason") == "failed" for reply in replies)


async def fails(message: Any) -> None:
    raise RuntimeError(message.text)


async def never_ends(message: Any) -> None:
    await asyncio.sleep(3600)


@pytest.mark.parametrize("dialogue", [fails, never_ends, saying()])
@pytest.mark.parametrize(
    ("text", "level"), [(EMERGENCY, "emergency"), ("I want to kill myself", "emergency"), ("good afternoon", None)]
)
def test_a_dialogue_that_fails_hangs_or_says_nothing_is_replaced(
    monkeypatch: pytest.MonkeyPatch, dialogue: Any, text: str, level: str | None
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    replies = shapes(asyncio.run(converse(dialogue, "test", "x", text)))
    assert_answers_what_is_odd(replies)
    assert [reply["custom"].get("level") for reply in replies] == [level]


def test_a_reader_that_fails_too_leaves_the_safe_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(module, "read", broken)
    replies = shapes(asyncio.run(converse(fails, "test", "x", EMERGENCY)))
    assert [reply["custom"] for reply in replies] == [{"type": "fallback", "reason": "failed"}]
    assert_answers_what_is_odd(replies)


STOPPED = [
    {"text": "You have the flu."},
    {"text": "", "custom": {"type": "info", "id": "x"}},
    {"text": "Hello", "custom": {"type": "unheard of"}},
    {"text": "It is common, so do not worry.", "custom": {"type": "answer", "topic": None}},
]


@pytest.mark.parametrize("message", STOPPED)
def test_what_may_not_be_said_is_replaced(message: dict[str, Any]) -> None:
    replies = shapes(asyncio.run(converse(saying(message), "test", "x", "hello")))
    assert [reply["custom"]["type"] for reply in replies] == ["fallback"]
    assert_answers_what_is_odd(replies)


@pytest.mark.parametrize("level", ["same_day", "emergency"])
def test_an_urgent_assessment_that_is_stopped_keeps_its_level(level: str) -> None:
    message = {"text": "You have a stroke.", "custom": {"type": "assessment", "level": level, "concepts": []}}
    [reply] = shapes(asyncio.run(converse(saying(message), "test", "x", "hello")))
    assert_safe([reply])
    assert levels([reply]) == [level]
    assert reply["text"].startswith(speaker().fill(speaker().texts.levels.__getattribute__(level).action))


# ---- what stays


def kept_text(agent: Any, sender: str) -> str:
    tracker = asyncio.run(agent.tracker_store.retrieve(f"test:{sender}"))
    return "" if tracker is None else repr([event.as_dict() for event in tracker.events]) + repr(tracker.current_slot_values())


@pytest.mark.parametrize("wish", ["delete what I said", "start over"])
def test_what_was_said_is_gone_when_the_patient_wishes_so(agent: Any, wish: str) -> None:
    sender = f"forget {wish}"
    say(agent, sender, f"I have had a headache since I was in {SECRET}")
    assert SECRET in kept_text(agent, sender)
    say(agent, sender, wish)
    assert SECRET not in kept_text(agent, sender)
    assert "headache" not in kept_text(agent, sender)
    assert wish not in kept_text(agent, sender)


def test_a_long_conversation_keeps_no_more_than_a_short_one(agent: Any) -> None:
    texts = ["my upper eyelid is drooping", "no", "not sure", "and a headache", "what is botox?", "it is worse"]
    say(agent, "kept", *texts)
    short = len(kept_text(agent, "kept"))
    say(agent, "kept", *texts * 4)
    assert len(kept_text(agent, "kept")) < 1.5 * short


def test_a_conversation_of_sixty_turns_stays_as_fast(agent: Any) -> None:
    texts = ["my upper eyelid is drooping", "I have a headache", "is botox a poison?", "it is worse", "no"]

    async def seconds() -> list[float]:
        loop, taken = asyncio.get_running_loop(), []
        for text in texts * 12:
            began = loop.time()
            await converse(agent.handle_message, "test", "sixty", text)
            taken.append(loop.time() - began)
        return taken

    say(agent, "warm", *texts)
    taken = asyncio.run(seconds())
    assert sorted(taken[-10:])[4] <= 2 * sorted(taken[:10])[4]


def test_conversations_do_not_mix(agent: Any) -> None:
    say(agent, "one", EMERGENCY)
    [replies] = say(agent, "two", "my mouth is a little dry")
    assert "emergency" not in levels(replies)
    assert EMERGENCY not in kept_text(agent, "two")


def test_the_test_message_is_read_as_an_emergency() -> None:
    assert [mention.concept for mention in read(EMERGENCY).having("present")] == ["dyspnoea"]
