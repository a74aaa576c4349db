"""The chat page as a patient uses it, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
# No conversation asks more than this.
MOST_QUESTIONS = 14


@contextmanager
def chromium() -> Iterator[Browser]:
    """The chromium of this machine."""
    found = shutil.which("chromium")
    assert found, "chromium is not installed; on Debian: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Chat:
    """An open chat page. What the browser complained of is in `complaints`."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": PHONE, **options})
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._complain(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)

    def _complain(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    @property
    def input(self) -> Locator:
        return self.page.get_by_label("Your message")

    @property
    def replies(self) -> Locator:
        """What Aftercheck said, cards included."""
        return self.page.locator("#log > .bot, #log > .card")

    @property
    def answers(self) -> Locator:
        """The quick answers that can be chosen now."""
        return self.page.locator("fieldset:enabled button")

    @property
    def card(self) -> Locator:
        """The last assessment."""
        return self.page.locator("#log > .card").last

    def wait(self) -> None:
        """Until the page waits for the patient."""
        expect(self.page.locator("#reading")).to_be_empty()

    def greeted(self) -> Chat:
        """Until the greeting is there."""
        expect(self.replies.first).to_contain_text("Hello")
        return self

    def say(self, text: str) -> None:
        """Type a message, send it with the Enter key and wait for the answer."""
        self.input.fill(text)
        self.input.press("Enter")
        self.wait()

    def none_of_these(self) -> Locator:
        """The quick answer that says no, or the first one where none does."""
        none = self.page.locator("fieldset:enabled button.none")
        return none if none.count() else self.answers.first

    def width_is_kept(self) -> bool:
        """Whether nothing reaches out of the page sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
