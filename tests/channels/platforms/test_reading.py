"""What each platform's documented webhooks are read as, and which requests are believed. Nothing here is served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from bot.channels.messaging.channel import MADE_UP, MessagingChannel, adapter_of
from bot.channels.messaging.platform import Malformed, Platform, Request
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
