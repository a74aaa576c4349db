"""Writes the pictures of the README and the docs: `make screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from bot.settings import ROOT
from tests.browser.chat import Chat, chromium
from tests.serving import Server

FOLDER = ROOT / "docs" / "screenshots"
STORY = "I had the injections 6 days ago. My left upper eyelid has been drooping for 2 days"
EMERGENCY = "I cannot swallow and my breathing feels tight"
PHONE = {"device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def main() -> None:
    """The main states, on a phone, in the dark, and on a clinic's page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server, chromium() as browser:

        def opened(path: str = "/", **options: Any) -> Chat:
            return Chat(browser, server.url + path, reduced_motion="reduce", **options)

        chat = opened(**PHONE).greeted()
        picture(chat, "greeting")
        chat.say(STORY)
        picture(chat, "question")
        chat.page.locator(".place-button").click()
        for place in ("left upper eyelid", "left eyebrow"):
            chat.page.get_by_role("button", name=place).click()
        picture(chat, "where")
        chat.page.get_by_role("button", name="Cancel").click()
        chat.to_the_card()
        picture(chat, "assessment")
        chat.card.locator(".timeline").evaluate("timeline => timeline.scrollIntoView({block: 'center'})")
        picture(chat, "timeline")

        chat = opened(**PHONE).greeted()
        chat.say(EMERGENCY)
        picture(chat, "emergency")

        chat = opened(color_scheme="dark", **PHONE).greeted()
        chat.say(STORY)
        chat.to_the_card()
        picture(chat, "dark")

        chat = opened(**PHONE).greeted()
        chat.say("I have a headache")
        chat.context.set_offline(True)
        expect(chat.page.locator(".offline")).to_be_visible()
        chat.input.fill("It began two days ago")
        chat.input.press("Enter")
        expect(chat.page.locator(".failed")).to_be_visible()
        picture(chat, "not-sent")

        chat = opened("/embed", viewport={"width": 1180, "height": 760})
        chat.page.get_by_role("button", name="Check how you feel").click()
        chat.greeted()
        chat.say("My smile is crooked on the left")
        picture(chat, "embed")


def picture(chat: Chat, name: str) -> None:
    """What the screen shows now."""
    file = FOLDER / f"{name}.png"
    chat.page.mouse.move(0, 0)
    chat.page.screenshot(path=file)
    print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
