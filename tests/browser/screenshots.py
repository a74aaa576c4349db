"""Writes the pictures of the README: `make screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.settings import ROOT
from tests.browser.chat import MOST_QUESTIONS, Chat, chromium
from tests.serving import Server

FOLDER = ROOT / "docs" / "screenshots"
DROOP = "My left eyelid has been drooping since yesterday"


def main() -> None:
    """A question, an assessment and an emergency, each on a phone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server, chromium() as browser:

        def opened() -> Chat:
            phone = {"device_scale_factor": 2, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
            return Chat(browser, server.url, **phone).greeted()

        chat = opened()
        chat.say(DROOP)
        picture(chat, "question")
        for _ in range(MOST_QUESTIONS):
            if chat.page.locator("#log > .card").count():
                break
            chat.none_of_these().click() if chat.answers.count() else chat.say("2 days ago")
            chat.wait()
        picture(chat, "assessment")
        chat = opened()
        chat.say("I cannot swallow and my breathing feels tight")
        picture(chat, "emergency")


def picture(chat: Chat, name: str) -> None:
    """What the phone shows now."""
    file = FOLDER / f"{name}.png"
    chat.page.screenshot(path=file)
    print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
