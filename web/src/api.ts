/** The server's HTTP routes. */

import { isBatch, isKept, Refused, refusalIn } from "./answers.ts";
import type { Batch, Hello, Message } from "./types.ts";

const PATIENCE_MS = 15_000;
/** How long the server may keep a poll open, in seconds. */
const POLL_SECONDS = 25;

/** What these say is so even where a proxy says it: such a message never gets through. */
const BY_STATUS: Record<number, string> = { 413: "too_long", 429: "too_fast" };

const NOT_OURS = "this is no answer of the server";

export class Api {
  /** `base` is the address of the server with its path prefix; it ends with a slash. */
  constructor(readonly base: string) {}

  hello(): Promise<Hello> {
    return this.#ask("hello");
  }

  async newToken(): Promise<string> {
    const { token } = await this.#ask<{ token?: unknown }>("session", { method: "POST" });
    if (typeof token !== "string" || !token) throw new Error(NOT_OURS);
    return token;
  }

  async say(token: string, message: Message): Promise<void> {
    const answer = await this.#ask("message", { method: "POST", body: JSON.stringify(message) }, token);
    if (!isKept(answer)) throw new Error(NOT_OURS);
  }

  async entries(token: string, after: number, wait: boolean, signal: AbortSignal): Promise<Batch> {
    const patience = AbortSignal.timeout(PATIENCE_MS + (wait ? POLL_SECONDS * 1000 : 0));
    const either = new AbortController();
    for (const one of [signal, patience]) one.addEventListener("abort", () => either.abort(), { once: true });
    const answer = await this.#ask(`entries?after=${after}&wait=${wait ? POLL_SECONDS : 0}`, { signal: either.signal }, token);
    if (!isBatch(answer)) throw new Error(NOT_OURS);
    return answer;
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
    const reason = BY_STATUS[response.status];
    const refusal = refusalIn(await response.json().catch(() => undefined)) ?? (reason && new Refused(reason));
    throw refusal || new Error(`status ${response.status}`);
  }
}
