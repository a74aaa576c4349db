"""No barrier that axe finds, in any state; and what axe does not look at: zoom, small screens, targets, motion, direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.settings import ROOT
from tests.browser.chat import PHONE, Chat
from tests.browser.conftest import Open

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
DROOP = "I had the injections 6 days ago. My left upper eyelid has been drooping for 2 days"


def barriers(chat: Chat) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its own best practices."""
    assert AXE.exists(), "axe-core is not installed: run `npm ci` in web/"
    chat.page.evaluate(AXE.read_text(encoding="utf-8"))  # not as a script element, which the page's policy forbids
    found: dict[str, Any] = chat.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found["violations"] for node in each["nodes"]
    ]


def question(chat: Chat) -> None:
    chat.say(DROOP)
    expect(chat.answers.first).to_be_visible()


def assessment(chat: Chat) -> None:
    chat.say(DROOP)
    chat.to_the_card()
    chat.card.locator(".timeline").scroll_into_view_if_needed()


def emergency(chat: Chat) -> None:
    chat.say("I cannot breathe")


def not_sent(chat: Chat) -> None:
    chat.page.route("**/webhooks/web/*", lambda route: route.abort())
    chat.input.fill("hello")
    chat.input.press("Enter")
    expect(chat.page.locator(".failed")).to_be_visible()


def picture(chat: Chat) -> None:
    chat.page.locator(".place-button").click()
    chat.page.get_by_role("button", name="left upper eyelid").click()


def asked_to_start_over(chat: Chat) -> None:
    chat.say("I have a headache")
    chat.page.get_by_role("button", name="Start over").click()


def warning_signs(chat: Chat) -> None:
    chat.page.get_by_text("All warning signs").click()


def greeting(chat: Chat) -> None:
    chat.greeted()


