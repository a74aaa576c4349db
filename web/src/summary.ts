/** The summary that a patient prints or saves for the clinic. */

import { h } from "./dom.ts";
import { icon } from "./icons.ts";
import { fill, type Strings } from "./strings.ts";
import type { Custom } from "./types.ts";

const PAPER =
  "body{margin:2cm;font:12pt/1.5 system-ui,sans-serif;color:#000}h1{font-size:16pt}dt{font-weight:700;margin-top:.6em}dd{margin:0;white-space:pre-line}";

interface Said {
  text: string;
  custom?: Custom;
}

/** The summary as plain text: what the server put together, then what was said to the patient. */
export function summaryText({ text, custom }: Said, strings: Strings, date: string): string {
  const lines = (custom?.summary ?? []).map(({ label, value }) => `${label}: ${value}`);
  return [fill(strings.summary_of, { date }), "", ...lines, ...(lines.length ? [""] : []), text, ""].join("\n");
}

/** The buttons under a card. */
export function summaryActions(said: Said, strings: Strings, language: string): HTMLElement {
  const date = () => new Date().toLocaleDateString(language, { dateStyle: "long" });
  const saved = () => save(summaryText(said, strings, date()), strings);
  const buttons: HTMLElement = h(
    "div",
    { class: "keep", role: "group", "aria-label": strings.summary },
    h("button", { type: "button", onclick: () => print(said, strings, date(), buttons) }, icon("print"), strings.print),
    h("button", { type: "button", onclick: saved }, icon("save"), strings.save),
  );
  return buttons;
}

function save(text: string, strings: Strings): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  h("a", { href: address, download: strings.summary_file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Prints the summary alone: from an empty frame of its own, so that nothing of the page around comes along. */
function print({ text, custom }: Said, strings: Strings, date: string, beside: Element): void {
  const frame = h("iframe", { title: strings.summary, class: "readers" });
  beside.append(frame);
  const page = frame.contentWindow;
  if (!page) return;
  const sheet = new (page as typeof page & typeof globalThis).CSSStyleSheet();
  sheet.replaceSync(PAPER);
  page.document.adoptedStyleSheets = [sheet];
  page.document.title = fill(strings.summary_of, { date });
  const lines = (custom?.summary ?? []).flatMap(({ label, value }) => [h("dt", {}, label), h("dd", {}, value)]);
  page.document.body.append(h("h1", {}, page.document.title), h("dl", {}, ...lines, h("dt", {}, strings.bot_said), h("dd", {}, text)));
  page.addEventListener("afterprint", () => frame.remove());
  page.focus();
  page.print();
}
