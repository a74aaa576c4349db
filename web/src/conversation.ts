/** The conversation: what was said goes out once and in order, what comes in is shown once and in order. */

import { Refused } from "./answers.ts";
import type { Api } from "./api.ts";
import { type Ears, Link } from "./link.ts";
import { Log } from "./log.ts";
import { Memory } from "./memory.ts";
import type { Batch, Entry, Message, Reply } from "./types.ts";

export const LONGEST_MESSAGE = 2000;
/** After how long it is tried again to send what waits. */
const AGAIN_MS = 10_000;

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
  /** The server's answer to a message that it could not keep. */
  answered(message: Message, replies: Reply[]): void;
  typing(on: boolean): void;
  online(on: boolean): void;
  /** The conversation is over: by this patient in another tab, or because the server has forgotten it. */
  ended(why: "elsewhere" | "forgotten"): void;
}

/** What became of a message: with the server or given up; read there, but not kept; or not known to have arrived. */
type Outcome = "done" | "read" | "lost";

/** An id that nobody else has. crypto.randomUUID is missing where a page comes over plain HTTP. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Conversation {
  #log = new Log();
  #link: Link | undefined;
  #memory: Memory;
  #opening: Promise<void> | undefined;
  #closed = false;
  #sending = false;
  #restoring = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** The message with which a session turned out to be over. */
  #refused = "";
  /** Messages that the server has read but did not keep, and those of them that it has answered, by their ids. */
  #read = new Set<string>();
  #answered = new Set<string>();
  /** Why a message is not sent, as it is shown now. What is tried again by itself changes nothing until there is news. */
  #shown = new Map<string, string>();

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

  /** Sends again what is waiting, because the patient wants it. */
  retry(): void {
    this.#shown.clear();
    this.#read.clear();
    for (const message of this.#memory.waiting) this.screen.sending(message);
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
    this.#closed = true;
    clearTimeout(this.#again);
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
    if (this.#link || this.#closed) return; // another tab had one
    const token = await this.api.newToken();
    if (this.#link || this.#closed) return;
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
        if (!on) return;
        this.#shown.clear();
        this.#send();
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

  /**
   * Sends what waits, one by one, and tries again in a while where the server does not take it now. Then those behind it are
   * sent once all the same, before their turn: the server reads them, and answers an emergency.
   */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#again);
    try {
      let outcome: Outcome = "done";
      let stuck = false;
      for (let message = this.#next(stuck); message && outcome !== "lost"; message = this.#next(stuck)) {
        outcome = await this.#deliver(message);
        stuck ||= outcome === "read";
      }
    } finally {
      this.#sending = false;
      if (this.#memory.waiting.length && !this.#closed) this.#again = setTimeout(() => this.#send(), AGAIN_MS);
    }
  }

  #next(stuck: boolean): Message | undefined {
    return this.#memory.waiting.find(({ id }) => !stuck || !this.#read.has(id));
  }

  async #deliver(message: Message): Promise<Outcome> {
    if (!this.#shown.has(message.id)) this.screen.sending(message);
    let link: Link | undefined;
    try {
      await this.#open();
      link = this.#link;
      if (!link) throw new Error("no line");
      await link.say(message);
      this.discard(message.id);
      this.screen.sent(message);
      return "done";
    } catch (error) {
      if (!this.#memory.waiting.includes(message)) return "done"; // given up, or back from the server
      const { reason, text, replies } = error instanceof Refused ? error : new Refused("no_line");
      const over = reason === "ended" || (link && link !== this.#link);
      if (over && this.#refused !== message.id) {
        this.#refused = message.id; // once more, in a new session
        if (link === this.#link) this.#over("forgotten");
        return "done";
      }
      const outcome = this.#failed(message, reason, text, !!link);
      this.#answer(message, replies);
      return outcome;
    }
  }

  #failed(message: Message, reason: string, text: string, asked: boolean): Outcome {
    if (reason === "too_long" || reason === "invalid") {
      this.discard(message.id);
      this.screen.failed(message, { reason, text });
      return "done";
    }
    const failure: Failure = { reason: reason === "too_fast" ? reason : "no_line", text };
    const read = asked && (reason === "too_fast" || reason === "unavailable");
    if (read) this.#read.add(message.id);
    for (const each of read ? [message] : this.#memory.waiting) {
      const known = this.#shown.get(each.id);
      this.#shown.set(each.id, failure.reason);
      if (known !== failure.reason) this.screen.failed(each, failure);
    }
    return read ? "read" : "lost";
  }

  #answer(message: Message, replies: Reply[]): void {
    if (!replies.length || this.#answered.has(message.id)) return;
    this.#answered.add(message.id);
    this.screen.answered(message, replies);
  }
}
