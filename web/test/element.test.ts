// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import "../src/main.ts";
import type { AftercheckChat } from "../src/element.ts";
import { Panel } from "../src/panel.ts";
import { ENGLISH } from "../src/strings.ts";
import { summaryText } from "../src/summary.ts";
import type { Entry } from "../src/types.ts";

vi.mock("../src/styles.css", () => ({ default: "" }));

const HELLO = {
  messages: [{ text: "Hello.", custom: { type: "info" } }],
  clinic: { name: "Clinic", phone: "+1 555", phone_link: "tel:+1555" },
  emergency: { number: "911", link: "tel:911" },
  warning_signs: ["Chest pain"],
};
const said: [string, string | undefined][] = [];
let panel: Panel;

function makePanel(): Panel {
  said.length = 0;
  const none = () => {};
  const made = new Panel(
    { strings: ENGLISH, language: "en-US", floating: false, headingLevel: 2, emergency: { number: "999", link: "tel:999" } },
    { say: (text, title) => void said.push([text, title]), retry: none, prepare: none, startOver: none, leave: none, close: none, told: none },
  );
  document.body.replaceChildren(made.element);
  return made;
}

const one = <T extends Element = HTMLElement>(selector: string) => document.querySelector(selector) as T;
const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
const texts = (selector: string) => all(selector).map(({ textContent }) => textContent);
let number = 0;
const from = (who: Entry["from"], text: string, more: Partial<Entry> = {}): Entry => ({ number: ++number, at: 1764000000, from: who, text, ...more });
const question = (...titles: string[]) => ({ buttons: titles.map((title) => ({ title, payload: title.toLowerCase() })), custom: { type: "question", id: "sides", options: [] } });

beforeEach(() => {
  vi.useFakeTimers();
  panel = makePanel();
});
afterEach(() => vi.useRealTimers());

