"""The widget on somebody else's page: another origin, a strict policy, and style sheets that mean no good."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import Chat
from tests.serving import Server

HOSTILE = """
html { font-size: 6px; direction: ltr; }
* { all: unset; color: yellow !important; background: black !important; font: 40px serif !important;
    letter-spacing: 9px !important; text-transform: uppercase !important; visibility: hidden; pointer-events: none;
    transform: rotate(3deg); display: none !important; }
html, body, main { display: block !important; visibility: visible; }
aftercheck-chat { display: none !important; position: static !important; width: 3px !important; height: 3px !important;
    opacity: 0.1 !important; filter: blur(9px) !important; zoom: 3 !important; clip-path: circle(1px) !important; }
button, textarea, a { border: 9px dotted lime !important; }
"""
PAGE = """<!doctype html><html lang="en"><head><title>A clinic</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/style.css">
<script type="module" crossorigin src="{server}/static/aftercheck-chat.js"></script></head>
<body><main><h1>A clinic</h1>
<aftercheck-chat mode="{mode}"><p>Call <a href="tel:911">911</a> now.</p></aftercheck-chat></main></body></html>"""


class Site(ThreadingHTTPServer):
    """A web site that shows the widget of `widget_of`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.widget_of = ""
        self.style = ""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        base = self.server.widget_of
        body = (
            self.server.style
            if self.path == "/style.css"
            else PAGE.format(server=base, mode=self.path.split("?")[0].strip("/"))
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if self.path == "/style.css" else "text/html")
        sources = f"script-src {base}; connect-src {base} {base.replace('http', 'ws')}; style-src 'self'"
        self.send_header(
            "Content-Security-Policy", f"default-src 'none'; {sources}; require-trusted-types-for 'script'; trusted-types"
        )
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, with a server that lets it in."""
    with Site() as site:
        threading.Thread(target=partial(site.serve_forever, 0.05), daemon=True).start()
        with Server(tmp_path_factory.mktemp("embed"), AFTERCHECK_ORIGINS=site.url) as server:
            site.widget_of = server.url
            yield site
            assert server.errors() == ""
        site.shutdown()


LOOKS = """panel => ['.panel', '.name', '.bot .body', '.send', 'textarea', '.safety', '.safety a'].map(selector => {
    const e = panel.getRootNode().querySelector(selector);
    const style = getComputedStyle(e);
    const names = ['color', 'backgroundColor', 'fontFamily', 'fontSize', 'letterSpacing', 'textTransform', 'display',
                   'visibility', 'borderTopStyle', 'borderTopColor', 'pointerEvents', 'opacity', 'direction', 'lineHeight'];
    return [selector, ...names.map(name => style[name])].join(' | ');
})"""


@pytest.mark.parametrize("mode", ["inline", "floating"])
def test_hostile_style_sheets_change_nothing(browser: Browser, site: Site, mode: str) -> None:
    looks = []
    for style in ("", HOSTILE):
        site.style = style
        chat = Chat(browser, f"{site.url}/{mode}", viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
        if mode == "floating":
            chat.page.get_by_role("button", name="Check how you feel").click()
        chat.greeted()
        looks.append((chat.page.locator(".panel").evaluate(LOOKS), chat.page.locator(".panel").bounding_box()))
        chat.say("I cannot breathe")
        expect(chat.card.locator("a[href='tel:911']")).to_be_in_viewport()
        assert chat.complaints == []
        assert (
            chat.page.locator("aftercheck-chat").evaluate("e => getComputedStyle(e).filter + getComputedStyle(e).opacity")
            == "none1"
        )
        chat.context.close()
    assert looks[0][0] == looks[1][0]
    if mode == "floating":
        assert looks[0][1] == looks[1][1]


def test_a_foreign_page_loads_nothing_but_the_widget_and_its_own(browser: Browser, site: Site) -> None:
    site.style = ""
    chat = Chat(browser, f"{site.url}/floating")
    chat.page.wait_for_timeout(300)
    loaded = [address.removeprefix(site.widget_of).removeprefix(site.url) for address in chat.addresses]
    assert loaded == ["/floating", "/style.css", "/static/aftercheck-chat.js"]  # nothing of the server before it is opened
    chat.page.get_by_role("button", name="Check how you feel").click()
    chat.greeted()
    chat.say("I have a headache")
    assert all(address.startswith((site.url, site.widget_of)) for address in chat.addresses)
    chat.context.close()


def test_a_floating_chat_stays_open_and_goes_on_over_pages(browser: Browser, site: Site) -> None:
    site.style = ""
    chat = Chat(browser, f"{site.url}/floating")
    chat.page.get_by_role("button", name="Check how you feel").click()
    chat.greeted()
    chat.say("I cannot breathe")
    chat.page.goto(f"{site.url}/floating?another")
    expect(chat.card.locator("a[href='tel:911']")).to_be_visible()
    chat.page.get_by_role("button", name="Close the chat").click()
    chat.page.reload()
    expect(chat.page.locator(".launcher")).to_be_visible()
    expect(chat.page.locator(".panel")).to_be_hidden()
    chat.context.close()


def test_a_page_that_was_not_let_in_still_says_whom_to_call(browser: Browser, site: Site, server: Server) -> None:
    allowed, site.widget_of, site.style = site.widget_of, server.url, ""
    chat = Chat(browser, f"{site.url}/inline")
    expect(chat.page.locator(".no-greeting")).to_be_visible()
    expect(chat.page.locator(".safety a[href='tel:911']")).to_be_visible()
    chat.context.close()
    site.widget_of = allowed


def test_a_page_without_the_script_says_whom_to_call(browser: Browser, site: Site) -> None:
    allowed, site.widget_of, site.style = site.widget_of, "http://127.0.0.1:9", ""
    chat = Chat(browser, f"{site.url}/floating")
    expect(chat.page.get_by_role("link", name="911")).to_be_visible()
    chat.context.close()
    site.widget_of = allowed


def test_the_picture_of_a_summary_prints_on_a_foreign_page(browser: Browser, site: Site, tmp_path: Path) -> None:
    site.style = HOSTILE
    chat = Chat(browser, f"{site.url}/inline")
    chat.greeted()
    chat.say("I cannot breathe")
    chat.card.get_by_role("button", name="Print").click()
    frame = chat.page.locator("iframe")
    assert "Call 911 now" in frame.evaluate("frame => frame.contentDocument.body.innerText")
    assert frame.evaluate("frame => getComputedStyle(frame.contentDocument.body).color") == "rgb(0, 0, 0)"
    assert chat.complaints == []
    chat.context.close()
