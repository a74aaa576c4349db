"""Slow, cut and broken lines, and a server that is started again: nothing is lost, and nothing is said twice."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.serving import Server

EMERGENCY = "I cannot breathe"
CARD = "card emergency"
SOCKET = "**/webhooks/web/socket"
FAILED = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "WebSocket connection")


def test_a_message_that_did_not_arrive_can_be_sent_again(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.route("**/webhooks/web/session", lambda route: route.abort())
    chat.input.fill(EMERGENCY)
    chat.input.press("Enter")
    failed = chat.page.locator(".failed")
    expect(failed).to_contain_text("Not sent.")
    expect(failed).to_contain_text("do not wait for this chat. Call 911 now.")
    chat.page.unroute("**/webhooks/web/session")
    failed.get_by_role("button", name="Try again").click()
    expect(chat.card).to_be_visible()
    expect(failed).to_have_count(0)
    assert len(chat.texts()) == 3
    chat.expected(*FAILED)


def test_what_is_written_without_a_line_goes_out_in_order_when_it_is_back(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    said = len(chat.texts())
    chat.context.set_offline(True)
    expect(chat.page.locator(".offline")).to_be_visible()
    for text in ("It began two days ago", EMERGENCY):
        chat.input.fill(text)
        chat.input.press("Enter")
    expect(chat.page.locator(".failed")).to_have_count(2)
    chat.context.set_offline(False)
    expect(chat.card).to_be_visible(timeout=20_000)
    expect(chat.page.locator(".failed")).to_have_count(0)
    expect(chat.page.locator(".offline")).to_be_hidden()
    mine = [text for text in chat.texts()[said:] if text.startswith("you")]
    assert mine == ["you: It began two days ago", f"you: {EMERGENCY}"]
    chat.expected(*FAILED)


def test_a_lost_acknowledgement_doubles_nothing(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.route_web_socket(SOCKET, lambda socket: socket.close())
    lost: list[str] = []

    def lose(route: object) -> None:
        if not lost:
            route.fetch()  # type: ignore[attr-defined]
            lost.append("once")
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    chat.page.route("**/webhooks/web/message", lose)
    chat.input.fill(EMERGENCY)
    chat.input.press("Enter")
    expect(chat.card).to_be_visible(timeout=15_000)
    chat.page.wait_for_timeout(3000)
    expect(chat.page.locator(".failed")).to_have_count(0)
    assert lost
    assert [text for text in chat.texts() if text.startswith("you")] == [f"you: {EMERGENCY}"]
    assert chat.page.locator(".card").count() == 1
    chat.expected(*FAILED)


def test_an_emergency_is_answered_that_the_server_cannot_keep_and_delivered_once_it_can(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.route_web_socket(SOCKET, lambda socket: socket.close())
    tried: list[str] = []
    answer = {"text": "Call 911 now.", "custom": {"type": "assessment", "level": "emergency"}}

    def away(route: Route) -> None:
        said = json.loads(route.request.post_data or "")["text"]
        tried.append(said)
        urgent = {"replies": [answer]} if said == EMERGENCY else {}
        route.fulfill(status=503, json={"error": "unavailable", **urgent})

    chat.page.route("**/webhooks/web/message", away)
    for text in ("I have a headache", EMERGENCY):
        chat.input.fill(text)
        chat.input.press("Enter")
    expect(chat.card.locator("a[href='tel:911']")).to_be_visible(timeout=5_000)
    failed = chat.page.locator(".failed")
    expect(failed).to_have_count(2)
    expect(failed.first).to_contain_text("do not wait for this chat. Call 911 now.")
    chat.page.wait_for_timeout(11_000)  # it is tried again, and nothing is said twice
    assert tried.count("I have a headache") >= 2
    assert chat.page.locator(".card").count() == 1
    assert chat.texts()[1:] == ["you: I have a headache", f"you: {EMERGENCY}", f"{CARD}: Call 911 now."]
    chat.page.unroute("**/webhooks/web/message")
    failed.first.get_by_role("button", name="Try again").click()
    expect(chat.page.locator(".card")).to_have_count(2)
    expect(failed).to_have_count(0)
    mine = [text for text in chat.texts() if text.startswith("you")]
    assert mine == ["you: I have a headache", f"you: {EMERGENCY}"]
    chat.expected(*FAILED, "503")


def test_without_a_web_socket_the_chat_polls(open_chat: Open) -> None:
    chat = open_chat()
    chat.page.add_init_script("delete window.WebSocket; window.WebSocket = class { constructor() { throw new Error('no') } }")
    chat.page.reload()
    chat.greeted()
    chat.say("I have a headache")
    chat.to_the_card()
    assert [address for address in chat.addresses if "entries?after=" in address]
    chat.complaints.clear()


def test_a_slow_line_shows_that_it_is_under_way(open_chat: Open) -> None:
    chat = open_chat().greeted()
    line = chat.context.new_cdp_session(chat.page)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 800, "downloadThroughput": 6000, "uploadThroughput": 6000},
    )
    chat.input.fill(EMERGENCY)
    chat.input.press("Enter")
    expect(chat.page.locator(".way")).to_have_text("Sending")
    expect(chat.card).to_be_visible(timeout=20_000)
    assert len(chat.texts()) == 3


def test_a_page_whose_server_is_down_shows_how_to_get_help_and_starts_when_it_is_back(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.route("**/webhooks/web/*", lambda route: route.abort())
    chat.page.reload()
    expect(chat.page.locator(".no-greeting")).to_contain_text("I do not diagnose")
    expect(chat.page.locator(".safety")).to_contain_text("Call 911 now.")
    expect(chat.page.locator(".safety a[href='tel:911']")).to_be_visible()
    chat.page.unroute("**/webhooks/web/*")
    expect(chat.page.locator(".greeting")).to_contain_text("Hello", timeout=15_000)
    expect(chat.page.locator(".no-greeting")).to_have_count(0)
    chat.expected(*FAILED)


def test_a_session_that_the_server_forgot_begins_again(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    kept = "Object.entries(sessionStorage).find(([name]) => name !== 'aftercheck open')[0]"
    chat.page.evaluate(f"sessionStorage.setItem({kept}, JSON.stringify({{token: 'forgotten', waiting: []}}))")
    chat.page.reload()
    expect(chat.page.locator(".note")).to_contain_text("it begins again")
    chat.say(EMERGENCY)
    expect(chat.card).to_be_visible()
    chat.expected("401")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_server_that_is_started_again_goes_on_with_the_conversation(
    browser: Browser, trained: None, tmp_path: Path, how: signal.Signals
) -> None:
    settings = {"AFTERCHECK_SECRET": "a secret for tests that outlives the process"}
    with Server(tmp_path, **settings) as first:
        chat = Chat(browser, first.url).greeted()
        chat.say("My left upper eyelid has been drooping since yesterday")
        before = chat.texts()
        port = int(first.url.rsplit(":", 1)[1])
        first.process.send_signal(how)
        first.process.wait(5)
        expect(chat.page.locator(".offline")).to_be_visible(timeout=15_000)
        chat.input.fill("none of these")
        chat.input.press("Enter")
        expect(chat.page.locator(".failed")).to_have_count(1)
    with Server(tmp_path, port, **settings):
        expect(chat.page.locator(".failed")).to_have_count(0, timeout=30_000)
        chat.answered(len([text for text in before if not text.startswith("you")]))
        assert chat.texts()[: len(before)] == before
        assert chat.texts()[len(before)] == "you: none of these"
        chat.to_the_card()
        said = chat.texts()
        chat.page.reload()
        chat.greeted()
        expect(chat.card).to_be_visible()
        assert chat.texts() == said
        chat.context.close()
