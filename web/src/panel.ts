/** The chat as it is seen: the frame, the messages in their order, and what became of each that was sent. */

import { Announcer } from "./announce.ts";
import { Composer } from "./composer.ts";
import { LONGEST_MESSAGE, type Failure, type Screen } from "./conversation.ts";
import { h } from "./dom.ts";
import { confirmDialog, Header, SafetyLine } from "./frame.ts";
import { icon } from "./icons.ts";
import { type Contacts, fillCalls, levelOf, saidByBot, saidByPatient, timeOf } from "./messages.ts";
import { pictureDialog } from "./picture.ts";
import { Replies } from "./replies.ts";
import { fill, list, type Strings } from "./strings.ts";
import type { Button, Custom, Entry, Hello, Message, Reply } from "./types.ts";

const NEAR_END_PX = 90;
/** Questions that are about a place. */
const WHERE = ["areas", "sides", "symptoms"];

export interface Actions {
  say(text: string, title?: string): void;
  retry(): void;
  prepare(): void;
  startOver(): void;
  leave(): void;
  close(): void;
  /** Something was said to the patient; `level` when it is an assessment. */
  told(level: string): void;
}

export interface Setting {
  strings: Strings;
  language: string;
  floating: boolean;
  headingLevel: number;
  /** From the page itself, so that it is there when the server is not. */
  emergency: Contacts["emergency"];
}

export class Panel implements Screen {
  readonly element: HTMLElement;
  readonly composer: Composer;
  readonly announcer = new Announcer();
  #log = h("ol", { class: "log" });
  #typing: HTMLElement;
  #scroll: HTMLElement;
  #offline: HTMLElement;
  #newest: HTMLButtonElement;
  #header: Header;
  #safety: SafetyLine;
  #contacts: Contacts;
  #confirm: HTMLDialogElement;
  #replies: Replies[] = [];
  /** Messages of this tab that the server has not given back yet, by their id. */
  #mine = new Map<string, HTMLElement>();
  /** Answers to messages that the server could not keep: they stand under them, by their id. */
  #early = new Map<string, HTMLElement[]>();
  #lastRestored = "";
  #atEnd = true;

