"""What every platform's adapter must do, driven by genuine requests against a real server, with its API played by another."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import msgspec
import pytest

from bot.channels.limits import MESSAGES_PER_MINUTE
from bot.channels.whatsapp import WhatsApp
from bot.evaluation.interviews import Interview, interview
from bot.evaluation.sets import load_vignettes
from bot.state.backend import StoreError
from bot.state.model import Received
from bot.wording.reply import Reply
from tests.channels.platforms.conftest import Patient, World
from tests.channels.platforms.simulation import NAMES, Answer, Sent, filled
from tests.safety import FIXED, FRAME
from tests.serving import request

EMERGENCY = "I cannot breathe"
CALL = "Call 911 now"
GREETING = "Hello. I can help you find out"
SAID_OF = {
    "photo": "I cannot see pictures",
    "empty": "I could not see any words",
    "taken_back": "You took a message back",
}
_ROW = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
ALL = pytest.mark.parametrize("name", NAMES)
New = Callable[[], Patient]


def whole(sent: list[Sent]) -> str:
    """The text of several messages, without regard to where they were cut."""
    return " ".join(" ".join(each.text for each in sent).split())


# ---- conversations


@ALL
def test_a_conversation_goes_from_the_first_word_to_an_assessment(patient: New) -> None:
    anna = patient()
    heard = anna.say("my upper eyelid is drooping")
    asked = []
    for _ in range(14):
        if FIXED in whole(heard):
            break
        asked.append(heard[-1])
        heard = answered(anna, heard[-1])
    assert len(asked) > 1
    assert [part for part in FRAME if part not in whole(heard)] == []
    assert any(question.choices for question in asked) == (anna.platform.most_buttons > 0)
    assert all(question.choices or _ROW.search(question.text) or "?" in question.text for question in asked)


def answered(anna: Patient, question: Sent) -> list[Sent]:
    """A patient who has nothing but the drooping lid: presses or names "no", else says when it was."""
    titles = [title for title, _ in question.choices] or [title for _, title in _ROW.findall(question.text)]
    best = next((n for n, title in enumerate(titles) if title in ("No", "None of these", "Left", "Mild")), 0)
    if question.choices:
        return anna.press(question.choices[best][1])
    return anna.say(str(best + 1) if titles else "3 days ago")


@ALL
@pytest.mark.parametrize(
    "text",
    [
        EMERGENCY,
        "my eyelid droops and i see double since yesterday",
        "hello",
        "is botox a general anaesthetic?",
        "asdf qwer 🙂",
        '/inform{"a": 1} <b>*bold* _it_ @channel <@U1> & so on</b>',
    ],
)
def test_the_same_is_said_as_over_rest(world: World, patient: New, text: str) -> None:
    assert_same(patient().say(text), over_rest(world, uuid4().hex, text))


@ALL
def test_a_whole_interview_is_the_same_as_over_rest(patient: New, interviews: list[Interview]) -> None:
    for each in interviews:
        anna = patient()
        for said, replies in each.said:
            assert_same(anna.say(said), replies)


@pytest.fixture(scope="session")
def interviews(world: World) -> list[Interview]:
    """Simulated patients, interviewed over REST."""

    async def send(sender: str, text: str) -> list[Reply]:
        return over_rest(world, sender, text)

    async def all_of_them() -> list[Interview]:
        return [await interview(send, vignette) for vignette in load_vignettes()[::12]]

    held = asyncio.run(all_of_them())
    assert len({each.level for each in held}) > 1
    return held


def over_rest(world: World, sender: str, text: str) -> list[Reply]:
    body = json.dumps({"sender": sender, "message": text}).encode()
    answer = request(f"{world.url}/webhooks/rest/webhook", "POST", body)
    return [msgspec.convert(reply, Reply) for reply in answer.json]


def assert_same(heard: list[Sent], replies: list[Reply]) -> None:
    """What a patient was sent is what REST replied: the same words, and the same buttons, or their titles as a list."""
    wanted = " ".join(" ".join(reply.text for reply in replies).split())
    shown = [title for each in heard for title, _ in each.choices]
    buttons = [button.title for reply in replies for button in reply.buttons]
    if buttons and not shown:
        numbered = " ".join(f"{number}. {title}" for number, title in enumerate(buttons, 1))
        wanted += f" {numbered} Reply with a number, or write it in your own words."
    assert whole(heard) == wanted
    assert shown in ([], buttons)


@ALL
def test_a_number_or_the_words_answer_a_list(patient: New) -> None:
    anna = patient()
    question = anna.say("my eyelid droops")[-1]
    berta = patient()
    assert berta.say("my eyelid droops")[-1] == Sent(anna.platform.chat(berta.name), question.text, question.choices)
    if question.choices:
        assert whole(anna.press(question.choices[0][1])) == whole(berta.say(question.choices[0][0]))
        return
    rows = _ROW.findall(question.text)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > anna.platform.most_buttons
    assert whole(anna.say("1")) == whole(berta.say(rows[0][1]))


# ---- exactly once, in order


@ALL
def test_a_retry_is_not_answered_again(patient: New) -> None:
    anna = patient()
    body = anna.platform.body("text", number=anna.platform.next_number(), sender=anna.name, text=EMERGENCY)
    assert {anna.post(body).status for _ in range(3)} == {200}
    heard = anna.heard()
    assert anna.post(body).status == 200
    anna.quiet()
    assert anna.api.to(anna.name) == heard
    assert whole(heard).count(CALL) == 1


@ALL
def test_a_replay_after_ten_minutes_is_not_answered(patient: New) -> None:
    anna = patient()
    body = anna.platform.body("text", number=anna.platform.next_number(), sender=anna.name, text=EMERGENCY)
    assert anna.post(body, at=time.time()).status == 200
    heard = anna.heard()
    assert anna.post(body, at=time.time() - 600).status == (403 if anna.platform.name == "slack" else 200)
    anna.quiet()
    assert anna.api.to(anna.name) == heard


@ALL
def test_all_of_a_batch_is_answered(patient: New) -> None:
    anna = patient()
    if anna.platform.sends_batches:
        anna.send("batch", "hello")
        assert GREETING in whole(heard := anna.heard())
        assert "headache" in whole(heard) or "?" in whole(heard[1:])
        assert len(heard) > 1


@ALL
def test_two_messages_at_once_are_answered_in_their_order(patient: New) -> None:
    anna = patient()
    for text in ("hello", EMERGENCY):
        anna.send("text", text)
    text = whole(anna.heard())
    assert text.index(GREETING) < text.index(CALL)


@ALL
def test_patients_at_once_do_not_mix(patient: New) -> None:
    patients = [patient() for _ in range(6)]
    texts = [EMERGENCY if n % 2 else "hello" for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        heard = list(pool.map(lambda pair: pair[0].say(pair[1]), zip(patients, texts, strict=True)))
    assert [CALL in whole(each) for each in heard] == [text == EMERGENCY for text in texts]


# ---- who may speak


@ALL
def test_what_is_not_genuine_is_refused_and_does_nothing(patient: New) -> None:
    anna = patient()
    body = anna.platform.body("text", sender=anna.name, text=EMERGENCY)
    good = anna.platform.headers(body, anna.webhook + anna.platform.path(1), time.time())
    calls = len(anna.api.calls)
    for headers in (
        {},
        {"Content-Type": good["Content-Type"]},
        {n: v + "0" if n != "Content-Type" else v for n, v in good.items()},
    ):
        answer = anna.post(body, number=1, headers=headers)
        assert answer.status == 403
        assert b"breathe" not in answer.body
    anna.quiet()
    assert len(anna.api.calls) == calls


@ALL
def test_what_is_genuine_and_makes_no_sense_is_told_so(patient: New) -> None:
    anna = patient()
    assert anna.post(anna.platform.body("malformed")).status == 400


@ALL
def test_what_asks_for_no_answer_gets_none(patient: New) -> None:
    anna = patient()
    silent = [name for name, payload in anna.platform.payloads.items() if payload["read"] == []]
    assert len(silent) > 1 or anna.platform.name == "twilio"
    before = len(anna.api.sent)
    for payload in silent:
        anna.send(payload, EMERGENCY)
    anna.quiet()
    assert len(anna.api.sent) == before


# ---- what is not words


@ALL
@pytest.mark.parametrize("payload", SAID_OF)
def test_what_cannot_be_read_is_answered_with_what_can_be_done(patient: New, payload: str) -> None:
    anna = patient()
    if payload in anna.platform.payloads:
        anna.send(payload)
        text = whole(anna.heard())
        assert SAID_OF[payload] in text
        assert [part for part in FRAME if part not in text] == []


@ALL
@pytest.mark.parametrize("payload", SAID_OF)
def test_what_cannot_be_read_is_answered_behind_an_emergency_that_stands(patient: New, payload: str) -> None:
    anna = patient()
    if payload in anna.platform.payloads:
        anna.say(EMERGENCY)
        anna.send(payload)
        text = whole(anna.heard())
        assert text.startswith(CALL)
        assert SAID_OF[payload] in text
        assert "within 1 to 3 days" not in text


@ALL
@pytest.mark.parametrize(
    ("payload", "note"), [("photo_with_words", "I can only read words"), ("edit", "You changed a message")]
)
def test_words_are_read_wherever_they_stand(patient: New, payload: str, note: str) -> None:
    anna = patient()
    if payload in anna.platform.payloads:
        anna.send(payload, EMERGENCY)
        text = whole(anna.heard())
        assert note in text
        assert CALL in text


@ALL
def test_a_group_is_told_to_come_to_a_private_chat(patient: New) -> None:
    anna = patient()
    if anna.platform.group is None:
        return
    group = anna.platform.group
    for _ in range(2):
        anna.send("group", EMERGENCY)
    anna.api.wait_for(lambda: any(sent.to == group for sent in anna.api.sent))
    anna.quiet()
    told = [sent for sent in anna.api.sent if sent.to == group]
    assert all(not sent.choices for sent in told)
    [payload] = anna.platform.payloads["group"]["read"]
    assert whole(told).count("I only talk in a private chat") == (2 if payload["addressed"] else 1)
    assert [part for part in FRAME if part not in whole(told)] == []
    assert EMERGENCY not in whole(told)
    assert not anna.api.to(anna.name)


@ALL
def test_a_flood_is_stopped_politely_and_once(patient: New) -> None:
    anna = patient()
    for _ in range(MESSAGES_PER_MINUTE + 6):
        anna.send("text", "what is this?")
    anna.heard()
    flood = [sent for sent in anna.api.to(anna.name) if "faster than I can read" in sent.text]
    assert len(flood) == 1
    assert whole(flood).count("faster than I can read") == 1


@ALL
def test_an_emergency_in_a_flood_is_answered(patient: New) -> None:
    anna = patient()
    for _ in range(MESSAGES_PER_MINUTE + 3):
        anna.send("text", "what is this?")
    anna.send("text", EMERGENCY)
    anna.api.wait_for(lambda: CALL in whole(anna.api.to(anna.name)))
    anna.heard()
    assert whole(anna.api.to(anna.name)).count("faster than I can read") == 1


# ---- a store in trouble


@ALL
def test_an_emergency_that_cannot_be_kept_is_answered_once(world: World, patient: New, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also behind another message of the same request, and also when the platform takes the answer only later."""

    async def receive(message: Received) -> bool:
        raise StoreError("it does not answer")

    anna = patient()
    number = anna.platform.next_number()
    body = anna.platform.body("text", number=number, sender=anna.name, text=EMERGENCY)
    if anna.platform.sends_batches:
        written = anna.platform.payloads["text"]["json"]
        said = [
            filled(written, anna.platform.values(n, anna.name, t)) for n, t in ((number + 500, "hello"), (number, EMERGENCY))
        ]
        body = json.dumps(anna.platform.beside(*said)).encode()
    with monkeypatch.context() as away:
        away.setattr(world.state, "receive", receive)
        anna.api.plan.append(Answer(503))
        assert anna.post(body).status == 503
        assert anna.api.to(anna.name) == []
        assert [anna.post(body).status for _ in range(2)] == [503, 503]
        assert whole(anna.api.to(anna.name)).count(CALL) == 1
        assert GREETING not in whole(anna.api.to(anna.name))
    assert anna.post(body).status == 200
    assert CALL in whole(anna.heard()[1:])


