/** Where the patient writes. */

import { forReaders, h } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Strings } from "./strings.ts";

export class Composer {
  readonly element: HTMLFormElement;
  readonly input: HTMLTextAreaElement;

  constructor(strings: Strings, say: (text: string) => void, where: () => void) {
    const hint = forReaders(strings.message_hint);
    hint.id = "hint";
    this.input = h("textarea", {
      rows: 1,
      dir: "auto",
      "aria-label": strings.message_label,
      "aria-describedby": "hint",
      placeholder: strings.message_placeholder,
      enterkeyhint: "send",
      autocapitalize: "sentences",
      autocomplete: "off",
      oninput: () => this.fit(),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.element.requestSubmit();
      },
    });
    this.element = h(
      "form",
      {
        class: "composer",
        onsubmit: (event: Event) => {
          event.preventDefault();
          const text = this.input.value.trim();
          this.write("");
          this.input.focus({ preventScroll: true });
          if (text) say(text);
        },
      },
      h("button", { type: "button", class: "place-button", "aria-label": strings.where, title: strings.where, onclick: where }, icon("person"), h("span", {}, strings.where_short)),
      this.input,
      h("button", { type: "submit", class: "solid send", "aria-label": strings.send, title: strings.send }, icon("send"), h("span", {}, strings.send)),
      hint,
    );
  }

  /** Puts a text into the field. */
  write(text: string): void {
    this.input.value = text;
    this.fit();
  }

  /** The field gets the focus; on a touch screen the keyboard stays away, so that it does not cover the answer. */
  focus(): void {
    this.input.readOnly = matchMedia("(pointer: coarse)").matches;
    this.input.focus({ preventScroll: true });
    setTimeout(() => (this.input.readOnly = false));
  }

  /** As high as what is written. */
  fit(): void {
    this.input.style.height = "auto";
    if (this.input.value) this.input.style.height = `${this.input.scrollHeight + this.input.offsetHeight - this.input.clientHeight}px`;
  }
}
