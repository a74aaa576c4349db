"""How soon a phone can use the chat: a processor four times slower, and a slow 4G line (150 ms, 1.6 Mbit/s)."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.chat import Chat
from tests.serving import Server

RUNS = 5
USABLE_MS = 300
REPLY_MS = 3000
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}

# When the script was there, and when the text field first took what is typed.
CLOCK = """
new MutationObserver((_, observer) => {
    const input = document.querySelector('aftercheck-chat')?.shadowRoot?.querySelector('textarea');
    if (!input) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.usable = performance.now(); }));
}).observe(document, {childList: true, subtree: true, attributes: true});
customElements.whenDefined('aftercheck-chat').then(() => document.documentElement.toggleAttribute('data-there'));
"""
LOADED = "performance.getEntriesByType('resource').find(({name}) => name.includes('aftercheck-chat.js'))"


def measured(browser: Browser, url: str) -> tuple[float, float, float]:
    """Milliseconds: from the script's first byte asked for, and from its last byte, to usable input; and from send to reply."""
    chat = Chat(browser, "about:blank", is_mobile=True, has_touch=True)
    line = chat.context.new_cdp_session(chat.page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    chat.page.add_init_script(CLOCK)
    chat.page.goto(url)
    expect(chat.input).to_be_editable()
    chat.page.wait_for_timeout(500)
    asked, there, usable = chat.page.evaluate(f"[{LOADED}.startTime, {LOADED}.responseEnd, window.usable]")
    chat.input.fill("I cannot breathe")
    sent = chat.page.evaluate("performance.now()")
    chat.input.press("Enter")
    chat.card.wait_for()
    reply = chat.page.evaluate("performance.now()") - sent
    chat.context.close()
    return usable - asked, usable - there, reply


def test_a_throttled_phone_can_use_it_soon(browser: Browser, server: Server) -> None:
    runs = [measured(browser, f"{server.url}/") for _ in range(RUNS)]
    # The best run: what else the machine does comes on top of a processor that is four times slower already.
    asked, there, reply = (min(column) for column in zip(*runs, strict=True))
    print(f"usable after {asked:.0f} ms from asking for the script, {there:.0f} ms from having it; reply after {reply:.0f} ms")
    assert there <= USABLE_MS
    assert reply <= REPLY_MS
