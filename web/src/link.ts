/** The line to the server: a WebSocket, made anew when it breaks; while it is not to be had, long polling. */

import { isBatch, isKept, Refused, refusalIn } from "./answers.ts";
import type { Api } from "./api.ts";
import { Socket } from "./socket.ts";
import type { Batch, Entry, Message } from "./types.ts";

/** How long the WebSocket may take before polling begins, and before the patient is told that there is no line. */
const GRACE_MS = 2_500;
const [LEAST_PAUSE_MS, MOST_PAUSE_MS] = [500, 10_000];

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

/** Pauses that grow, each by chance up to twice as long, so that those who lost their line together do not come back together. */
class Pauses {
  #least = LEAST_PAUSE_MS;

  next(): number {
    const pause = this.#least * (1 + Math.random());
    this.#least = Math.min(this.#least * 2, MOST_PAUSE_MS / 2);
    return pause;
  }

  reset(): void {
    this.#least = LEAST_PAUSE_MS;
  }
}

export class Link {
  #address: string;
  #socket: Socket | undefined;
  #pauses = new Pauses();
  #closed = new AbortController();
  #again: ReturnType<typeof setTimeout> | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #polling = false;
  /** Ends the pause between two polls. */
  #wake = (): void => {};
  #online: boolean | undefined;

  constructor(
    private readonly api: Api,
    private readonly token: string,
    private readonly ears: Ears,
  ) {
    this.#address = `${api.base.replace(/^http/, "ws")}webhooks/web/socket`;
    this.#connect();
    this.#pollSoon();
    addEventListener("online", () => this.#retry(), { signal: this.#closed.signal });
    addEventListener("offline", () => this.#lose(), { signal: this.#closed.signal });
  }

  /** Resolves when the server has stored the message. Raises Refused, or another Error when there is no line. */
  async say(message: Message): Promise<void> {
    const answer = await this.#socket?.ask({ say: message }).catch(() => undefined);
    if (isKept(answer)) return;
    const refusal = refusalIn(answer);
    if (refusal) throw refusal;
    if (this.#closed.signal.aborted) throw new Error("the link is closed");
    await this.api.say(this.token, message); // what may have arrived arrives once, by its id
  }

  /** Asks for all that comes after the last entry. */
  async catchUp(): Promise<void> {
    const socket = this.#socket;
    if (!socket?.ready) return; // the poll asks by itself
    const answer = await socket.ask({ resume: { after: this.ears.last() } }).catch(() => undefined);
    if (socket !== this.#socket) return;
    if (isBatch(answer)) {
      this.#tell(true);
      this.ears.caughtUp(answer);
    } else if (refusalIn(answer)?.reason === "ended") this.#end("forgotten");
    else socket.close(); // a line that cannot say what was said is none
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#again);
    clearTimeout(this.#soon);
    this.#wake();
    this.#socket?.close();
  }

  #connect(): void {
    clearTimeout(this.#again);
    let since = Number.POSITIVE_INFINITY;
    this.#socket = new Socket(this.#address, this.token, {
      ready: () => {
        since = Date.now();
        this.catchUp();
      },
      entries: (entries) => this.ears.entries(entries),
      typing: (on) => this.ears.typing(on),
      ended: () => this.#end("elsewhere"),
      over: (refused) => {
        this.#socket = undefined;
        if (this.#closed.signal.aborted) return;
        if (refused === "ended") return this.#end("forgotten");
        if (Date.now() - since > MOST_PAUSE_MS) this.#pauses.reset(); // but not for a line that breaks as soon as it is there
        this.#again = setTimeout(() => this.#connect(), this.#pauses.next());
        if (refused) this.#poll();
        else this.#pollSoon();
      },
    });
  }

  #lose(): void {
    this.#socket?.close();
    this.#tell(false);
  }

  /** The network is back, or is another one. */
  #retry(): void {
    if (this.#socket?.ready) this.catchUp();
    else {
      this.#socket?.close();
      this.#pauses.reset();
      this.#connect();
      this.#wake();
      this.#poll();
    }
  }

  #pollSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#poll(), GRACE_MS);
  }

  /** Polls until the socket is there or the link is closed. */
  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const pauses = new Pauses();
    let wait = false; // the first answer comes at once and says whether there is a line
    while (!this.#socket?.ready && !this.#closed.signal.aborted) {
      try {
        const batch = await this.api.entries(this.token, this.ears.last(), wait, this.#closed.signal);
        if (this.#closed.signal.aborted) break;
        this.#tell(true);
        this.ears.caughtUp(batch);
        pauses.reset();
        wait = true;
      } catch (error) {
        if (this.#closed.signal.aborted || this.#socket?.ready) break;
        if (error instanceof Refused && error.reason === "ended") return this.#end("forgotten");
        this.#tell(false);
        wait = false;
        const pause = pauses.next();
        await new Promise<void>((done) => {
          this.#wake = done;
          setTimeout(done, pause);
        });
      }
    }
    this.#polling = false;
  }

  #tell(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.ears.online(online);
  }

  #end(why: "elsewhere" | "forgotten"): void {
    if (this.#closed.signal.aborted) return;
    this.close();
    this.ears.ended(why);
  }
}
