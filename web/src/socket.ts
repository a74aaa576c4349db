/**
 * One WebSocket to the server, from its opening to its end; the next one is another object. Each frame is a JSON object, and the
 * first one that is sent shows the token. What is not understood is passed over, what is no such object ends the connection.
 */

import { areEntries, asObject, objectIn } from "./answers.ts";
import type { Entry } from "./types.ts";

/** How long the server may need to take the token, and to answer a question. */
const READY_MS = 10_000;
const ANSWER_MS = 4_000;
const TICK_MS = 1_000;

export type Question = { say: object } | { resume: { after: number } };
export type Answer = Record<string, unknown>;

export interface Hooks {
  /** The server has taken the token. */
  ready(): void;
  entries(entries: Entry[]): void;
  typing(on: boolean): void;
  /** The conversation was ended. */
  ended(): void;
  /** The connection has ended, or could not be made; said once. `refused` is the server's word for why, if it gave one. */
  over(refused: string): void;
}

interface Asker {
  done(answer: Answer): void;
  fail(error: Error): void;
}

export class Socket {
  #socket: WebSocket | undefined;
  #state: "opening" | "ready" | "over" = "opening";
  #asked = new Map<number, Asker>();
  #count = 0;
  /** For how long the server has said nothing, and for how long it may. */
  #silence = 0;
  #patience = READY_MS;
  #counted = Date.now();
  #ticks = setInterval(() => this.#tick(), TICK_MS);

  constructor(
    address: string,
    token: string,
    private readonly hooks: Hooks,
  ) {
    try {
      const socket = new WebSocket(address);
      this.#socket = socket;
      socket.onopen = () => this.#send({ token });
      socket.onmessage = ({ data }) => this.#take(objectIn(data));
      socket.onerror = socket.onclose = () => this.close();
    } catch {
      queueMicrotask(() => this.close()); // a browser may forbid it at once
    }
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  /** What the server answers. A connection on which it does not is ended. */
  ask(question: Question): Promise<Answer> {
    this.#tick(); // a phone may have slept since the last one
    if (!this.ready) return Promise.reject(new Error("no line"));
    const id = ++this.#count;
    this.#send({ id, ...question });
    return new Promise((done, fail) => {
      this.#asked.set(id, { done, fail });
      setTimeout(() => this.#asked.has(id) && this.close(), ANSWER_MS);
    });
  }

  close(refused = ""): void {
    if (this.#state === "over") return;
    this.#state = "over";
    clearInterval(this.#ticks);
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
      socket.close();
    }
    for (const { fail } of this.#asked.values()) fail(new Error("no line"));
    this.#asked.clear();
    this.hooks.over(refused);
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #take(frame: Record<string, unknown> | undefined): void {
    [this.#silence, this.#counted] = [0, Date.now()];
    if (!frame) return this.close();
    const { ready, refused, id, answer, entries, typing, ended, ping } = frame;
    if (ping) this.#send({ pong: true });
    else if (ready) this.#begin(asObject(ready));
    else if (refused) this.close(String(asObject(refused)?.error ?? ""));
    else if (ended) this.hooks.ended();
    else if (id !== undefined) this.#answered(id, asObject(answer));
    else if (entries !== undefined) areEntries(entries) ? this.hooks.entries(entries) : this.close();
    else if (typing !== undefined) this.hooks.typing(typing === true);
  }

  #begin(ready: Record<string, unknown> | undefined): void {
    const patience = (Number(ready?.ping) + Number(ready?.patience)) * 1000;
    if (!(patience > 0)) return this.close();
    this.#patience = patience;
    this.#state = "ready";
    this.hooks.ready();
  }

  #answered(id: unknown, answer: Answer | undefined): void {
    if (!answer) return this.close();
    this.#asked.get(id as number)?.done(answer);
    this.#asked.delete(id as number);
  }

  /** Counts by the clock and not by the ticks, which a phone that sleeps leaves out; a clock that is set back counts nothing. */
  #tick(): void {
    const now = Date.now();
    this.#silence += Math.max(now - this.#counted, 0);
    this.#counted = now;
    if (this.#silence > this.#patience) this.close();
  }
}