# ---- a platform in trouble

LIES = {
    "a login page": Answer(200, b"<html><form action='/login'></form></html>", {"content-type": "text/html"}),
    "nothing": Answer(200, b""),
    "an empty object": Answer(200, {}),
    "not ok": Answer(200, {"ok": False}),
    "ok without a message": Answer(200, {"ok": True, "result": True}),
    "a list": Answer(200, [{"ok": True}]),
    "a word": Answer(200, "ok"),
    "broken JSON": Answer(200, b'{"ok": true, "result": {"message_id": 7'),
    "an empty id": Answer(200, {"ok": True, "ts": "", "message_id": "", "event_id": "", "sid": "", "messages": [{"id": ""}]}),
    "no content": Answer(204, b""),
    "moved": Answer(302, b"", {"location": "http://127.0.0.1:9/elsewhere"}),
    "moved for good": Answer(301, b"", {"location": "http://127.0.0.1:9/elsewhere"}),
    "a great deal": Answer(200, b" " * 5_000_000 + b'{"ok": true}'),
    "a proxy's error": Answer(502, b"<html>Bad Gateway</html>"),
    "a date to wait for": Answer(503, b"", {"Retry-After": "Tue, 01 Dec 2020 00:00:00 GMT"}),
}


@ALL
@pytest.mark.parametrize("lie", ["a login page", "moved"])  # the others: test_answers.py
def test_what_proves_no_delivery_is_none(world: World, patient: New, lie: str) -> None:
    anna = patient()
    anna.api.plan.append(LIES[lie])
    anna.send("text", EMERGENCY)
    anna.api.wait_for(lambda: not anna.api.plan)
    anna.api.wait_for(lambda: CALL in whole(anna.api.to(anna.name)))
    assert whole(anna.heard()).count(CALL) == 1
    assert asyncio.run(world.state.dead(anna.platform.name)) == []