  constructor(
    private readonly setting: Setting,
    private readonly actions: Actions,
  ) {
    const { strings } = setting;
    this.#contacts = { emergency: setting.emergency, clinic: { number: "", link: null } };
    this.composer = new Composer(strings, (text) => this.actions.say(text), () => this.#askWhere());
    this.composer.input.addEventListener("focus", () => actions.prepare());
    this.#confirm = confirmDialog(strings, () => actions.startOver());
    this.#header = new Header(strings, setting.headingLevel, setting.floating, {
      startOver: () => (this.#log.querySelector(".you") ? this.#confirm.showModal() : actions.startOver()),
      leave: () => actions.leave(),
      close: () => actions.close(),
    });
    this.#safety = new SafetyLine(strings);
    this.#safety.show(setting.emergency);
    this.#typing = h("p", { class: "typing", hidden: true }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), strings.typing);
    this.#scroll = h("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": strings.chat }, this.#log, this.#typing);
    this.#offline = h("p", { class: "offline", hidden: true }, icon("cloud"), strings.offline);
    this.#newest = h("button", { type: "button", class: "newest", hidden: true, onclick: () => (this.#toEnd(), this.composer.focus()) }, strings.newest);
    const dock = h("div", { class: "dock" }, this.#newest, this.#offline, this.composer.element, this.#safety.element);
    this.element = h(
      "section",
      { class: "panel", "aria-labelledby": "name" },
      this.#header.element,
      this.#scroll,
      dock,
      this.#confirm,
      this.announcer.polite,
      this.announcer.assertive,
    );
    for (const each of [this.#scroll, this.element]) each.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    if (typeof ResizeObserver !== "undefined") new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(this.#scroll);
  }

  // -- what the server says of itself

  greet(hello: Hello): void {
    this.#contacts = { emergency: hello.emergency, clinic: { number: hello.clinic.phone, link: hello.clinic.phone_link } };
    this.#header.show(hello);
    this.#safety.show(hello.emergency, hello.warning_signs);
    this.#log.querySelector(".no-greeting")?.remove();
    fillCalls(this.#log, this.#contacts);
    if (this.#log.querySelector(".greeting")) return;
    const items = hello.messages.map((message) => this.#botItem(message));
    for (const item of items) item.classList.add("greeting");
    this.#log.prepend(...items);
    if (this.setting.floating) for (const { text } of hello.messages) this.announcer.say(text);
    if (this.#atEnd) this.#toEnd();
  }

  cannotGreet(): void {
    if (this.#log.querySelector(".greeting, .no-greeting")) return;
    const item = this.#botItem({ text: this.setting.strings.no_greeting });
    item.classList.add("no-greeting");
    this.#log.prepend(item);
    this.online(false);
  }

  // -- the conversation (Screen)

  show(entry: Entry, restored: boolean): void {
    if (entry.from === "patient") this.#showPatient(entry, restored);
    else this.#showBot(entry, restored);
  }

  sending(message: Message): void {
    const { strings } = this.setting;
    const said = message.title ?? message.text;
    let item = this.#mine.get(message.id);
    if (!item) {
      item = saidByPatient(said, strings);
      this.#mine.set(message.id, item);
      this.#use(said);
      this.#log.append(item);
      this.#toEnd();
    }
    if (item.querySelector(".failed")?.contains(this.#active())) this.composer.focus();
    status(item, h("span", { class: "way" }, strings.sending));
  }

  sent(message: Message): void {
    const item = this.#mine.get(message.id);
    if (item) status(item, timeOf(Date.now() / 1000, this.setting.language));
  }

  failed(message: Message, { reason, text }: Failure): void {
    const { strings } = this.setting;
    const item = this.#mine.get(message.id);
    if (!item) return;
    const forGood = reason === "too_long" || reason === "invalid";
    const why = text || fill(strings[`not_sent_${reason}`], { most: LONGEST_MESSAGE });
    const danger = fill(strings.not_sent_danger, { number: this.#contacts.emergency.number || strings.emergency_number_unknown });
    const again = () => {
      this.composer.focus();
      if (!forGood) return this.actions.retry();
      this.#mine.delete(message.id);
      item.remove();
      this.composer.write(message.title ?? message.text);
    };
    status(
      item,
      h(
        "div",
        { class: "failed" },
        h("p", {}, h("strong", {}, strings.not_sent), " ", why),
        h("p", {}, danger),
        h("button", { type: "button", onclick: again }, forGood ? strings.change : strings.try_again),
      ),
    );
    this.announcer.say(`${strings.not_sent} ${why} ${danger}`);
    if (this.#atEnd) this.#toEnd();
  }

  answered(message: Message, replies: Reply[]): void {
    const items = replies.map((reply) => this.#replyItem(reply, Date.now() / 1000));
    this.#early.set(message.id, items);
    this.#mine.get(message.id)?.after(...items);
    for (const [index, item] of items.entries()) this.#tell(replies[index] as Reply, item);
  }

  typing(on: boolean): void {
    if (this.#typing.hidden !== on) return;
    this.#typing.hidden = !on;
    if (on && this.#atEnd) this.#toEnd();
  }

  online(on: boolean): void {
    if (this.#offline.hidden === on) return;
    this.#offline.hidden = on;
    this.announcer.say(on ? this.setting.strings.online : this.setting.strings.offline);
  }

  ended(why: "elsewhere" | "forgotten"): void {
    if (why === "elsewhere") this.clear();
    for (const replies of this.#replies) replies.use("");
    this.note(why === "elsewhere" ? this.setting.strings.ended_elsewhere : this.setting.strings.ended_forgotten);
  }

  /** Takes everything that was said off the screen. */
  clear(): void {
    for (const item of [...this.#log.children]) if (!item.matches(".greeting, .no-greeting")) item.remove();
    this.#mine.clear();
    this.#early.clear();
    this.#replies = [];
    this.composer.write("");
    this.#newest.hidden = true;
    this.announcer.clear();
    this.typing(false);
  }

  /** A line of the widget itself. */
  note(text: string): void {
    this.#log.append(h("li", { class: "note" }, text));
    this.announcer.say(text);
    this.#toEnd();
  }

  // -- messages

  #showPatient(entry: Entry, restored: boolean): void {
    let item = entry.id ? this.#mine.get(entry.id) : undefined;
    if (entry.id) this.#mine.delete(entry.id);
    item ??= saidByPatient(entry.text, this.setting.strings);
    status(item, timeOf(entry.at, this.setting.language));
    this.#use(entry.text);
    this.#place(item);
    item.after(...(this.#early.get(entry.id ?? "") ?? []));
    if (restored || this.#atEnd) this.#toEnd();
  }

  #showBot(entry: Entry, restored: boolean): void {
    const item = this.#replyItem(entry, entry.at);
    this.#place(item);
    this.typing(false);
    if (!restored) return this.#tell(entry, item);
    if (!this.#lastRestored) setTimeout(() => this.#announceRestored());
    this.#lastRestored = entry.text;
    this.#toEnd();
  }

  /** Makes a reply known that has just come. */
  #tell(reply: Reply, item: HTMLElement): void {
    const emergency = levelOf(reply.custom) === "emergency";
    this.#announce(reply, emergency);
    this.actions.told(levelOf(reply.custom));
    if (emergency || (this.#atEnd && item.previousElementSibling?.matches(".you"))) this.#toTopOf(item);
    else if (!this.#atEnd) this.#newest.hidden = false;
  }

  #replyItem(reply: Reply, at: number): HTMLLIElement {
    const item = this.#botItem(reply);
    item.append(h("div", { class: "status" }, timeOf(at, this.setting.language)));
    if (reply.buttons?.length) item.append(this.#quickReplies(reply.buttons, reply.custom));
    return item;
  }

  #botItem(message: Reply): HTMLLIElement {
    const item = saidByBot(message, this.setting.strings, this.setting.language, this.setting.headingLevel + 1);
    fillCalls(item, this.#contacts);
    return item;
  }

  /** What the server has comes before what it has not got yet. */
  #place(item: HTMLElement): void {
    const [unsent] = this.#mine.values();
    if (unsent) this.#log.insertBefore(item, unsent);
    else if (item.parentNode !== this.#log || item.nextElementSibling) this.#log.append(item);
  }

  #quickReplies(buttons: Button[], custom: Custom | undefined): HTMLElement {
    const { strings } = this.setting;
    const replies = new Replies(buttons, custom, strings, (button) => {
      this.composer.focus(); // before the buttons go, or the focus would be lost
      this.actions.say(button.payload, button.title);
    });
    this.#replies.push(replies);
    if (custom?.type === "question" && WHERE.includes(custom.id ?? "")) {
      replies.element.append(h("button", { type: "button", class: "where-button", onclick: () => this.#askWhere() }, icon("person"), strings.where));
    }
    return replies.element;
  }

  #use(said: string): void {
    for (const replies of this.#replies) replies.use(said);
    this.#replies = [];
  }

  #askWhere(): void {
    const dialog = pictureDialog(this.setting.strings, this.setting.language, (said) => this.actions.say(said));
    dialog.addEventListener("close", () => {
      dialog.remove();
      this.composer.focus();
    });
    this.element.append(dialog);
    dialog.showModal();
  }

  #announce(reply: Reply, emergency: boolean): void {
    const { strings, language } = this.setting;
    if (emergency) return this.announcer.alarm(`${strings.level_emergency_label}: ${strings.level_emergency}. ${reply.text}`);
    const answers = list((reply.buttons ?? []).map(({ title }) => title), language);
    this.announcer.say([strings.bot_said, reply.text, answers && fill(strings.answers_count, { answers })].filter(Boolean).join(" "));
  }

  #announceRestored(): void {
    const { strings } = this.setting;
    this.announcer.say(`${strings.restored} ${strings.bot_said} ${this.#lastRestored}`);
    this.#lastRestored = "";
  }

  // -- scrolling and focus

  /** The messages scroll; where there is no height for that, the whole panel does. */
  get #scroller(): HTMLElement {
    return this.#scroll.scrollHeight > this.#scroll.clientHeight + 1 ? this.#scroll : this.element;
  }

  #toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atEnd = true;
    this.#newest.hidden = true;
  }

  /** A long answer is read from its top. */
  #toTopOf(item: HTMLElement): void {
    const scroller = this.#scroller;
    scroller.scrollTop += item.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 12;
    this.#newest.hidden = true;
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#atEnd) this.#newest.hidden = true;
  }

  #active(): Element | null {
    return (this.element.getRootNode() as ShadowRoot).activeElement;
  }
}

/** Says under a message what became of it. */
function status(item: HTMLElement, what: Node): void {
  item.querySelector(":scope > .status")?.remove();
  item.append(h("div", { class: "status" }, what));
}
