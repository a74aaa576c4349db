"""What each platform's documented webhooks are read as, and which requests are believed. Nothing here is served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.messaging.channel import MADE_UP, MessagingChannel, adapter_of
from bot.channels.messaging.platform import Kind, Malformed, Platform, Request
from bot.settings import SettingsError
from tests.channels.platforms.simulation import NAMES, Simulation, cases, filled, simulation

API = "http://127.0.0.1:9"
# What every platform's fixtures must show, where the platform has such a thing.
NEEDED = {"text", "photo", "photo_with_words", "empty", "status", "unknown", "malformed"}


def channel_of(platform: Simulation) -> type[MessagingChannel]:
    from rasa.shared.utils.common import class_from_module_path

    found = class_from_module_path(platform.channel)
    assert issubclass(found, MessagingChannel)
    return found


@pytest.fixture
def platform(name: str) -> Simulation:
    return simulation(name)


@pytest.fixture
def adapter(platform: Simulation) -> Iterator[Platform]:
    made = adapter_of(channel_of(platform).platform, platform.options(API))
    yield made
    asyncio.run(made.http.aclose())


def request_of(platform: Simulation, body: bytes, at: float | None = None, **changed: str) -> Request:
    url = f"https://bot.clinic.example/webhooks/{platform.name}/webhook{platform.path(7)}"
    headers = {**platform.headers(body, url, time.time() if at is None else at), **changed}
    lower = {name.lower(): value for name, value in headers.items()}
    return Request(method=platform.method, url=url, headers=lower, query={}, body=body)


@pytest.mark.parametrize(("name", "payload"), cases())
def test_a_webhook_is_read_as_what_it_is(platform: Simulation, adapter: Platform, payload: str) -> None:
    body = platform.body(payload, number=7, text="My eyelid droops")
    request = request_of(platform, body)
    assert adapter.genuine(request, time.time())
    wanted: Any = platform.payloads[payload]["read"]
    if wanted == "malformed":
        with pytest.raises((Malformed, msgspec.MsgspecError)):
            adapter.read(request)
        return
    found = adapter.read(request)
    values = {**platform.values(7, "anna", "My eyelid droops"), "$SENDER": str(platform.person("anna"))}
    told = [msgspec.to_builtins(incoming) for incoming in found]
    assert len(told) == len(wanted)
    assert [{key: each[key] for key in want} for each, want in zip(told, wanted, strict=True)] == filled(wanted, values)
    assert [each.id for each in adapter.read(request)] == [each.id for each in found], "a retry has the same ids"
    assert len({each.id for each in found}) == len(found)


@pytest.mark.parametrize("name", NAMES)
def test_the_fixtures_show_all_that_a_platform_must(platform: Simulation) -> None:
    needed = NEEDED | ({"button"} if platform.most_buttons else set()) | ({"batch"} if platform.sends_batches else set())
    assert needed <= set(platform.payloads)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("payload", ["text", "photo", "edit", "button"])
def test_another_message_has_another_id(platform: Simulation, adapter: Platform, payload: str) -> None:
    if payload in platform.payloads:
        first, second = (adapter.read(request_of(platform, platform.body(payload, number=n)))[0].id for n in (7, 8))
        assert first != second


@pytest.mark.parametrize("name", NAMES)
def test_half_an_emoji_does_not_hide_the_words(platform: Simulation, adapter: Platform) -> None:
    body = platform.body("text", text="It droops \ud83d") if "json" in platform.payloads["text"] else None
    if body is not None:
        [incoming] = adapter.read(request_of(platform, body))
        assert incoming.text.startswith("It droops ")
        incoming.text.encode()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"{}", b"a=b&c", b"[" * 100_000])
def test_no_body_makes_an_adapter_fail(platform: Simulation, adapter: Platform, body: bytes) -> None:
    request = request_of(platform, b"", X="y")
    request = msgspec.structs.replace(request, body=body)
    assert adapter.handshake(request, time.time()) is None
    with suppress(Malformed, msgspec.MsgspecError):
        assert adapter.read(request) == []


BATCHES = tuple(name for name in NAMES if simulation(name).sends_batches)
EMERGENCY = "I cannot breathe"
ODD = st.sampled_from([None, "", "soon", 7, -1, 1e400, True, [], [[]], [None], {}, {"id": None}, {"type": "x"}, "x" * 5000])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to everything in a payload."""
    if path:
        yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, name: str) -> tuple[str, Any]:
    """A webhook of a platform in which up to three things are odd or missing; which one it was."""
    payloads = simulation(name).payloads
    payload = draw(st.sampled_from([each for each in payloads if "json" in payloads[each] and each != "malformed"]))
    platform = simulation(name)
    value = deepcopy(filled(payloads[payload]["json"], platform.values(7, "anna", "My eyelid droops")))
    for _ in range(draw(st.integers(1, 3))):
        where = draw(st.sampled_from([path for path in places(value) if len(path) > 1] or [("nothing",)]))
        holder = value
        for key in where[:-1]:
            holder = holder[key]
        if draw(st.booleans()):
            holder[where[-1]] = deepcopy(draw(ODD))
        elif isinstance(holder, dict):
            holder.pop(where[-1], None)
    return payload, value