STATES: list[Callable[[Chat], None]] = [
    greeting,
    question,
    assessment,
    emergency,
    not_sent,
    picture,
    asked_to_start_over,
    warning_signs,
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_no_state_has_a_barrier(open_chat: Open, state: Callable[[Chat], None], scheme: str) -> None:
    chat = open_chat(color_scheme=scheme, reduced_motion="reduce").greeted()
    state(chat)
    assert barriers(chat) == []
    chat.expected("ERR_FAILED")


@pytest.mark.parametrize("opened", [False, True], ids=["closed", "open"])
def test_the_embed_example_has_no_barrier(open_chat: Open, opened: bool) -> None:
    chat = open_chat("/embed", viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
    if opened:
        chat.page.get_by_role("button", name="Check how you feel").click()
        chat.greeted()
    assert barriers(chat) == []


def test_without_javascript_the_page_has_a_heading_and_a_main_part(open_chat: Open) -> None:
    chat = open_chat(java_script_enabled=False)
    expect(chat.page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Aftercheck")


# A window of 1280 by 1024 at that zoom has so many pixels of the page's.
@pytest.mark.parametrize(("width", "height"), [(640, 512), (320, 256), (320, 568)], ids=["200 %", "400 %", "small phone"])
def test_everything_can_be_reached_when_zoomed(open_chat: Open, width: int, height: int) -> None:
    chat = open_chat(viewport={"width": width, "height": height}).greeted()
    assessment(chat)
    assert chat.width_is_kept()
    for each in [chat.card.get_by_role("button", name="Print"), chat.input, chat.page.locator(".safety a")]:
        each.scroll_into_view_if_needed()
        expect(each).to_be_in_viewport(ratio=0.9)
    chat.page.locator(".place-button").click()
    done = chat.page.get_by_role("button", name="Done")
    chat.page.get_by_role("button", name="left upper eyelid").click()
    done.scroll_into_view_if_needed()
    expect(done).to_be_in_viewport(ratio=0.9)


def test_letters_of_twice_the_size_fit(open_chat: Open) -> None:
    chat = open_chat(viewport={"width": 640, "height": 800}).greeted()
    chat.page.add_init_script("")
    chat.page.evaluate(
        "document.querySelector('aftercheck-chat').shadowRoot.host.style.setProperty('font-size', '32px', 'important')"
    )
    root = chat.page.locator(".root")
    root.evaluate("root => { root.style.fontSize = '34px' }")
    question(chat)
    assert chat.width_is_kept()


def test_more_space_between_letters_and_lines_cuts_nothing_off(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.locator(".root").evaluate(
        "root => { root.style.letterSpacing = '0.12em'; root.style.wordSpacing = '0.16em'; root.style.lineHeight = '1.5' }"
    )
    assessment(chat)
    assert chat.width_is_kept()
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow === 'hidden').length"
    assert chat.page.locator(".card *:not(.readers), .safety *:not(.readers)").evaluate_all(cut) == 0


@pytest.mark.parametrize("width", [320, 390])
def test_all_targets_are_large_enough(open_chat: Open, width: int) -> None:
    chat = open_chat(viewport={**PHONE, "width": width}).greeted()
    assessment(chat)
    picture(chat)
    sizes = """all => all.map(e => [e.getBoundingClientRect(), e]).filter(([box]) => box.width && box.height)
        .map(([box, e]) => [Math.min(box.width, box.height), e.getAttribute('aria-label') || e.textContent])"""
    targets: list[tuple[float, str]] = chat.page.locator("button, a[href], summary, textarea").evaluate_all(sizes)
    assert [target for target in targets if target[0] < 43.9] == []
    places: list[tuple[float, str]] = chat.page.locator(".place path:first-of-type").evaluate_all(sizes)
    assert len(places) > 20
    assert [place for place in places if place[0] < 24] == []


def test_what_has_the_focus_is_seen(open_chat: Open) -> None:
    chat = open_chat().greeted()
    question(chat)
    for _ in range(25):
        chat.page.keyboard.press("Tab")
        if chat.focused(".tagName") == "BODY":
            continue
        shown = chat.page.evaluate(
            """() => {
                const e = (document.activeElement?.shadowRoot ?? document).activeElement;
                const { outlineStyle, outlineWidth } = getComputedStyle(e);
                const box = e.getBoundingClientRect();
                const at = e.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
                return [outlineStyle, parseFloat(outlineWidth), e.contains(at) || at?.contains(e) || e.className];
            }"""
        )
        assert shown[0] == "solid"
        assert shown[1] >= 1
        assert shown[2] is True


def test_nothing_moves_for_those_who_ask_for_that(open_chat: Open) -> None:
    chat = open_chat(reduced_motion="reduce").greeted()
    emergency(chat)
    assert chat.page.evaluate("document.querySelector('aftercheck-chat').shadowRoot.getAnimations().length") == 0


def test_forced_colors_keep_what_is_picked_visible(open_chat: Open) -> None:
    chat = open_chat(forced_colors="active").greeted()
    picture(chat)
    fill = "place => getComputedStyle(place.querySelector('path')).fill"
    picked = chat.page.get_by_role("button", name="left upper eyelid").evaluate(fill)
    assert picked != chat.page.get_by_role("button", name="right upper eyelid").evaluate(fill)


def test_right_to_left_mirrors_the_chat_and_not_the_body(open_chat: Open) -> None:
    chat = open_chat().greeted()
    chat.page.evaluate(
        """() => {
            const chat = document.querySelector('aftercheck-chat');
            chat.dir = 'rtl';
            chat.strings = {send: 'أرسل', message_label: 'Your message'};
        }"""
    )
    chat.greeted()
    chat.say(DROOP)
    assert chat.width_is_kept()
    middle = "e => { const box = e.getBoundingClientRect(); return box.x + box.width / 2 }"
    assert chat.mine.locator(".body").evaluate(middle) < chat.replies.last.locator(".body").evaluate(middle)
    assert chat.page.get_by_role("button", name="أرسل").evaluate(middle) < chat.input.evaluate(middle)
    chat.page.locator(".place-button").click()
    left, right = (
        chat.page.get_by_role("button", name=f"{side} eye", exact=True).evaluate(middle) for side in ("left", "right")
    )
    assert left > right
