/** `<aftercheck-chat>`: puts the parts together. docs/widget.md says what a page can set. */

import { Api } from "./api.ts";
import { Conversation } from "./conversation.ts";
import { h } from "./dom.ts";
import { icon, mark } from "./icons.ts";
import type { Contacts } from "./messages.ts";
import { Panel } from "./panel.ts";
import { ENGLISH, type Strings, stringsFrom } from "./strings.ts";
import css from "./styles.css";
import { themeRules } from "./theme.ts";

const HELLO_AGAIN_MS = 8_000;
const OPEN = "aftercheck open";
/** Where "Leave quickly" leads unless the page says otherwise: it works without a network, and loads nothing. */
const NOWHERE = "about:blank";

let sheet: CSSStyleSheet | undefined;

export class AftercheckChat extends HTMLElement {
  #shadow = this.attachShadow({ mode: "open" });
  #strings: Strings = ENGLISH;
  #given: unknown;
  #api!: Api;
  #panel!: Panel;
  #conversation: Conversation | undefined;
  #launcher: HTMLButtonElement | undefined;
  #greeted = false;

  /** The widget's own texts; those that are not given stay English. Set them before or after it is in the page. */
  get strings(): Strings {
    return this.#strings;
  }

  set strings(given: unknown) {
    this.#given = given;
    if (this.#conversation) this.#build();
  }

  connectedCallback(): void {
    const given = Object.getOwnPropertyDescriptor(this, "strings")?.value; // set before the script was there
    if (given) {
      delete (this as { strings?: unknown }).strings;
      this.#given = given;
    }
    this.#build();
    const table = this.getAttribute("strings");
    if (table) this.#load(table);
  }

  disconnectedCallback(): void {
    this.#conversation?.close();
    this.#conversation = undefined;
  }

  /** Shows the chat and puts the focus into it. */
  open(): void {
    if (!this.#floating || this.hasAttribute("open")) return;
    this.#showOpen(true);
    this.#panel.composer.focus();
  }

  /** Hides the chat; the conversation stays. */
  close(): void {
    if (!this.#floating || !this.hasAttribute("open")) return;
    this.#showOpen(false);
    this.#launcher?.focus();
  }

  /** Ends the conversation, on the server too, and begins again. */
  startOver(): void {
    this.#conversation?.wipe();
    this.#panel.clear();
    this.#panel.note(this.#strings.started_over);
    this.#panel.composer.focus();
    this.#tell("end");
  }

  get #floating(): boolean {
    return this.getAttribute("mode") === "floating";
  }

  /** What is set in the page decides the language and the direction; a foreign page's own language does not. */
  get #language(): string {
    return this.getAttribute("lang") ?? "en-US";
  }

  #build(): void {
    this.#conversation?.close();
    this.#strings = stringsFrom(this.#given);
    this.#api = new Api(this.#base());
    this.#panel = new Panel(
      {
        strings: this.#strings,
        language: this.#language,
        floating: this.#floating,
        headingLevel: Number(this.getAttribute("heading-level")) || 2,
        emergency: this.#emergencyOfPage(),
      },
      {
        say: (text, title) => this.#conversation?.say(text, title),
        retry: () => this.#conversation?.retry(),
        prepare: () => this.#conversation?.prepare(),
        startOver: () => this.startOver(),
        leave: () => this.#leave(),
        close: () => this.close(),
        told: (level) => this.#told(level),
      },
    );
    this.#conversation = new Conversation(this.#api, this.#panel);
    this.#greeted = false;
    this.#render();
    this.#conversation.restore().then((found) => {
      if (found) this.#greet();
    });
  }

  #render(): void {
    const { element } = this.#panel;
    const root = h("div", { class: this.#floating ? "root floating" : "root inline", lang: this.#language, dir: this.getAttribute("dir") ?? "ltr" });
    if (this.#floating) {
      element.id = "panel";
      element.setAttribute("popover", "manual");
      this.#launcher = h(
        "button",
        { type: "button", class: "launcher", popover: "manual", "aria-controls": "panel", onclick: () => (this.hasAttribute("open") ? this.close() : this.open()) },
        mark(),
        h("span", { class: "words" }, this.#strings.open_short),
        h("span", { class: "unread", hidden: true }, icon("note"), this.#strings.new_messages),
      );
      element.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !event.defaultPrevented && !element.querySelector("dialog[open]")) this.close();
      });
      root.append(element, this.#launcher);
    } else root.append(element);
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(themeRules() + css);
    }
    this.#shadow.adoptedStyleSheets = [sheet];
    this.#shadow.replaceChildren(root);
    if (this.#floating) this.#showOpen(this.hasAttribute("open") || remembered());
    else this.#greet();
  }

  #showOpen(open: boolean): void {
    this.toggleAttribute("open", open);
    this.#launcher?.setAttribute("aria-expanded", String(open));
    raise(this.#panel.element, open);
    if (this.#launcher) raise(this.#launcher, !open);
    remember(open);
    if (!open) return this.#tell("close");
    const unread = this.#launcher?.querySelector<HTMLElement>(".unread");
    if (unread) unread.hidden = true;
    this.#greet();
    this.#tell("open");
  }

  /** Asks until the server answers: the numbers to call come from it. */
  async #greet(): Promise<void> {
    if (this.#greeted) return;
    this.#greeted = true;
    const panel = this.#panel;
    for (let failed = false; panel === this.#panel && this.isConnected; failed = true) {
      try {
        const hello = await this.#api.hello();
        if (failed) panel.online(true);
        return panel.greet(hello);
      } catch {
        panel.cannotGreet();
        await new Promise((done) => setTimeout(done, HELLO_AGAIN_MS));
      }
    }
  }

  #told(level: string): void {
    if (this.#floating && !this.hasAttribute("open")) {
      const unread = this.#launcher?.querySelector<HTMLElement>(".unread");
      if (unread) unread.hidden = false;
    }
    if (level) this.#tell("assessment", { level });
  }

  #leave(): void {
    this.#conversation?.wipe();
    this.#panel.clear();
    this.#shadow.replaceChildren(); // nothing is to be seen while the next page loads
    remember(false);
    this.#tell("end");
    location.replace(this.getAttribute("leave-to") ?? NOWHERE);
  }

  /** Events carry no word of the patient. */
  #tell(what: string, detail: Record<string, string> = {}): void {
    this.dispatchEvent(new CustomEvent(`aftercheck-${what}`, { bubbles: true, composed: true, detail }));
  }

  async #load(address: string): Promise<void> {
    try {
      const response = await fetch(address, { referrerPolicy: "no-referrer" });
      if (response.ok) this.strings = await response.json();
    } catch {
      // English stays.
    }
  }

  /** The attribute `server`, or the folder above the one that this script came from. */
  #base(): string {
    const server = this.getAttribute("server");
    const base = server ? new URL(server, document.baseURI) : new URL("..", import.meta.url);
    return base.href.replace(/\/*$/, "/");
  }

  /** The number in the text that stands in the element for when this script does not run. */
  #emergencyOfPage(): Contacts["emergency"] {
    const link = this.querySelector<HTMLAnchorElement>("a[href^='tel:']");
    return { number: link?.textContent?.trim() ?? "", link: link?.getAttribute("href") ?? null };
  }
}

/** Shows or hides it. What is shown lies above the page and is fixed to the window, whatever the page's styles say. */
function raise(element: HTMLElement, on: boolean): void {
  element.hidden = !on;
  if ("togglePopover" in element && element.isConnected) element.togglePopover(on);
}

function remembered(): boolean {
  try {
    return sessionStorage.getItem(OPEN) === "yes";
  } catch {
    return false;
  }
}

function remember(open: boolean): void {
  try {
    if (open) sessionStorage.setItem(OPEN, "yes");
    else sessionStorage.removeItem(OPEN);
  } catch {
    // Then it begins closed.
  }
}
