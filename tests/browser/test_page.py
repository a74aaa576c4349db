from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import MOST_QUESTIONS, Chat, chromium
from tests.serving import Server

Open = Callable[..., Chat]
DROOP = "My left upper eyelid has been drooping since yesterday"
EMERGENCY = "I cannot breathe"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_chat(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens the page. In the end, the browser must have had nothing to complain of that the test did not expect."""
    chats: list[Chat] = []

    def open_one(**options: Any) -> Chat:
        chats.append(Chat(browser, server.url, **options))
        return chats[-1]

    yield open_one
    for chat in chats:
        chat.context.close()
        assert chat.complaints == []


def test_the_page_greets_and_shows_how_to_get_help(open_chat: Open) -> None:
    chat = open_chat().greeted()
    expect(chat.page.get_by_text("This is not an emergency service.")).to_be_visible()
    expect(chat.page.locator("footer a[href='tel:911']")).to_be_visible()
    expect(chat.page.locator("#clinic a[href^='tel:+1555']")).to_be_visible()
    chat.page.get_by_text("All warning signs").click()
    assert chat.page.locator("#signs li:visible").count() > 5


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_a_conversation_ends_with_a_card(open_chat: Open, how: str) -> None:
    chat = open_chat().greeted()
    chat.say(DROOP)
    for _ in range(MOST_QUESTIONS):
        if chat.page.locator("#log > .card").count():
            break
        if not chat.answers.count():
            chat.say("2 days ago")
        elif how == "mouse":
            chat.none_of_these().click()
        else:
            chat.none_of_these().focus()
            chat.page.keyboard.press("Enter")
        chat.wait()
        expect(chat.input).to_be_focused()
    expect(chat.card).to_be_visible()
    expect(chat.card).to_contain_text("This tool does not diagnose")
    expect(chat.card.locator("a[href^='tel:']:visible")).to_have_count(1)
    assert chat.page.locator("#log fieldset:enabled").count() == 0


def test_an_emergency_is_a_card_with_a_link_that_calls(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say(EMERGENCY)
    expect(chat.card).to_have_class("message card emergency")
    expect(chat.card.locator("a[href='tel:911']")).to_be_visible()
    expect(chat.card.locator("a[href='tel:911']")).to_be_in_viewport()
    expect(chat.card).to_contain_text("Call 911 now")


def test_starting_over_asks_and_then_clears_the_chat(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say(EMERGENCY)
    chat.page.get_by_role("button", name="Start over").click()
    chat.page.get_by_role("button", name="No, keep my chat").click()
    expect(chat.card).to_be_visible()
    chat.page.get_by_role("button", name="Start over").click()
    chat.page.get_by_role("button", name="Yes, start over").click()
    expect(chat.page.get_by_text("You have started over.")).to_be_visible()
    expect(chat.page.locator("#log > .card")).to_have_count(0)
    chat.say("I have a headache")
    expect(chat.page.locator("#log > .emergency")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_reaches_out_of_the_page(open_chat: Open, width: int) -> None:
    chat = open_chat(viewport={"width": width, "height": 568}).greeted()
    assert chat.width_is_kept()
    chat.say("I have had a headache since the day before yesterday " + "a" * 80)
    assert chat.width_is_kept()
    chat.say(EMERGENCY)
    assert chat.width_is_kept()


def test_a_message_that_did_not_arrive_can_be_sent_again(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.route("**/webhooks/web/message", lambda route: route.abort())
    chat.say(EMERGENCY)
    failed = chat.page.locator(".failed")
    expect(failed).to_contain_text("Not sent")
    expect(failed).to_contain_text("do not wait for this chat")
    chat.page.unroute("**/webhooks/web/message")
    failed.get_by_role("button", name="Try again").click()
    expect(chat.card).to_be_visible()
    expect(failed).to_have_count(0)
    assert all("ERR_FAILED" in complaint for complaint in chat.complaints)
    chat.complaints.clear()


def test_a_page_that_cannot_reach_the_server_says_so_and_can_try_again(open_chat: Open, server: Server) -> None:
    chat = open_chat().greeted()
    chat.page.route("**/webhooks/web/*", lambda route: route.abort())
    chat.page.reload()
    expect(chat.page.get_by_text("The chat did not start.")).to_be_visible()
    expect(chat.page.get_by_text("This is not an emergency service.")).to_be_visible()
    chat.page.unroute("**/webhooks/web/*")
    chat.page.get_by_role("button", name="Try again").click()
    chat.greeted()
    chat.complaints.clear()


def test_a_session_that_has_ended_begins_again(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.route("**/webhooks/web/message", lambda route: route.fulfill(status=401, json={"error": "ended"}), times=1)
    chat.say(EMERGENCY)
    expect(chat.page.get_by_text("it began again")).to_be_visible()
    expect(chat.card).to_be_visible()
    assert all("401" in complaint for complaint in chat.complaints)
    chat.complaints.clear()


def test_without_javascript_the_page_says_so_and_still_shows_how_to_get_help(open_chat: Open) -> None:
    chat = open_chat(java_script_enabled=False)
    expect(chat.page.locator("noscript p")).to_be_visible()
    expect(chat.page.locator("noscript p")).to_contain_text("This chat needs JavaScript")
    expect(chat.page.get_by_text("This is not an emergency service.")).to_be_visible()
    expect(chat.input).to_be_hidden()


def test_what_a_patient_writes_is_never_taken_for_a_page(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("<img src=x onerror=alert(1)> <b>pain</b>")
    expect(chat.page.locator("#log > .you").last).to_contain_text("<img src=x onerror=alert(1)>")
    assert chat.page.locator("#log img, #log b").count() == 0


def test_nothing_of_the_chat_stays_in_the_address_or_in_the_browser(open_chat: Open, server: Server) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    assert chat.page.url == f"{server.url}/"
    assert chat.page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
