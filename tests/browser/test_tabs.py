"""A reload, several tabs, and somebody else's browser."""

from __future__ import annotations

from playwright.sync_api import Browser, Route, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.serving import Server

EMERGENCY = "I cannot breathe"
TOKEN = "JSON.parse(Object.values(sessionStorage)[0]).token"


def test_a_reload_keeps_the_conversation_and_what_was_chosen(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("My left upper eyelid has been drooping since yesterday")
    chat.choose(chat.none_of_these())
    said, chosen = chat.texts(), chat.page.locator(".chosen").all_text_contents()
    chat.page.reload()
    chat.greeted()
    expect(chat.answers.first).to_be_visible()
    assert chat.texts() == said
    assert chat.page.locator(".chosen").all_text_contents() == chosen
    expect(chat.page.locator("[aria-live=polite]")).to_contain_text("Your chat is still here.")
    chat.to_the_card()


def test_an_emergency_is_one_after_a_reload_too(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say(EMERGENCY)
    chat.page.reload()
    expect(chat.card.locator("a[href='tel:911']")).to_be_visible()


def test_two_tabs_show_the_same_conversation(open_chat: Open) -> None:
    first = open_chat().greeted()
    first.say("I have a headache")
    second = open_chat(context=first.context).greeted()
    expect(second.mine).to_have_count(1)
    second.say("It began two days ago")
    expect(first.mine).to_have_count(2)
    assert first.texts() == second.texts()
    first.say(EMERGENCY)
    expect(second.card).to_be_visible()
    assert first.texts() == second.texts()


def test_a_tab_that_was_there_before_joins_in(open_chat: Open) -> None:
    first = open_chat().greeted()
    second = open_chat(context=first.context).greeted()
    first.say("I have a headache")
    expect(second.mine).to_have_count(1)
    assert first.texts() == second.texts()


def test_tabs_that_begin_at_the_same_time_have_one_conversation(open_chat: Open) -> None:
    first = open_chat().greeted()
    second = open_chat(context=first.context).greeted()
    asked: list[str] = []

    def slowly(route: Route) -> None:
        """Long enough that both would ask for a session, if neither knew of the other."""
        asked.append(route.request.url)
        first.page.wait_for_timeout(300)
        route.continue_()

    first.context.route("**/webhooks/web/session", slowly)
    for chat in (first, second):
        chat.page.evaluate("document.querySelector('aftercheck-chat').shadowRoot.querySelector('textarea').focus()")
    for chat, text in ((first, "I have a headache"), (second, "It began two days ago")):
        chat.input.fill(text)
        chat.input.press("Enter")
    for chat in (first, second):
        expect(chat.mine).to_have_count(2)
    assert len(asked) == 1
    assert first.page.evaluate(TOKEN) == second.page.evaluate(TOKEN)


def test_starting_over_in_one_tab_clears_the_other(open_chat: Open) -> None:
    first = open_chat().greeted()
    first.say("I have a headache")
    second = open_chat(context=first.context).greeted()
    expect(second.mine).to_have_count(1)
    first.page.get_by_role("button", name="Start over").click()
    first.page.get_by_role("button", name="Yes, start over").click()
    expect(second.page.locator(".note")).to_contain_text("cleared in another window")
    assert second.texts()[1:] == []
    assert second.page.evaluate("sessionStorage.length") == 0
    second.say(EMERGENCY)
    expect(second.card).to_be_visible()


def test_another_browser_gets_nothing_of_the_conversation(open_chat: Open, browser: Browser, server: Server) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    token = str(chat.page.evaluate(TOKEN))
    session = token.split(".")[0]
    key = chat.page.evaluate("Object.keys(sessionStorage)[0]")
    thief = Chat(browser, server.url).greeted()
    for forged in (session, f"{session}..", token[:-1] + ("0" if token[-1] != "0" else "1")):
        thief.page.evaluate(
            "([key, token]) => sessionStorage.setItem(key, JSON.stringify({token, waiting: []}))", [key, forged]
        )
        thief.page.reload()
        expect(thief.page.locator(".note")).to_contain_text("it begins again")
        assert "headache" not in (thief.page.locator(".log").text_content() or "")
    thief.context.close()
