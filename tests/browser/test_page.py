"""What a patient sees and does on the page at `/`."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.serving import Answer, Server, request

DROOP = "My left upper eyelid has been drooping since yesterday"
EMERGENCY = "I cannot breathe"


def token_of(chat: Chat) -> str:
    return str(chat.page.evaluate("JSON.parse(Object.values(sessionStorage)[0]).token"))


def entries(server: Server, token: str) -> Answer:
    return request(server.url + "/webhooks/web/entries?after=0", headers={"Authorization": f"Bearer {token}"})


def test_the_page_greets_and_shows_how_to_get_help(open_chat: Open) -> None:
    chat = open_chat().greeted()
    expect(chat.page.get_by_text("Not an emergency service.", exact=True)).to_be_visible()
    expect(chat.page.locator(".safety a[href='tel:911']")).to_be_visible()
    expect(chat.page.locator(".tools a[href^='tel:+1555']")).to_be_visible()
    chat.page.get_by_text("All warning signs").click()
    assert chat.page.locator(".safety li:visible").count() > 5


def test_no_session_is_opened_by_looking_at_the_page(open_chat: Open) -> None:
    chat = open_chat().greeted()
    assert not [address for address in chat.addresses if "session" in address]
    with chat.page.expect_response("**/webhooks/web/session"):
        chat.input.focus()


def test_a_conversation_by_mouse_ends_with_a_card(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say(DROOP)
    chat.to_the_card()
    expect(chat.card).to_contain_text("This tool does not diagnose")
    expect(chat.card.locator("a[href^='tel:']:visible")).to_have_count(1)
    expect(chat.answers).to_have_count(0)
    assert chat.page.locator(".answers .chosen").count() == chat.page.locator(".answers").count()


def test_an_emergency_is_a_card_with_a_link_that_calls(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say(EMERGENCY)
    expect(chat.card).to_have_class("message card emergency")
    expect(chat.card.get_by_role("heading")).to_have_text("Emergency: Call now")
    expect(chat.card.locator("a[href='tel:911']")).to_be_in_viewport(ratio=1)
    expect(chat.page.locator("[role=alert]")).to_contain_text("Call 911 now")


def test_messages_say_when_they_were_said(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    expect(chat.mine.locator("time")).to_have_count(1)
    expect(chat.replies.last.locator("time")).to_have_count(1)


def test_after_a_quick_reply_the_keyboard_of_a_phone_stays_away(open_chat: Open) -> None:
    chat = open_chat(is_mobile=True, has_touch=True).greeted()
    chat.say(DROOP)
    chat.page.evaluate(
        "document.querySelector('aftercheck-chat').shadowRoot.querySelector('textarea')"
        ".addEventListener('focus', (event) => { window.keyboard = !event.target.readOnly })"
    )
    chat.page.locator(".scroll").focus()
    chat.choose(chat.none_of_these())
    assert chat.page.evaluate("window.keyboard") is False
    assert chat.focused(".tagName") == "TEXTAREA"
    assert chat.focused(".readOnly") is False


def test_the_timeline_and_the_summary(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("I had the injections 6 days ago. My left upper eyelid has been drooping for 2 days")
    chat.to_the_card()
    expect(chat.card.locator(".timeline li")).to_contain_text(["Treatment: day 0", "It began: day 4", "Today: day 6"])
    with chat.page.expect_download() as download:
        chat.card.get_by_role("button", name="Save as a file").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert "6 days ago" in text
    assert "This tool does not diagnose" in text
    chat.card.get_by_role("button", name="Print").click()
    printed = chat.page.locator("iframe").evaluate("frame => frame.contentDocument.body.innerText")
    assert "6 days ago" in printed
    assert "You said" not in printed.split("This tool")[1]


def test_starting_over_asks_clears_the_chat_and_is_forgotten_by_the_server(open_chat: Open, server: Server) -> None:
    chat = open_chat().greeted()
    chat.say(EMERGENCY)
    token = token_of(chat)
    chat.page.get_by_role("button", name="Start over").click()
    chat.page.get_by_role("button", name="No, keep my chat").click()
    expect(chat.card).to_be_visible()
    chat.page.get_by_role("button", name="Start over").click()
    chat.page.get_by_role("button", name="Yes, start over").click()
    expect(chat.page.locator(".note")).to_have_text("You have started over. The old chat is cleared.")
    expect(chat.page.locator(".log > .card")).to_have_count(0)
    assert entries(server, token).status == 401
    chat.say("I have a headache")
    expect(chat.page.locator(".log > .emergency")).to_have_count(0)


def test_leaving_quickly_wipes_all_and_leads_away_without_a_way_back(open_chat: Open, server: Server) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    token, pages = token_of(chat), chat.page.evaluate("history.length")
    chat.page.get_by_role("button", name="Leave quickly").click()
    chat.page.wait_for_url("about:blank")
    assert chat.page.evaluate("history.length") == pages  # it took the place of the chat
    chat.page.wait_for_timeout(300)
    assert entries(server, token).status == 401
    chat.page.goto(chat.addresses[0])
    chat.greeted()
    assert chat.texts()[1:] == []
    assert chat.page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_reaches_out_of_the_page(open_chat: Open, width: int) -> None:
    chat = open_chat(viewport={"width": width, "height": 568}).greeted()
    assert chat.width_is_kept()
    chat.say("I have had a headache since the day before yesterday " + "a" * 80)
    assert chat.width_is_kept()
    chat.say(EMERGENCY)
    assert chat.width_is_kept()


def test_a_message_that_is_too_long_comes_back_to_be_changed(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.input.fill("a" * 2001)
    chat.input.press("Enter")
    failed = chat.page.locator(".failed")
    expect(failed).to_contain_text("Your message is too long")
    failed.get_by_role("button", name="Change it").click()
    expect(chat.input).to_have_value("a" * 2001)
    expect(chat.mine).to_have_count(0)
    chat.expected("413")


def test_without_javascript_the_page_still_shows_how_to_get_help(open_chat: Open) -> None:
    chat = open_chat(java_script_enabled=False)
    expect(chat.page.get_by_text("This is not an emergency service.")).to_be_visible()
    expect(chat.page.get_by_role("link", name="911")).to_have_attribute("href", "tel:911")
    expect(chat.page.get_by_text("The chat needs JavaScript.")).to_be_visible()


@pytest.mark.parametrize("markup", ["<img src=x onerror=alert(1)> <b>pain</b>", "<script>alert(1)</script> my head hurts"])
def test_what_a_patient_writes_is_never_taken_for_a_page(open_chat: Open, markup: str) -> None:
    chat = open_chat().greeted()
    chat.say(markup)
    expect(chat.mine.last.locator(".body")).to_have_text(markup)
    assert chat.page.locator(".log img, .log b, .log script").count() == 0


def test_what_the_server_says_is_never_taken_for_a_page(open_chat: Open) -> None:
    chat = open_chat()
    hello = {
        "messages": [{"text": "Hello <img src=x onerror=alert(1)>\n\n- <b>one</b>"}],
        "clinic": {"name": "<i>Clinic</i>", "phone": "<u>1</u>", "phone_link": "javascript:alert(1)"},
        "emergency": {"number": "<s>911</s>", "link": "javascript:alert(1)"},
        "warning_signs": ["<script>alert(1)</script>"],
    }
    chat.page.route("**/webhooks/web/hello", lambda route: route.fulfill(json=hello))
    chat.page.reload()
    chat.greeted()
    expect(chat.page.locator(".clinic")).to_have_text("<i>Clinic</i>")
    assert chat.page.locator(".panel :is(img, b, i:not(.dots i), u, s, script, [href^=javascript])").count() == 0


def test_the_browser_keeps_the_token_and_no_word_of_the_patient(open_chat: Open, server: Server) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    kept = chat.page.evaluate("({...sessionStorage})")
    assert [sorted(json.loads(value)) for value in kept.values()] == [["token", "waiting"]]
    assert "headache" not in json.dumps(kept)
    assert chat.page.evaluate("localStorage.length + document.cookie.length") == 0
    assert chat.page.url == f"{server.url}/"


def test_only_our_own_server_is_asked_for_anything(open_chat: Open, server: Server) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    assert {address for address in chat.addresses if not address.startswith((server.url, "blob:"))} == set()
