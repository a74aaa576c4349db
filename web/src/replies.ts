/** Quick replies: a toolbar with one stop for the Tab key. Once used they stay, disabled, and say which was chosen. */

import { forReaders, h } from "./dom.ts";
import type { Strings } from "./strings.ts";
import type { Button, Custom } from "./types.ts";

/** Answers with no more letters than this stand beside each other. */
const SHORT = 16;

export class Replies {
  readonly element: HTMLElement;
  #toolbar: HTMLElement;
  #buttons: HTMLButtonElement[];

  constructor(
    buttons: Button[],
    custom: Custom | undefined,
    private readonly strings: Strings,
    choose: (button: Button) => void,
  ) {
    this.#buttons = buttons.map((button, index) => {
      const none = custom?.options?.some((option) => option.none && option.payload === button.payload);
      return h(
        "button",
        { type: "button", class: none ? "none" : null, tabindex: index ? -1 : 0, onclick: () => choose(button) },
        button.title,
      );
    });
    this.#toolbar = h(
      "div",
      {
        class: buttons.some(({ title }) => title.length > SHORT) ? "answers stacked" : "answers",
        role: "toolbar",
        "aria-label": strings.answers,
        onkeydown: (event: KeyboardEvent) => this.#key(event),
        onfocusin: (event: FocusEvent) => this.#stop(this.#buttons.indexOf(event.target as HTMLButtonElement)),
      },
      ...this.#buttons,
    );
    this.element = h("div", { class: "quick" }, h("p", { class: "hint" }, strings.answers_hint), this.#toolbar);
  }

  /** Disables them; the one that was said is marked. */
  use(said: string): void {
    if (this.#buttons[0]?.disabled) return;
    this.element.querySelector(".hint")?.remove();
    this.#toolbar.setAttribute("role", "group");
    this.#toolbar.setAttribute("aria-label", this.strings.answers_used);
    for (const button of this.#buttons) {
      const chosen = button.textContent === said;
      button.disabled = true;
      button.classList.toggle("chosen", chosen);
      if (chosen) button.append(forReaders(` ${this.strings.chosen}`));
    }
  }

  /** Only the button with this index can be reached with the Tab key. */
  #stop(index: number): void {
    if (index < 0) return;
    this.#buttons.forEach((button, each) => button.setAttribute("tabindex", each === index ? "0" : "-1"));
  }

  #key(event: KeyboardEvent): void {
    const now = this.#buttons.indexOf(event.target as HTMLButtonElement);
    const rightToLeft = getComputedStyle(this.#toolbar).direction === "rtl";
    const count = this.#buttons.length;
    const steps: Record<string, number> = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      ArrowRight: now + (rightToLeft ? -1 : 1),
      ArrowLeft: now + (rightToLeft ? 1 : -1),
      Home: 0,
      End: count - 1,
    };
    const next = steps[event.key];
    if (now < 0 || next === undefined) return;
    event.preventDefault();
    this.#buttons[(next + count) % count]?.focus();
  }
}
