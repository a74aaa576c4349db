"""The widget as a patient uses it, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
# No conversation asks more than this.
MOST_QUESTIONS = 14
# The machine of the tests may be busy with others.
expect.set_options(timeout=10_000)
# The element that has the focus, within the widget too.
FOCUSED = "(document.activeElement?.shadowRoot ?? document).activeElement"


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
    """An open page with the widget. What the browser complained of is in `complaints`."""

    def __init__(self, browser: Browser, url: str, context: BrowserContext | None = None, **options: Any) -> None:
        self.context = context or browser.new_context(**{"viewport": PHONE, **options})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        self.page.on("console", lambda message: self._complain(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.addresses.append(request.url))
        self.page.goto(url)

    def _complain(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def expected(self, *words: str) -> None:
        """What the browser complained of so far is what the test did: each complaint has one of these words."""
        assert [complaint for complaint in self.complaints if not any(word in complaint for word in words)] == []
        self.complaints.clear()

    @property
    def input(self) -> Locator:
        return self.page.get_by_label("Your message")

    @property
    def log(self) -> Locator:
        """All that was said, in order."""
        return self.page.locator(".log > .message")

    @property
    def mine(self) -> Locator:
        """What the patient said."""
        return self.page.locator(".log > .you")

    @property
    def replies(self) -> Locator:
        """What Aftercheck said, cards included."""
        return self.page.locator(".log > .bot, .log > .card")

    @property
    def answers(self) -> Locator:
        """The quick replies that can be chosen now."""
        return self.page.locator(".answers button:enabled")

    @property
    def card(self) -> Locator:
        """The last assessment."""
        return self.page.locator(".log > .card").last

    def texts(self) -> list[str]:
        """What was said, who said it included, without the times."""
        shown = self.log.evaluate_all("all => all.map(each => each.className + ': ' + each.querySelector('.body').textContent)")
        return [text.replace("message ", "").replace(" greeting", "") for text in shown]

    def greeted(self) -> Chat:
        """Until the greeting is there."""
        expect(self.replies.first).to_contain_text("Hello")
        return self

    def answered(self, before: int) -> None:
        """Until there are more than `before` replies, and none is on its way."""
        expect(self.replies).not_to_have_count(before, timeout=15_000)
        expect(self.page.locator(".typing")).to_be_hidden()
        expect(self.page.locator(".way")).to_have_count(0)

    def say(self, text: str) -> None:
        """Type a message, send it with the Enter key and wait for the answer."""
        before = self.replies.count()
        self.input.fill(text)
        self.input.press("Enter")
        self.answered(before)

    def choose(self, answer: Locator) -> None:
        """Choose a quick reply and wait for what follows."""
        before = self.replies.count()
        answer.click()
        self.answered(before)

    def none_of_these(self) -> Locator:
        """The quick reply that says no, or the first one where none does."""
        none = self.page.locator(".answers button.none:enabled")
        return none if none.count() else self.answers.first

    def to_the_card(self) -> None:
        """Answer all questions with no."""
        for _ in range(MOST_QUESTIONS):
            if self.card.count():
                return
            self.choose(self.none_of_these()) if self.answers.count() else self.say("2 days ago")

    def width_is_kept(self) -> bool:
        """Whether nothing reaches out of the page sideways, nor out of the panel."""
        within = "(panel) => [panel, ...panel.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)"
        page = bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
        return page and bool(self.page.locator(".panel").evaluate(within))

    def focused(self, what: str) -> Any:
        """Something of the element that has the focus, as JavaScript: `.tagName`."""
        return self.page.evaluate(f"{FOCUSED}{what}")