# ---- a platform that is away


@ALL
def test_a_platform_that_is_down_gets_the_answer_later_and_once(patient: New) -> None:
    anna = patient()
    anna.api.down = True
    calls = len(anna.api.calls)
    anna.send("text", EMERGENCY)
    anna.api.wait_for(lambda: len(anna.api.calls) > calls + 1)
    assert anna.api.to(anna.name) == []
    anna.api.down = False
    assert whole(anna.heard()).count(CALL) == 1


@ALL
def test_a_platform_that_asks_for_patience_gets_it(patient: New) -> None:
    anna = patient()
    anna.api.plan.append(anna.platform.busy(1))
    anna.send("text", EMERGENCY)
    anna.api.wait_for(lambda: not anna.api.plan)
    asked = time.monotonic()
    anna.api.wait_for(lambda: len(anna.api.to(anna.name)) > 0)
    assert time.monotonic() - asked >= 0.95
    assert whole(anna.heard()).count(CALL) == 1


@ALL
def test_a_refused_answer_is_kept_and_can_be_sent_again(world: World, patient: New) -> None:
    anna = patient()
    before = len(asyncio.run(world.state.dead(anna.platform.name)))
    anna.api.plan += [anna.platform.refusal()] * 10
    anna.send("text", EMERGENCY)
    anna.api.wait_for(lambda: len(anna.api.plan) < 10)
    anna.quiet()
    letters = asyncio.run(world.state.dead(anna.platform.name))[before:]
    assert len(letters) == 10 - len(anna.api.plan)
    assert all(re.fullmatch(r"HTTP \d+, [\w.]+", reason) for _, reason in letters)
    assert anna.api.to(anna.name) == []
    anna.api.plan.clear()
    assert asyncio.run(world.state.revive(anna.platform.name)) >= len(letters)
    assert whole(anna.heard()).count(CALL) == 1
    assert asyncio.run(world.state.dead(anna.platform.name)) == []