describe("the panel", () => {
  it("shows markup as text, whoever wrote it", () => {
    const markup = "<img src=x onerror=alert(1)>\n\n- <b>pain</b>";
    panel.show(from("patient", markup), false);
    panel.show(from("bot", markup, { buttons: [{ title: "<i>Left</i>", payload: "left" }] }), false);
    expect(all(".log img, .log b, .log i")).toEqual([]);
    expect(one(".you .body").textContent).toBe(markup);
    expect(texts(".bot .body li")).toEqual(["<b>pain</b>"]);
  });

  it("marks the chosen quick reply, and disables all of them", () => {
    panel.show(from("bot", "Which side?", question("Left", "Right")), false);
    all(".answers button")[0]?.click();
    expect(said).toEqual([["left", "Left"]]);
    panel.sending({ id: "a", text: "left", title: "Left" });
    expect(texts(".answers button")).toEqual(["Left (your answer)", "Right"]);
    expect(all(".answers button:not([disabled])")).toEqual([]);
    expect(one(".answers").getAttribute("role")).toBe("group");
  });

  it("has one stop for the Tab key among the quick replies, and moves it with the arrows", () => {
    panel.show(from("bot", "Which side?", question("Left", "Right", "Both")), false);
    const buttons = all(".answers button");
    const stops = () => buttons.map((button) => button.getAttribute("tabindex"));
    expect(stops()).toEqual(["0", "-1", "-1"]);
    buttons[0]?.focus();
    for (const [key, stop] of [["ArrowRight", 1], ["End", 2], ["ArrowRight", 0], ["ArrowUp", 2], ["Home", 0]] as const) {
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      expect(document.activeElement).toBe(buttons[stop]);
      expect(stops().indexOf("0")).toBe(stop);
    }
  });

  it("tells a screen reader politely what came, and at once what is an emergency", () => {
    panel.show(from("bot", "Which side?", question("Left", "Right")), false);
    expect(one("[aria-live=polite]").textContent).toContain("Aftercheck said: Which side? Answers to choose from: Left and Right.");
    expect(one("[role=alert]").textContent).toBe("");
    panel.show(from("bot", "Call 911 now.", { custom: { type: "assessment", level: "emergency" } }), false);
    expect(one("[role=alert]").textContent).toBe("Emergency: Call now. Call 911 now.");
    expect(one("[aria-live=polite]").textContent).not.toContain("Call 911");
  });

  it("does not read the whole conversation again after a reload", () => {
    panel.show(from("bot", "First"), true);
    panel.show(from("bot", "Second"), true);
    vi.advanceTimersByTime(1);
    expect(one("[aria-live=polite]").textContent).toBe("Your chat is still here. Aftercheck said: Second");
  });

  it("puts the numbers to call into a card even when they come later", () => {
    panel.show(from("bot", "Call now.", { custom: { type: "assessment", level: "emergency" } }), false);
    expect(one(".card a").getAttribute("href")).toBe("tel:999"); // the one that the page says
    panel.greet(HELLO);
    expect(one(".card a").getAttribute("href")).toBe("tel:911");
    expect(one(".safety p").textContent).toContain("Call 911 now");
    expect(one(".tools a").getAttribute("href")).toBe("tel:+1555");
  });

  it("calls only numbers: another link is not made", () => {
    panel.greet({ ...HELLO, emergency: { number: "help", link: "javascript:alert(1)" } });
    expect(all(".small-call")).toEqual([]);
    expect(one(".safety p").textContent).toContain("Call help now");
  });

  it("keeps what is not sent below what the server has, in the order in which it was said", () => {
    panel.sending({ id: "a", text: "one" });
    panel.sending({ id: "b", text: "two" });
    panel.show(from("bot", "earlier"), false);
    panel.show(from("patient", "one", { id: "a" }), false);
    panel.show(from("bot", "answer"), false);
    expect(texts(".message .body")).toEqual(["earlier", "one", "answer", "two"]);
  });

  it("shows an answer to what could not be kept right under it, and keeps it there", () => {
    const emergency = { text: "Call 911 now.", custom: { type: "assessment", level: "emergency" } };
    panel.sending({ id: "a", text: "help" });
    panel.sending({ id: "b", text: "two" });
    panel.failed({ id: "a", text: "help" }, { reason: "no_line", text: "" });
    panel.answered({ id: "a", text: "help" }, [emergency]);
    expect(texts(".message .body")).toEqual(["help", "Call 911 now.", "two"]);
    expect(one(".card .call a").getAttribute("href")).toBe("tel:999");
    expect(one("[role=alert]").textContent).toBe("Emergency: Call now. Call 911 now.");
    expect(texts(".failed strong")).toEqual(["Not sent."]);
    panel.show(from("bot", "earlier"), false);
    panel.show(from("patient", "help", { id: "a" }), false);
    panel.show(from("bot", emergency.text, emergency), false);
    expect(texts(".message .body")).toEqual(["earlier", "help", "Call 911 now.", "Call 911 now.", "two"]);
    expect(all(".failed")).toEqual([]);
    panel.clear();
    expect(all(".message")).toEqual([]);
  });

  it("says why a message was not sent, and what to do in danger", () => {
    panel.greet(HELLO);
    panel.sending({ id: "a", text: "one" });
    panel.failed({ id: "a", text: "one" }, { reason: "no_line", text: "" });
    expect(one(".failed").textContent).toContain("Not sent.");
    expect(one(".failed").textContent).toContain("do not wait for this chat. Call 911 now.");
    panel.sending({ id: "a", text: "one" });
    expect(all(".failed")).toEqual([]);
  });

  it("gives a message that is too long back to be changed", () => {
    panel.sending({ id: "a", text: "long" });
    panel.failed({ id: "a", text: "long" }, { reason: "too_long", text: "" });
    one(".failed button").click();
    expect(all(".you")).toEqual([]);
    expect(one<HTMLTextAreaElement>("textarea").value).toBe("long");
  });

  it.each([
    ["emergency", "Emergency: Call now"],
    ["same_day", "When to speak to your clinic: Today"],
    ["few_days", "When to contact your clinic: Within 1 to 3 days"],
    ["routine", "When to tell your clinic: At your review"],
  ])("shows the level %s with words and an icon", (level, heading) => {
    panel.show(from("bot", "Do this.", { custom: { type: "assessment", level } }), false);
    expect(one(".card [role=heading]").textContent).toBe(heading);
    expect(all(".card .head .icon")).toHaveLength(1);
  });

  it("shows a level that it does not know as a plain message", () => {
    panel.show(from("bot", "Do this.", { custom: { type: "assessment", level: "constructor" } }), false);
    expect(all(".card")).toEqual([]);
    expect(texts(".bot .body")).toEqual(["Do this."]);
  });

  it("offers the picture where the question is about a place", () => {
    panel.show(from("bot", "Which side?", question("Left")), false);
    expect(all(".where-button")).toHaveLength(1);
    one(".where-button").click();
    const places = all(".where [role=button]");
    expect(places.every((place) => place.getAttribute("aria-label") && place.getAttribute("aria-pressed") === "false")).toBe(true);
    const press = (name: string, key: string) =>
      places.find((place) => place.getAttribute("aria-label") === name)?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("left upper eyelid", " ");
    press("left eyebrow", "Enter");
    press("chin", " ");
    press("chin", " ");
    expect(one(".picked").textContent).toBe("Picked: left eyebrow and left upper eyelid.");
    one(".where .solid").click();
    expect(said).toEqual([["It is here: left eyebrow and left upper eyelid.", undefined]]);
  });

  it("shows the timeline with its words", () => {
    const timeline = { days_since_treatment: 6, onset_days_ago: 2, window: { from: 1, to: 14 } };
    panel.show(from("bot", "Do this.", { custom: { type: "assessment", level: "few_days", timeline } }), false);
    expect(texts(".timeline li")).toEqual(["Treatment: day 0", "It began: day 4", "Today: day 6", "When it mostly shows: day 1 to day 14"]);
  });

  it("takes everything that was said off the screen", () => {
    panel.greet(HELLO);
    panel.show(from("patient", "secret"), false);
    panel.composer.write("secret");
    panel.clear();
    expect(document.body.textContent).not.toContain("secret");
    expect(one<HTMLTextAreaElement>("textarea").value).toBe("");
    expect(texts(".greeting .body")).toEqual(["Hello."]);
  });
});

