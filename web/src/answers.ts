/** What is believed of an answer: a proxy, or the login page of a hotel, may answer in the server's place. */

import type { Batch, Entry, Reply } from "./types.ts";

const REASONS: unknown[] = ["invalid", "too_long", "too_fast", "ended", "unavailable"];

/** The server answered, and said no. `reason` is a word of the protocol; `text` and `replies` are for the patient. */
export class Refused extends Error {
  constructor(
    readonly reason: string,
    readonly text = "",
    readonly replies: Reply[] = [],
  ) {
    super(reason);
  }
}

/** What a JSON text holds, as an object; undefined when it is none. */
export function objectIn(json: unknown): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(json as string));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** The server's refusal; undefined when it is none of its own. */
export function refusalIn(answer: unknown): Refused | undefined {
  const { error, text, replies } = asObject(answer) ?? {};
  if (!REASONS.includes(error)) return undefined;
  const said = Array.isArray(replies) ? replies.filter((reply) => typeof reply?.text === "string") : [];
  return new Refused(error as string, typeof text === "string" ? text : "", said);
}

/** Whether the server says that it has kept the message. */
export function isKept(answer: unknown): boolean {
  return asObject(answer)?.ok === true;
}

export function areEntries(value: unknown): value is Entry[] {
  return Array.isArray(value) && value.every((entry) => Number.isInteger(entry?.number) && typeof entry.text === "string");
}

export function isBatch(answer: unknown): answer is Batch {
  return areEntries(asObject(answer)?.entries);
}