# ---- what one platform alone can do


@pytest.mark.parametrize("name", ["twilio"])
def test_stop_is_honored_confirmed_and_remembered(patient: New) -> None:
    anna = patient()
    assert GREETING in whole(anna.say("hello"))
    assert "You will get no more messages" in whole(anna.say("STOP"))
    for text in ("stop", "I have a headache", "hello"):
        anna.send("text", text)
    anna.quiet()
    assert "call 988" in whole(anna.say("I want to kill myself"))
    assert CALL in whole(anna.say(EMERGENCY))
    assert "You will get messages" in whole(anna.say("Start"))
    assert whole(anna.say("hello")).startswith(CALL)
    assert "I listen to what you feel" in whole(anna.say("HELP"))


@pytest.mark.parametrize("name", ["telegram"])
def test_telegram_stops_a_button_from_blinking(patient: New) -> None:
    anna = patient()
    calls = len(anna.api.calls)
    anna.press(anna.say("my eyelid droops")[-1].choices[0][1])
    assert any(call.path.endswith("/answerCallbackQuery") for call in anna.api.calls[calls:])


@pytest.mark.parametrize("name", ["messenger"])
def test_messenger_hands_the_thread_to_a_person(patient: New) -> None:
    anna = patient()
    calls = len(anna.api.calls)
    anna.say("I want to talk to a real person")
    passed = [call for call in anna.api.calls[calls:] if call.path.endswith("/pass_thread_control")]
    assert [call.body["target_app_id"] for call in passed] == ["263902037430900"]
    assert passed[0].body["recipient"]["id"] == anna.platform.person(anna.name)