describe("the element", () => {
  const put = (markup: string): AftercheckChat => {
    const page = new DOMParser().parseFromString(markup, "text/html");
    document.body.replaceChildren(...page.body.children); // whole, as for a module script, which runs after the page is parsed
    return document.querySelector("aftercheck-chat") as AftercheckChat;
  };
  const within = (chat: AftercheckChat, selector: string) => chat.shadowRoot?.querySelector<HTMLElement>(selector);

  beforeEach(() => {
    sessionStorage.clear();
    vi.stubGlobal("fetch", vi.fn(async () => ({ ok: true, json: async () => HELLO })));
  });
  afterEach(() => {
    document.body.replaceChildren();
    vi.unstubAllGlobals();
  });

  it("takes the number to call from the page's own text until the server says it", () => {
    vi.stubGlobal("fetch", vi.fn(async () => Promise.reject(new Error("down"))));
    const chat = put(`<aftercheck-chat server="https://chat.example/"><a href="tel:112">112</a></aftercheck-chat>`);
    expect(within(chat, ".safety p")?.textContent).toContain("Call 112 now");
    expect(within(chat, ".small-call")?.getAttribute("href")).toBe("tel:112");
  });

  it("asks nothing of the server before a floating chat is opened", async () => {
    const chat = put(`<aftercheck-chat mode="floating" server="https://chat.example/pre"></aftercheck-chat>`);
    await vi.advanceTimersByTimeAsync(500);
    expect(fetch).not.toHaveBeenCalled();
    chat.open();
    await vi.advanceTimersByTimeAsync(500);
    expect(vi.mocked(fetch).mock.calls.map(([address]) => address)).toContain("https://chat.example/pre/webhooks/web/hello");
    expect(within(chat, ".launcher")?.getAttribute("aria-expanded")).toBe("true");
    chat.close();
    expect(within(chat, ".panel")?.hidden).toBe(true);
  });

  it("takes other texts as a property, also later", () => {
    const chat = put(`<aftercheck-chat server="https://chat.example/"></aftercheck-chat>`);
    chat.strings = { send: "Senden" } as never;
    expect(within(chat, ".send")?.textContent).toBe("Senden");
  });

  it("says what happens in events, without a word of the patient", () => {
    const chat = put(`<aftercheck-chat mode="floating" server="https://chat.example/"></aftercheck-chat>`);
    const heard: string[] = [];
    for (const name of ["open", "close", "end"]) document.body.addEventListener(`aftercheck-${name}`, (event) => heard.push(`${event.type} ${JSON.stringify((event as CustomEvent).detail)}`), { once: true });
    chat.open();
    chat.startOver();
    chat.close();
    expect(heard).toEqual(["aftercheck-open {}", "aftercheck-end {}", "aftercheck-close {}"]);
  });
});

describe("the summary", () => {
  it("is plain text with the lines of the server and what was said", () => {
    const custom = { summary: [{ label: "Sign", value: "Drooping eyelid" }] };
    expect(summaryText({ text: "Call today.", custom }, ENGLISH, "November 25, 2026")).toBe(
      "Aftercheck: summary of November 25, 2026\n\nSign: Drooping eyelid\n\nCall today.\n",
    );
  });
});
