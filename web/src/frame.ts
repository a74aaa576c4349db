/** What is around the messages: the header, the line that says how to get help, the dialogs. */

import { forReaders, h } from "./dom.ts";
import { icon, mark } from "./icons.ts";
import { call, type Contacts } from "./messages.ts";
import { fill, type Strings } from "./strings.ts";
import type { Hello } from "./types.ts";

export interface HeaderActions {
  startOver(): void;
  leave(): void;
  close(): void;
}

/** The header. `level` is the rank of its heading; with `floating` it can be closed. */
export class Header {
  readonly element: HTMLElement;
  #clinic = h("p", { class: "clinic", hidden: true });
  #tools: HTMLElement;

  constructor(
    private readonly strings: Strings,
    level: number,
    floating: boolean,
    actions: HeaderActions,
  ) {
    const title = h("div", { role: "heading", "aria-level": level, class: "name", id: "name" }, strings.name);
    this.#tools = h("div", { class: "tools" }, h("button", { type: "button", onclick: actions.startOver }, icon("again"), strings.start_over));
    const leave = h("button", { type: "button", class: "leave", title: strings.leave_hint, onclick: actions.leave }, icon("leave"), strings.leave);
    const close = h("button", { type: "button", class: "close", "aria-label": strings.close, title: strings.close, onclick: actions.close }, icon("close"));
    this.element = h("header", { class: "top" }, mark(), h("div", { class: "names" }, title, this.#clinic), this.#tools, leave, floating && close);
  }

  show({ clinic }: Hello): void {
    this.#clinic.textContent = clinic.name;
    this.#clinic.hidden = !clinic.name;
    this.#tools.querySelector("a")?.remove();
    const link = call("tool", { number: clinic.phone, link: clinic.phone_link }, this.strings.call_clinic);
    if (link) {
      link.append(forReaders(`: ${clinic.phone}`));
      this.#tools.prepend(link);
    }
  }
}

/** The line that is always there: this is no emergency service, the number to call, and all warning signs. */
export class SafetyLine {
  readonly element = h("footer", { class: "safety" });

  constructor(private readonly strings: Strings) {}

  show(emergency: Contacts["emergency"], signs: string[] = []): void {
    const { strings } = this;
    const open = this.element.querySelector("details")?.open;
    const number = emergency.number || strings.emergency_number_unknown;
    const line = h("p", {}, h("strong", {}, strings.emergency_line), " ", fill(strings.emergency_signs, { number }));
    const link = call("small-call", emergency, strings.call);
    const list = h("ul", { tabindex: 0, "aria-label": strings.warning_signs }, ...signs.map((sign) => h("li", {}, sign)));
    const all = signs.length > 0 && h("details", { open }, h("summary", {}, strings.warning_signs), list);
    this.element.replaceChildren(line, ...(all ? [all] : []), ...(link ? [link] : []));
  }
}

/** The question before the chat is cleared. */
export function confirmDialog(strings: Strings, yes: () => void): HTMLDialogElement {
  const dialog = h(
    "dialog",
    { class: "confirm", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
    h("h2", { id: "confirm-title" }, strings.start_over_title),
    h("p", { id: "confirm-text" }, strings.start_over_text),
    h(
      "div",
      { class: "choices" },
      h("button", { type: "button", class: "solid", onclick: () => (dialog.close(), yes()) }, strings.start_over_yes),
      h("button", { type: "button", onclick: () => dialog.close() }, strings.start_over_no),
    ),
  );
  return dialog;
}
