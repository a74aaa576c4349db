/** The server's HTTP routes. */

import type { Batch, Hello, Message } from "./types.ts";

const PATIENCE_MS = 15_000;
/** How long the server may keep a poll open, in seconds. */
const POLL_SECONDS = 25;

/** The server answered, and said no. `reason` is a word of the protocol; `text` is for the patient. */
export class Refused extends Error {
  constructor(
    readonly reason: string,
    readonly text = "",
  ) {
    super(reason);
  }
}

const REASONS: Record<number, string> = { 400: "invalid", 401: "ended", 413: "too_long", 429: "too_fast" };

export class Api {
  /** `base` is the address of the server with its path prefix; it ends with a slash. */
  constructor(readonly base: string) {}

  hello(): Promise<Hello> {
    return this.#ask("hello");
  }

  async newToken(): Promise<string> {
    return (await this.#ask<{ token: string }>("session", { method: "POST" })).token;
  }

  async say(token: string, message: Message): Promise<void> {
    await this.#ask("message", { method: "POST", body: JSON.stringify(message) }, token);
  }

  entries(token: string, after: number, wait: boolean, signal: AbortSignal): Promise<Batch> {
    const patience = AbortSignal.timeout(PATIENCE_MS + (wait ? POLL_SECONDS * 1000 : 0));
    const either = new AbortController();
    for (const one of [signal, patience]) one.addEventListener("abort", () => either.abort(), { once: true });
    return this.#ask(`entries?after=${after}&wait=${wait ? POLL_SECONDS : 0}`, { signal: either.signal }, token);
  }

  /** Makes the server forget the conversation. Goes out even while the page is being left. */
  async end(token: string): Promise<void> {
    await this.#ask("end", { method: "POST", keepalive: true }, token);
  }

  async #ask<T>(path: string, options: RequestInit = {}, token = ""): Promise<T> {
    const headers: Record<string, string> = {};
    if (options.body) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = `Bearer ${token}`;
    const response = await fetch(`${this.base}webhooks/web/${path}`, {
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...options,
      headers,
    });
    if (response.ok) return response.json();
    const reason = REASONS[response.status];
    if (!reason) throw new Error(`status ${response.status}`);
    const said = await response.json().catch(() => ({}));
    throw new Refused(reason, typeof said.text === "string" ? said.text : "");
  }
}