@pytest.mark.parametrize("name", ["whatsapp"])
def test_whatsapp_asks_once_to_write_again_when_its_window_has_closed(
    world: World, patient: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = patient()
    monkeypatch.setattr(WhatsApp, "window_seconds", 0.0)
    assert whole(anna.say("hello")) == "template please_write_again"
    monkeypatch.undo()
    closed = {"error": {"message": "(#131047) Re-engagement message", "code": 131047}}
    anna.api.plan.append(Answer(400, closed))
    assert whole(anna.say("hello")) == "template please_write_again"
    assert {reason for _, reason in asyncio.run(world.state.dead("whatsapp"))} == {
        "the platform's window for free text has closed",
        "HTTP 400, 131047",
    }
    asyncio.run(world.state.revive("whatsapp"))
    assert whole(anna.heard()).count(GREETING) == 2


@pytest.mark.parametrize("name", ["matrix"])
def test_matrix_joins_where_it_is_invited(patient: New) -> None:
    anna = patient()
    anna.send("start")
    assert GREETING in whole(anna.heard())
    assert any("/join/" in call.path for call in anna.api.calls)


@pytest.mark.parametrize("name", ["matrix"])
def test_matrix_can_tell_that_a_message_is_sent_again(patient: New) -> None:
    anna = patient()
    calls = len(anna.api.calls)
    anna.api.plan.append(Answer(500))
    anna.say("hello")
    first, again = [call.path for call in anna.api.calls[calls:] if "/send/" in call.path]
    assert first == again
    anna.say("hello")
    assert anna.api.calls[-1].path != first


# ---- nothing of a patient is told


def test_nothing_of_a_patient_is_logged(world: World) -> None:
    """The last test of this file: it looks at what all others led to."""
    people = {str(api.platform.person(sent.to)) for api in world.apis.values() for sent in api.sent}
    people |= {sent.to.lstrip("+@!") for api in world.apis.values() for sent in api.sent}
    assert world.log.lines, "failures were logged"
    text = "\n".join(world.log.lines)
    assert [each for each in people if len(each) > 6 and each in text] == []
    assert "breathe" not in text
    assert "droop" not in text
    secrets = {value for api in world.apis.values() for key, value in api.platform.options("").items() if "token" in key}
    assert [secret for secret in secrets if len(secret) > 6 and secret in text] == []