@pytest.mark.parametrize("name", BATCHES)
@given(data=st.data())
def test_beside_an_odd_message_a_good_one_is_read(name: str, data: st.DataObject) -> None:
    platform = simulation(name)
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    _, odd = data.draw(mutated(name))
    good = filled(platform.payloads["text"]["json"], platform.values(8, "berta", EMERGENCY))
    for whole in (platform.beside(odd, good), platform.beside(good, odd)):
        found = adapter.read(request_of(platform, platform.encoded(whole, form=False)))
        assert [each.text for each in found if each.sender == str(platform.person("berta"))] == [EMERGENCY]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_whatever_is_odd_in_a_message_an_adapter_does_not_fail(name: str, data: st.DataObject) -> None:
    platform = simulation(name)
    if "json" not in platform.payloads["text"]:
        return
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    _, odd = data.draw(mutated(name))
    request = request_of(platform, platform.encoded(odd, form=False))
    assert adapter.handshake(request, time.time()) is None
    with suppress(Malformed):
        for incoming in adapter.read(request):
            assert incoming.id
            assert incoming.sender
            msgspec.json.encode(incoming)


@pytest.mark.parametrize("name", NAMES)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda each: (
            st.lists(each, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "entry",
                        "changes",
                        "field",
                        "value",
                        "messages",
                        "message",
                        "from",
                        "chat",
                        "id",
                        "object",
                        "messaging",
                        "sender",
                        "events",
                        "type",
                        "event",
                        "event_callback",
                        "update_id",
                        "callback_query",
                        "payload",
                    ]
                ),
                each,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_read_or_malformed(name: str, value: Any) -> None:
    platform = simulation(name)
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    request = request_of(platform, msgspec.json.encode(value))
    adapter.handshake(request, time.time())
    with suppress(Malformed, msgspec.MsgspecError):
        adapter.read(request)


