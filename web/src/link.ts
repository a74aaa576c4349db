/** The line to the server: Socket.IO over a WebSocket; while that is not to be had, long polling. */

import { Manager, type Socket } from "socket.io-client";
import { type Api, Refused } from "./api.ts";
import type { Batch, Entry, Message } from "./types.ts";

/** How long the WebSocket may take before polling begins, and before the patient is told that there is no line. */
const GRACE_MS = 2_500;
const ACK_MS = 5_000;
const MOST_PAUSE_MS = 10_000;

export interface Ears {
  /** The number of the last entry that was taken. */
  last(): number;
  /** Entries as they come. */
  entries(entries: Entry[]): void;
  /** All that the server has after `last`. */
  caughtUp(batch: Batch): void;
  typing(on: boolean): void;
  /** The conversation is over: ended in another tab, or not known to the server any more. */
  ended(why: "elsewhere" | "forgotten"): void;
  /** Whether there is a line. Said once it is known, and when it changes. */
  online(on: boolean): void;
}

export class Link {
  #socket: Socket;
  #closed = new AbortController();
  #polling = false;
  #online: boolean | undefined;

  constructor(
    private readonly api: Api,
    private readonly token: string,
    private readonly ears: Ears,
  ) {
    const server = new URL(api.base);
    this.#socket = new Manager(server.origin, {
      path: `${server.pathname}webhooks/web/socket.io`,
      transports: ["websocket"],
      reconnectionDelay: 500,
      reconnectionDelayMax: MOST_PAUSE_MS,
    }).socket("/", { auth: { token } });
    this.#listen();
    this.#pollSoon();
    addEventListener("online", this.#retry, { signal: this.#closed.signal });
    addEventListener("offline", () => this.#tell(false), { signal: this.#closed.signal });
  }

  /** Resolves when the server has stored the message. Raises Refused, or another Error when there is no line. */
  async say(message: Message): Promise<void> {
    if (!this.#socket.connected) return this.api.say(this.token, message);
    const sent = this.#socket.timeout(ACK_MS).emitWithAck("say", message);
    const answer = await sent.catch(() => this.api.say(this.token, message).then(() => ({ ok: true })));
    if (!answer?.ok) throw new Refused(answer?.error ?? "invalid", answer?.text);
  }

  /** Asks for all that comes after the last entry. */
  async catchUp(): Promise<void> {
    if (!this.#socket.connected) return; // the poll asks by itself
    try {
      const batch: Batch & { error?: string } = await this.#socket
        .timeout(ACK_MS)
        .emitWithAck("resume", { after: this.ears.last() });
      if (this.#closed.signal.aborted) return;
      if (batch.error === "ended") return this.#end();
      if (batch.entries) this.ears.caughtUp(batch);
    } catch {
      this.#socket.disconnect().connect(); // a line that does not answer is none
    }
  }

  close(): void {
    this.#closed.abort();
    this.#socket.off();
    this.#socket.disconnect();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on("connect", () => {
      this.#tell(true);
      this.catchUp();
    });
    socket.on("disconnect", () => this.#pollSoon());
    socket.on("connect_error", () => {
      if (!socket.active) this.#poll(); // the server refused; the poll finds out why
    });
    socket.on("entries", (entries: Entry[]) => this.ears.entries(entries));
    socket.on("typing", (on: boolean) => this.ears.typing(on));
    socket.on("ended", () => this.#end("elsewhere"));
  }

  #retry = (): void => {
    this.#socket.connect();
    this.#poll();
  };

  #pollSoon(): void {
    setTimeout(() => this.#poll(), GRACE_MS);
  }

  /** Polls until the socket is there or the link is closed. */
  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    let pause = 500;
    let wait = false; // the first answer comes at once and says whether there is a line
    while (!this.#socket.connected && !this.#closed.signal.aborted) {
      try {
        const batch = await this.api.entries(this.token, this.ears.last(), wait, this.#closed.signal);
        if (this.#closed.signal.aborted) break;
        this.#tell(true);
        this.ears.caughtUp(batch);
        [pause, wait] = [500, true];
      } catch (error) {
        if (this.#closed.signal.aborted || this.#socket.connected) break;
        if (error instanceof Refused && error.reason === "ended") return this.#end();
        this.#tell(false);
        wait = false;
        await new Promise((done) => setTimeout(done, pause));
        pause = Math.min(pause * 2, MOST_PAUSE_MS);
      }
    }
    this.#polling = false;
  }

  #tell(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.ears.online(online);
  }

  #end(why: "elsewhere" | "forgotten" = "forgotten"): void {
    if (this.#closed.signal.aborted) return;
    this.close();
    this.ears.ended(why);
  }
}
