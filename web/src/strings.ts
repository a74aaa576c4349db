/** The widget's own texts: English unless the page gives others. What Aftercheck says comes from the server. */

import english from "./strings.en.json" with { type: "json" };

export type Strings = Record<keyof typeof english, string>;

export const ENGLISH: Strings = english;

/** The given texts where there are some, English elsewhere. Names that the widget does not know are left out. */
export function stringsFrom(given: unknown): Strings {
  const table = given && typeof given === "object" ? (given as Record<string, unknown>) : {};
  const own = Object.entries(ENGLISH).map(([name, text]) => [name, typeof table[name] === "string" ? table[name] : text]);
  return Object.fromEntries(own) as Strings;
}

/** A text with its {names} filled in. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** "a", "a and b", "a, b and c", by the rules of the language. */
export function list(items: string[], language: string): string {
  try {
    return new Intl.ListFormat(language, { type: "conjunction" }).format(items);
  } catch {
    return items.join(", ");
  }
}
