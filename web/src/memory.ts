/**
 * What outlives a reload: the session's token and what was not yet delivered, in the tab's sessionStorage. Tabs of one origin hand
 * each other the token over a BroadcastChannel, so that they show one conversation. Nothing else is kept.
 */

import type { Message } from "./types.ts";

const ASK_MS = 80;
/** How long a tab waits for another one to have opened a session. */
const ALONE_MS = 5000;

type Word = { kind: "ask" } | { kind: "token"; token: string } | { kind: "ended" };

export interface Tabs {
  /** Another tab has begun a conversation. */
  begun(token: string): void;
  /** Another tab has ended the conversation. */
  ended(): void;
}

export class Memory {
  #channel: BroadcastChannel | undefined;
  #key: string;
  #token = "";
  #waiting: Message[] = [];
  #asked: (() => void) | undefined;

  constructor(
    base: string,
    private readonly tabs: Tabs,
  ) {
    this.#key = `aftercheck ${base}`;
    this.#restore();
    if (typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(this.#key);
    this.#channel.onmessage = ({ data }: MessageEvent<Word>) => this.#hear(data);
  }

  get token(): string {
    return this.#token;
  }

  /** What was said and is not known to be with the server. */
  get waiting(): Message[] {
    return this.#waiting;
  }

  /** The token of this tab, or else that of another one; empty when no tab has one. */
  async find(): Promise<string> {
    if (!this.#token && this.#channel) {
      const answered = new Promise<void>((done) => (this.#asked = done));
      this.#tell({ kind: "ask" });
      await Promise.race([answered, new Promise((done) => setTimeout(done, ASK_MS))]);
    }
    return this.#token;
  }

  /** Does something while no other tab does it; all the same where the browser cannot see to that, or the other tab hangs. */
  async alone(work: () => Promise<void>): Promise<void> {
    let doing: Promise<void> | undefined;
    const once = () => (doing ??= work());
    await navigator.locks?.request(this.#key, { signal: AbortSignal.timeout(ALONE_MS) }, once).catch(() => {});
    await once();
  }

  keep(token: string): void {
    this.#token = token;
    this.#store();
    this.#tell({ kind: "token", token });
  }

  keepWaiting(waiting: Message[]): void {
    this.#waiting = waiting;
    this.#store();
  }

  /** Forgets a session that is over, here; `waiting` is what the next one gets. */
  forget(waiting: Message[]): void {
    this.#token = "";
    this.#waiting = waiting;
    this.#store();
  }

  /** Wipes all of it, in every tab. */
  wipe(): void {
    this.forget([]);
    this.#tell({ kind: "ended" });
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  #hear(word: Word): void {
    if (word.kind === "ask" && this.#token) this.#tell({ kind: "token", token: this.#token });
    if (word.kind === "token" && !this.#token) {
      this.#token = word.token;
      this.#store();
      this.#asked?.();
      this.tabs.begun(word.token);
    }
    if (word.kind === "ended" && this.#token) this.tabs.ended();
  }

  #tell(word: Word): void {
    this.#channel?.postMessage(word);
  }

  #store(): void {
    try {
      if (!this.#token && !this.#waiting.length) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, JSON.stringify({ token: this.#token, waiting: this.#waiting }));
    } catch {
      // Storage may be full or forbidden: then the conversation lasts as long as the page.
    }
  }

  #restore(): void {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
      this.#token = kept.token ?? "";
      this.#waiting = kept.waiting ?? [];
    } catch {
      // As above; and what is no JSON is not ours.
    }
  }
}
