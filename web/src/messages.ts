/** One message of the chat as the patient sees it. */

import { forReaders, h } from "./dom.ts";
import { icon } from "./icons.ts";
import { fill, type Strings } from "./strings.ts";
import { summaryActions } from "./summary.ts";
import { timelineFigure } from "./timeline.ts";
import type { Contact, Custom } from "./types.ts";

export interface Contacts {
  emergency: Contact;
  clinic: Contact;
}

const ICONS: Record<string, string> = { emergency: "alert", same_day: "clock", few_days: "calendar", routine: "note" };

/** The level of an assessment; empty for any other message. */
export function levelOf(custom: Custom | undefined): string {
  return custom?.type === "assessment" && custom.level && Object.hasOwn(ICONS, custom.level) ? custom.level : "";
}

/** What the patient said. */
export function saidByPatient(text: string, strings: Strings): HTMLLIElement {
  return h("li", { class: "message you" }, forReaders(`${strings.you_said} `), h("div", { class: "body", dir: "auto" }, text));
}

/** What Aftercheck said: a bubble, or for an assessment a card with a heading of this rank. */
export function saidByBot(message: { text: string; custom?: Custom }, strings: Strings, language: string, rank: number): HTMLLIElement {
  const level = levelOf(message.custom);
  const body = h("div", { class: "body", dir: "auto" }, ...blocks(message.text));
  if (!level) return h("li", { class: "message bot" }, forReaders(`${strings.bot_said} `), body);
  const label = strings[`level_${level}_label` as keyof Strings];
  const title = strings[`level_${level}` as keyof Strings];
  const head = h(
    "div",
    { class: "head" },
    icon(ICONS[level] as string),
    h("div", { role: "heading", "aria-level": rank }, h("span", { class: "label" }, label, forReaders(": ")), h("span", { class: "title" }, title)),
  );
  const card = h("li", { class: `message card ${level}` }, forReaders(`${strings.bot_said} `), head);
  const clinic = callLater("clinic", strings.call_clinic_number);
  if (level === "emergency") card.append(callLater("emergency", strings.call), body);
  else if (level === "same_day") card.append(clinic, body);
  else card.append(body, clinic);
  const timeline = message.custom?.timeline && timelineFigure(message.custom.timeline, strings);
  if (timeline) card.append(timeline);
  card.append(summaryActions(message, strings, language));
  return card;
}

/** A link that calls; null where there is no number to call. */
export function call(kind: string, contact: Contact, text: string): HTMLAnchorElement | null {
  if (!contact.link?.startsWith("tel:")) return null;
  return h("a", { class: kind, href: contact.link }, icon("phone"), h("span", {}, fill(text, { number: contact.number.replaceAll(" ", "\u00a0") })));
}

/** The place of a link that calls: a card may be there before the server has said the numbers. */
function callLater(who: keyof Contacts, text: string): HTMLElement {
  return h("div", { class: "call", "data-who": who, "data-text": text });
}

/** Puts the links that call into their places. */
export function fillCalls(root: ParentNode, contacts: Contacts): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-who]")) {
    const who = place.dataset.who as keyof Contacts;
    const link = call(`${who}-call`, contacts[who], place.dataset.text ?? "");
    place.replaceChildren(...(link ? [link] : []));
  }
}

/** Blank lines part paragraphs, lines that start with "- " make a list. */
export function blocks(text: string): HTMLElement[] {
  const made: HTMLElement[] = [];
  let last = "";
  for (const line of text.split("\n").map((each) => each.trim())) {
    const tag = line.startsWith("- ") ? "ul" : line && "p";
    if (tag && tag !== last) made.push(h(tag as "p"));
    if (tag === "ul") made.at(-1)?.append(h("li", {}, line.slice(2)));
    if (tag === "p") made.at(-1)?.append(last === "p" ? `\n${line}` : line);
    last = tag;
  }
  return made;
}

/** The time of a message in the patient's own way of writing; with the date when it is not today's. */
export function timeOf(seconds: number, language: string, now = new Date()): HTMLTimeElement {
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === now.toDateString();
  const form: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit", ...(today ? {} : { month: "short", day: "numeric" }) };
  return h("time", { datetime: date.toISOString() }, date.toLocaleString(language, form));
}
