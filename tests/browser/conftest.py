"""A browser, and pages of the widget in it that must not make the browser complain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chat import Chat, chromium
from tests.serving import Server

Open = Callable[..., Chat]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_chat(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens the page. In the end, the browser must have had nothing to complain of that the test did not expect."""
    chats: list[Chat] = []

    def open_one(path: str = "/", **options: Any) -> Chat:
        chats.append(Chat(browser, server.url + path, **options))
        return chats[-1]

    yield open_one
    for chat in chats:
        chat.context.close()
        assert chat.complaints == []
