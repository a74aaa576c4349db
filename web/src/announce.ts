/** What a screen reader is told: one polite region for all that comes, an assertive one for emergencies alone. */

import { h } from "./dom.ts";

const KEPT_MS = 15_000;

export class Announcer {
  readonly polite = h("div", { class: "readers", "aria-live": "polite" });
  readonly assertive = h("div", { class: "readers", role: "alert", "aria-live": "assertive" });

  say(text: string): void {
    tell(this.polite, text);
  }

  alarm(text: string): void {
    tell(this.assertive, text);
  }

  clear(): void {
    this.polite.replaceChildren();
    this.assertive.replaceChildren();
  }
}

/** Each text is a line of its own, so that the same text is read twice when it is said twice. */
function tell(region: HTMLElement, text: string): void {
  const line = h("p", {}, text);
  region.append(line);
  setTimeout(() => line.remove(), KEPT_MS);
}