@pytest.mark.parametrize(
    ("name", "changed", "kind", "text"),
    [
        ("whatsapp", {"image": None, "timestamp": "soon"}, Kind.TEXT, EMERGENCY),
        ("whatsapp", {"type": None}, Kind.TEXT, EMERGENCY),
        ("whatsapp", {"id": None}, Kind.TEXT, EMERGENCY),
        ("whatsapp", {"text": None}, Kind.EMPTY, ""),
        ("whatsapp", {"text": {"body": ["a"]}}, Kind.EMPTY, ""),
        ("whatsapp", {"text": {"body": 7}}, Kind.TEXT, "7"),
        ("whatsapp", {"from": None}, None, ""),
        ("messenger", {"timestamp": "soon"}, Kind.TEXT, EMERGENCY),
        ("messenger", {"message": 7}, Kind.EMPTY, ""),
        ("messenger", {"message": {"text": EMERGENCY}}, Kind.TEXT, EMERGENCY),
        ("messenger", {"message": {"mid": "m", "text": EMERGENCY, "attachments": 7}}, Kind.TEXT, EMERGENCY),
        ("messenger", {"sender": None}, None, ""),
        ("telegram", {"entities": [None, {"type": 7}]}, Kind.TEXT, EMERGENCY),
        ("telegram", {"from": None}, Kind.TEXT, EMERGENCY),
        ("telegram", {"chat": None}, Kind.TEXT, EMERGENCY),
        ("telegram", {"text": None}, Kind.MEDIA, ""),
        ("telegram", {"chat": None, "from": None}, None, ""),
        ("slack", {"user": None}, Kind.TEXT, EMERGENCY),
        ("slack", {"files": 7, "thread_ts": None}, Kind.TEXT, EMERGENCY),
        ("slack", {"text": None}, Kind.EMPTY, ""),
        ("slack", {"channel_type": None}, Kind.TEXT, EMERGENCY),
        ("slack", {"channel": None}, None, ""),
        ("matrix", {"event_id": None}, Kind.TEXT, EMERGENCY),
        ("matrix", {"content": None}, Kind.MEDIA, ""),
        ("matrix", {"content": {"msgtype": "m.text", "body": 7}}, Kind.EMPTY, ""),
        ("matrix", {"room_id": None}, None, ""),
        ("matrix", {"sender": None}, None, ""),
    ],
)
def test_of_an_odd_message_the_words_are_read_if_they_are_there_and_the_patient_is_answered_if_known(
    name: str, changed: dict[str, Any], kind: Kind | None, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    platform = simulation(name)
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    body = deepcopy(filled(platform.payloads["text"]["json"], platform.values(7, "anna", EMERGENCY)))
    message = body
    for key in WHERE[name]:
        message = message[key]
    message.update(changed)
    request = request_of(platform, platform.encoded(body, form=False))
    found = adapter.read(request)
    assert [(each.kind, each.text) for each in found] == ([] if kind is None else [(kind, text)])
    assert adapter.read(request) == found
    assert len(caplog.records) == (2 if kind is None else 0)
    assert "breathe" not in caplog.text
    assert str(platform.person("anna")) not in caplog.text


# Where the message stands in a platform's payload `text`.
WHERE: dict[str, tuple[Any, ...]] = {
    "whatsapp": ("entry", 0, "changes", 0, "value", "messages", 0),
    "messenger": ("entry", 0, "messaging", 0),
    "telegram": ("message",),
    "slack": ("event",),
    "matrix": ("events", 0),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_request_is_not_believed(platform: Simulation, adapter: Platform) -> None:
    body, now = platform.body("text"), time.time()
    good = request_of(platform, body)
    assert adapter.genuine(good, now)
    secret = next(name for name in good.headers if "signature" in name or "secret" in name or name == "authorization")
    for forged in ("", "x", good.headers[secret][:-1], good.headers[secret] + "x", good.headers[secret].swapcase(), "ÿ\udcff"):
        assert not adapter.genuine(msgspec.structs.replace(good, headers={**good.headers, secret: forged}), now), forged
    missing = {name: value for name, value in good.headers.items() if name != secret}
    assert not adapter.genuine(msgspec.structs.replace(good, headers=missing), now)
    if "signature" in secret:
        for tampered in (body + b" ", body.replace(b"droops", b"hurts!"), b""):
            assert not adapter.genuine(msgspec.structs.replace(good, body=tampered), now)


@pytest.mark.parametrize("name", NAMES)
def test_the_start_is_refused_without_a_secret(platform: Simulation) -> None:
    kind = channel_of(platform).platform
    options = platform.options(API)
    required = [field.name for field in msgspec.structs.fields(kind.Options) if field.required]
    assert any("token" in name or "secret" in name for name in required)
    for missing in required:
        for broken in ({k: v for k, v in options.items() if k != missing}, {**options, missing: " "}):
            with pytest.raises(SettingsError, match=f"{missing}.*docs/channels/{platform.name}.md"):
                adapter_of(kind, broken)
    with pytest.raises(SettingsError, match="tokn"):
        adapter_of(kind, {**options, "tokn": "x"})
    for secret in (name for name in options if name.endswith(("_token", "_secret"))):
        for guessed in ("x", "x" * 20, *(["1234567"] if secret in MADE_UP else [])):
            with pytest.raises(SettingsError, match=rf"^{kind.name}: `{secret}`: this is easily guessed"):
                adapter_of(kind, {**options, secret: guessed})


def test_slack_believes_no_request_that_is_older_than_five_minutes() -> None:
    platform = simulation("slack")
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    now, body = time.time(), platform.body("text")
    ages = {age: adapter.genuine(request_of(platform, body, at=now - age), now) for age in (-400, 0, 290, 310, 600)}
    assert ages == {-400: False, 0: True, 290: True, 310: False, 600: False}
    odd = request_of(platform, body, **{"X-Slack-Request-Timestamp": "soon"})
    assert not adapter.genuine(odd, now)


def test_meta_believes_no_sha1() -> None:
    platform = simulation("messenger")
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    good = request_of(platform, platform.body("text"))
    headers = {"x-hub-signature": good.headers["x-hub-signature-256"].replace("sha256", "sha1")}
    assert not adapter.genuine(msgspec.structs.replace(good, headers=headers), time.time())


def test_twilio_signs_the_public_address_wherever_it_is_known_from() -> None:
    platform = simulation("twilio")
    public = "https://bot.clinic.example/webhooks/twilio/webhook"
    told = adapter_of(channel_of(platform).platform, {**platform.options(API), "url": public})
    body, now = platform.body("text"), time.time()
    request = Request(
        method="POST", url="http://10.0.0.7:5005/webhooks/twilio/webhook", query={}, body=body,
        headers={name.lower(): value for name, value in platform.headers(body, public, now).items()},
    )  # fmt: skip
    assert told.genuine(request, now)
    untold = adapter_of(channel_of(platform).platform, platform.options(API))
    assert not untold.genuine(request, now)
    assert untold.genuine(msgspec.structs.replace(request, url=public), now)
    assert not untold.genuine(msgspec.structs.replace(request, url="http://[odd:port"), now)


@pytest.mark.parametrize("name", ["whatsapp", "messenger"])
@pytest.mark.parametrize(
    ("mode", "token", "status", "body"),
    [
        ("subscribe", "meatyhamhock", 200, "1158201444"),
        ("subscribe", "meatyhamhoc", 403, "refused"),
        ("subscribe", "", 403, "refused"),
        ("", "meatyhamhock", 403, "refused"),
    ],
)
def test_meta_gets_its_challenge_back(adapter: Platform, mode: str, token: str, status: int, body: str) -> None:
    query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": "1158201444"}
    response = adapter.handshake(Request(method="GET", url="https://x.example", headers={}, query=query, body=b""), 0.0)
    assert response is not None
    assert (response.status, response.body) == (status, body)


def test_slack_gets_its_challenge_back_if_it_is_slack() -> None:
    platform = simulation("slack")
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    body = b'{"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV", "type": "url_verification"}'
    response = adapter.handshake(request_of(platform, body), time.time())
    assert response is not None
    assert response.body == "3eZbrw1aBm2rZgRNFdxV"
    assert adapter.handshake(request_of(platform, body, **{"X-Slack-Signature": "v0=0"}), time.time()) is None


def test_a_homeserver_may_ask_who_we_are() -> None:
    platform = simulation("matrix")
    adapter = adapter_of(channel_of(platform).platform, platform.options(API))
    base, good = "https://bot.clinic.example/webhooks/matrix/webhook/_matrix/app/v1", {"authorization": "Bearer hs-secret"}

    def asked(method: str, path: str, headers: dict[str, str] = good) -> int | None:
        request = Request(method=method, url=base + path, headers=headers, query={}, body=b"{}")
        response = adapter.handshake(request, 0.0)
        return None if response is None else response.status

    assert asked("POST", "/ping") == 200
    assert asked("GET", "/users/%40aftercheck%3Aclinic.example") == 200
    assert asked("GET", "/users/%40else%3Aclinic.example") == 404
    assert asked("GET", "/rooms/%23room%3Aclinic.example") == 404
    assert asked("POST", "/ping", {}) is None
