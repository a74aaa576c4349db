"""The widget with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chat import MOST_QUESTIONS, Chat
from tests.browser.conftest import Open

DROOP = "My left upper eyelid has been drooping since yesterday"


def press_until(chat: Chat, key: str, what: str, wanted: str, most: int = 40) -> None:
    """Press a key until something of the element with the focus is as wanted."""
    for _ in range(most):
        if wanted in str(chat.focused(what)):
            return
        chat.page.keyboard.press(key)
    raise AssertionError(f"{key} did not lead to {wanted}")


def test_a_whole_conversation(open_chat: Open) -> None:
    chat = open_chat().greeted()
    keyboard = chat.page.keyboard
    press_until(chat, "Tab", ".tagName", "TEXTAREA")
    keyboard.type(DROOP)
    keyboard.press("Enter")
    chat.answered(1)
    for _ in range(MOST_QUESTIONS):
        if chat.card.count():
            break
        before = chat.replies.count()
        if chat.answers.count():
            press_until(chat, "Shift+Tab", "?.closest('.answers')?.className", "answers")
            none = chat.none_of_these().text_content() or ""
            press_until(chat, "ArrowDown", ".textContent", none)
            keyboard.press("Enter")
        else:
            keyboard.type("2 days ago")
            keyboard.press("Enter")
        assert chat.focused(".tagName") == "TEXTAREA"
        chat.answered(before)
        assert chat.focused(".tagName") == "TEXTAREA"
    expect(chat.card).to_be_visible()
    press_until(chat, "Shift+Tab", ".textContent", "Save as a file")
    press_until(chat, "Shift+Tab", ".textContent", "Print")


def test_the_messages_scroll(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("I cannot breathe")
    press_until(chat, "Shift+Tab", ".className", "scroll")
    chat.page.keyboard.press("Home")
    expect(chat.page.locator(".greeting")).to_be_in_viewport()
    chat.page.keyboard.press("End")
    expect(chat.page.locator(".greeting")).not_to_be_in_viewport()


def test_the_picture(open_chat: Open) -> None:
    chat = open_chat().greeted()
    keyboard = chat.page.keyboard
    chat.say(DROOP)
    press_until(chat, "Shift+Tab", ".className", "place-button")
    keyboard.press("Enter")
    dialog = chat.page.get_by_role("dialog", name="Show where it is")
    expect(dialog).to_be_visible()
    press_until(chat, "Tab", "?.getAttribute('role')", "button")
    for _ in range(2):
        keyboard.press("ArrowRight")
    assert chat.focused(".getAttribute('aria-label')").startswith("left")
    press_until(chat, "ArrowDown", ".getAttribute('aria-label')", "left upper eyelid")
    keyboard.press("Space")
    expect(dialog.get_by_role("button", name="left upper eyelid")).to_have_attribute("aria-pressed", "true")
    expect(dialog.get_by_text("Picked: left upper eyelid.")).to_be_visible()
    press_until(chat, "Tab", ".textContent", "Done")
    before = chat.replies.count()
    keyboard.press("Enter")
    chat.answered(before)
    expect(chat.mine.last).to_contain_text("It is here: left upper eyelid.")
    assert chat.focused(".tagName") == "TEXTAREA"


def test_escape_closes_the_picture_and_the_focus_is_not_lost(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.locator(".place-button").click()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    assert chat.focused(".tagName") == "TEXTAREA"


def test_a_floating_chat_opens_and_closes_and_gives_the_focus_back(open_chat: Open) -> None:
    chat = open_chat("/embed", viewport={"width": 1000, "height": 800})
    launcher = chat.page.get_by_role("button", name="Check how you feel")
    press_until(chat, "Tab", ".className", "launcher")
    chat.page.keyboard.press("Enter")
    assert chat.focused(".tagName") == "TEXTAREA"
    chat.greeted()
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator(".panel")).to_be_hidden()
    expect(launcher).to_be_focused()
    expect(launcher).to_have_attribute("aria-expanded", "false")


def test_asking_before_starting_over_keeps_the_focus_inside_and_gives_it_back(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.say("I have a headache")
    start = chat.page.get_by_role("button", name="Start over")
    start.focus()
    chat.page.keyboard.press("Enter")
    for _ in range(4):
        assert chat.focused("?.closest('dialog')?.className") == "confirm"
        chat.page.keyboard.press("Tab")
        if chat.focused(".tagName") == "BODY":  # the browser's own stop between the end and the beginning
            chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Escape")
    expect(start).to_be_focused()
