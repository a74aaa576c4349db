/** The conversation: what was said goes out once and in order, what comes in is shown once and in order. */

import { type Api, Refused } from "./api.ts";
import { type Ears, Link } from "./link.ts";
import { Log } from "./log.ts";
import { Memory } from "./memory.ts";
import type { Batch, Entry, Message } from "./types.ts";

export const LONGEST_MESSAGE = 2000;
const TOO_FAST_MS = 10_000;

/** Why a message is not with the server. `text` is the server's own word for it, if it has one. */
export interface Failure {
  reason: "no_line" | "too_long" | "too_fast" | "invalid";
  text: string;
}

/** What shows the conversation. */
export interface Screen {
  /** An entry that is new to the screen. `restored`: it was said before the page was loaded. */
  show(entry: Entry, restored: boolean): void;
  /** A message of this tab is on its way. */
  sending(message: Message): void;
  sent(message: Message): void;
  failed(message: Message, failure: Failure): void;
  typing(on: boolean): void;
  online(on: boolean): void;
  /** The conversation is over: by this patient in another tab, or because the server has forgotten it. */
  ended(why: "elsewhere" | "forgotten"): void;
}

/** An id that nobody else has. crypto.randomUUID is missing where a page comes over plain HTTP. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Conversation {
  #log = new Log();
  #link: Link | undefined;
  #memory: Memory;
  #opening: Promise<void> | undefined;
  #sending = false;
  #restoring = false;
  /** The message with which a session turned out to be over. */
  #refused = "";

  constructor(
    private readonly api: Api,
    private readonly screen: Screen,
    /** Replaced in tests. */
    private readonly makeLink = (token: string, ears: Ears) => new Link(api, token, ears),
  ) {
    this.#memory = new Memory(api.base, {
      begun: (token) => this.#connect(token, true),
      ended: () => this.#over("elsewhere"),
    });
  }

  /** Takes up the conversation of this tab or of another one. Whether there is one. */
  async restore(): Promise<boolean> {
    const token = this.#memory.token;
    if (token) this.#connect(token, true);
    else await this.#memory.find();
    for (const message of this.#memory.waiting) this.screen.sending(message);
    this.#send();
    return !!this.#memory.token;
  }

  /** Opens a session ahead of the first message, so that it need not wait. A failure is found out by the message. */
  prepare(): void {
    this.#open().catch(() => {});
  }

  say(text: string, title?: string): void {
    const message: Message = { id: newId(), text, ...(title && title !== text ? { title } : {}) };
    this.#memory.keepWaiting([...this.#memory.waiting, message]);
    this.screen.sending(message);
    this.#send();
  }

  /** Sends again what is waiting. */
  retry(): void {
    this.#send();
  }

  /** Gives up a message that was not sent. */
  discard(id: string): void {
    this.#memory.keepWaiting(this.#memory.waiting.filter((message) => message.id !== id));
  }

  /** Ends the conversation here, in the other tabs and on the server. */
  wipe(): void {
    const token = this.#memory.token;
    this.#memory.wipe();
    this.#disconnect();
    if (token) this.api.end(token).catch(() => {}); // without a line, the server forgets it by itself in time
  }

  close(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#memory.close();
  }

  // -- the session

  #open(): Promise<void> {
    if (this.#link) return Promise.resolve();
    this.#opening ??= this.#memory.alone(() => this.#begin()).finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #begin(): Promise<void> {
    await this.#memory.find();
    if (this.#link) return; // another tab had one
    const token = await this.api.newToken();
    if (this.#link) return;
    this.#memory.keep(token);
    this.#connect(token, false);
  }

  #connect(token: string, restoring: boolean): void {
    this.#disconnect();
    this.#restoring = restoring;
    const mine: Link = this.makeLink(token, {
      last: () => this.#log.last,
      entries: (entries) => this.#take(this.#log.accept(entries)),
      caughtUp: (batch) => this.#caughtUp(batch),
      typing: (on) => this.screen.typing(on),
      online: (on) => {
        this.screen.online(on);
        if (on) this.#send();
      },
      ended: (why) => {
        if (this.#link === mine) this.#over(why);
      },
    });
    this.#link = mine;
  }

  #disconnect(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#log = new Log();
    this.screen.typing(false);
  }

  #over(why: "elsewhere" | "forgotten"): void {
    this.#disconnect();
    this.#memory.forget(why === "forgotten" ? this.#memory.waiting : []);
    this.screen.ended(why);
    this.#send();
  }

  // -- in

  #caughtUp(batch: Batch): void {
    this.#take(this.#log.acceptAll(batch.entries));
    this.#restoring = false;
    this.screen.typing(batch.typing);
  }

  #take(entries: Entry[]): void {
    for (const entry of entries) {
      if (entry.id) this.discard(entry.id);
      this.screen.show(entry, this.#restoring);
    }
    if (this.#log.gap) this.#link?.catchUp();
  }

  // -- out

  /** Sends what waits, one by one. Stops at the first that cannot be sent now. */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let message = this.#memory.waiting[0]; message; message = this.#memory.waiting[0]) {
        if (!(await this.#deliver(message))) break;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** Whether the next message may follow. */
  async #deliver(message: Message): Promise<boolean> {
    this.screen.sending(message);
    try {
      await this.#open();
      await this.#link?.say(message);
      this.discard(message.id);
      this.screen.sent(message);
      return true;
    } catch (error) {
      if (!this.#memory.waiting.includes(message)) return true; // given up meanwhile
      const reason = error instanceof Refused ? error.reason : "no_line";
      const text = error instanceof Refused ? error.text : "";
      if (reason === "ended" && this.#refused !== message.id) {
        this.#refused = message.id; // once more, in a new session
        this.#over("forgotten");
        return true;
      }
      if (reason === "too_long" || reason === "invalid") {
        this.discard(message.id);
        this.screen.failed(message, { reason, text });
        return true;
      }
      if (reason === "too_fast") setTimeout(() => this.#send(), TOO_FAST_MS);
      for (const each of this.#memory.waiting) {
        this.screen.failed(each, { reason: reason === "too_fast" ? reason : "no_line", text });
      }
      return false;
    }
  }
}
