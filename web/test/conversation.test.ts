// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Api, Refused } from "../src/api.ts";
import { Conversation, type Screen } from "../src/conversation.ts";
import type { Ears, Link } from "../src/link.ts";
import type { Entry, Message } from "../src/types.ts";

const BASE = "https://chat.example/";

/** A server that keeps what arrives, and fails as it is told to. */
class Desk {
  tokens = 0;
  ended: string[] = [];
  arrived: Message[] = [];
  failures: (Error | null)[] = [];
  ears!: Ears;
  caughtUp = 0;

  api = {
    base: BASE,
    newToken: async () => `token ${++this.tokens}`,
    end: async (token: string) => void this.ended.push(token),
  } as unknown as Api;

  link = (_token: string, ears: Ears) => {
    this.ears = ears;
    return {
      say: async (message: Message) => {
        const failure = this.failures.shift();
        if (failure) throw failure;
        this.arrived.push(message);
      },
      catchUp: async () => void this.caughtUp++,
      close: () => {},
    } as unknown as Link;
  };
}

/** What a patient would see. */
class Seen implements Screen {
  lines: string[] = [];
  show = (entry: Entry, restored: boolean) => this.lines.push(`${restored ? "again " : ""}${entry.from}: ${entry.text}`);
  sending = () => {};
  sent = (message: Message) => this.lines.push(`sent: ${message.text}`);
  failed = (message: Message, { reason }: { reason: string }) => this.lines.push(`${reason}: ${message.text}`);
  typing = () => {};
  online = () => {};
  ended = (why: string) => this.lines.push(`ended: ${why}`);
}

const entry = (number: number, text: string, from: Entry["from"] = "bot", id?: string): Entry => ({ number, at: 0, from, text, ...(id ? { id } : {}) });

let desk: Desk;
let seen: Seen;
let talks: Conversation[];

function talk(): Conversation {
  seen = new Seen();
  talks.push(new Conversation(desk.api, seen, desk.link));
  return talks.at(-1) as Conversation;
}

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  desk = new Desk();
  talks = [];
});
afterEach(() => {
  for (const each of talks) each.close();
  vi.useRealTimers();
});
const settled = () => vi.advanceTimersByTimeAsync(200);

describe("a conversation", () => {
  it("sends what is said in order, in one session", async () => {
    const chat = talk();
    for (const text of ["one", "two", "three"]) chat.say(text);
    await settled();
    expect(desk.arrived.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(new Set(desk.arrived.map(({ id }) => id)).size).toBe(3);
    expect(desk.tokens).toBe(1);
    expect(JSON.parse(sessionStorage.getItem(`aftercheck ${BASE}`) ?? "")).toEqual({ token: "token 1", waiting: [] });
  });

  it("sends the title of a quick reply along, where it differs from the payload", async () => {
    const chat = talk();
    chat.say("/yes", "Yes");
    chat.say("Yes", "Yes");
    await settled();
    expect(desk.arrived.map(({ title }) => title)).toEqual(["Yes", undefined]);
  });

  it("keeps what found no line, and sends it with the same id once there is one", async () => {
    const chat = talk();
    desk.failures = [new Error("no line")];
    chat.say("one");
    chat.say("two");
    await settled();
    expect(seen.lines).toEqual(["no_line: one", "no_line: two"]);
    const waiting = JSON.parse(sessionStorage.getItem(`aftercheck ${BASE}`) ?? "").waiting as Message[];
    desk.ears.online(true);
    await settled();
    expect(desk.arrived).toEqual(waiting);
    expect(seen.lines.slice(2)).toEqual(["sent: one", "sent: two"]);
  });

  it("sends after a reload what was not delivered before it", async () => {
    desk.failures = [new Error("no line")];
    talk().say("one");
    await settled();
    talks.pop()?.close();
    const chat = talk();
    await chat.restore();
    await settled();
    expect(desk.arrived.map(({ text }) => text)).toEqual(["one"]);
    expect(desk.tokens).toBe(1);
  });

  it("gives up what the server never takes, and goes on with the next", async () => {
    const chat = talk();
    desk.failures = [new Refused("too_long")];
    chat.say("long");
    chat.say("short");
    await settled();
    expect(seen.lines).toEqual(["too_long: long", "sent: short"]);
  });

  it("waits and tries again when it was too fast", async () => {
    const chat = talk();
    desk.failures = [new Refused("too_fast", "Slower, please.")];
    chat.say("one");
    await settled();
    expect(seen.lines).toEqual(["too_fast: one"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen.lines).toEqual(["too_fast: one", "sent: one"]);
  });

  it("begins a new session when the old one has ended, once for a message", async () => {
    const chat = talk();
    desk.failures = [new Refused("ended")];
    chat.say("one");
    await settled();
    expect(seen.lines).toEqual(["ended: forgotten", "sent: one"]);
    expect(desk.tokens).toBe(2);
    desk.failures = [new Refused("ended"), new Refused("ended")];
    chat.say("two");
    await settled();
    expect(desk.tokens).toBe(3);
    expect(seen.lines.slice(2)).toEqual(["ended: forgotten", "no_line: two"]);
  });

  it("shows each entry once, and asks for what is missing", async () => {
    const chat = talk();
    chat.prepare();
    await settled();
    desk.ears.caughtUp({ entries: [entry(1, "a")], typing: false });
    desk.ears.entries([entry(1, "a"), entry(3, "c")]);
    expect(desk.caughtUp).toBe(1);
    desk.ears.caughtUp({ entries: [entry(2, "b"), entry(3, "c")], typing: false });
    expect(seen.lines).toEqual(["bot: a", "bot: b", "bot: c"]);
  });

  it("does not send again what the server already has", async () => {
    const chat = talk();
    desk.failures = [new Error("the acknowledgement was lost")];
    chat.say("one");
    await settled();
    const { id } = JSON.parse(sessionStorage.getItem(`aftercheck ${BASE}`) ?? "").waiting[0];
    desk.ears.caughtUp({ entries: [entry(1, "one", "patient", id)], typing: true });
    chat.retry();
    await settled();
    expect(desk.arrived).toEqual([]);
  });

  it("says which entries were there before a reload", async () => {
    const chat = talk();
    chat.prepare();
    await settled();
    chat.close();
    const again = talk();
    await again.restore();
    desk.ears.caughtUp({ entries: [entry(1, "a")], typing: false });
    desk.ears.entries([entry(2, "b")]);
    expect(seen.lines).toEqual(["again bot: a", "bot: b"]);
  });

  it("wipes everything, here and on the server", async () => {
    const chat = talk();
    desk.failures = [null, new Error("no line")];
    chat.say("one");
    chat.say("two");
    await settled();
    chat.wipe();
    await settled();
    expect(desk.ended).toEqual(["token 1"]);
    expect(sessionStorage.length).toBe(0);
    chat.say("three");
    await settled();
    expect(desk.arrived.map(({ text }) => text)).toEqual(["one", "three"]);
    expect(desk.tokens).toBe(2);
  });
});

describe("a wipe while a message is on its way", () => {
  it("does not end the conversation that begins after it", async () => {
    let refuse: (error: Error) => void = () => {};
    const link = desk.link;
    desk.link = (token, ears) => Object.assign(link(token, ears), { say: () => new Promise<void>((_, no) => (refuse = no)) });
    const chat = talk();
    chat.say("one");
    await settled();
    chat.wipe();
    refuse(new Refused("ended"));
    await settled();
    expect(seen.lines).toEqual([]);
  });
});

describe("two tabs", () => {
  it("show one conversation, and end it together", async () => {
    vi.useRealTimers();
    const pause = () => new Promise((done) => setTimeout(done, 150));
    const first = talk();
    first.say("one");
    await pause();
    sessionStorage.clear(); // the storage of each tab is its own
    const second = talk();
    expect(await second.restore()).toBe(true);
    expect(desk.tokens).toBe(1);
    const there = seen;
    first.wipe();
    await pause();
    expect(there.lines).toContain("ended: elsewhere");
  });

  describe("that begin at the same time", () => {
    /** Web Locks as the browser has them; `free`: no other tab holds the lock. */
    const locks = (free: boolean) => ({
      request: (_name: string, { signal }: LockOptions, work: () => Promise<void>) =>
        free ? work() : new Promise((_, fail) => signal?.addEventListener("abort", () => fail(signal.reason))),
    });
    let patience: AbortController;

    beforeEach(() => {
      patience = new AbortController();
      vi.spyOn(AbortSignal, "timeout").mockReturnValue(patience.signal);
    });
    afterEach(() => {
      vi.unstubAllGlobals();
      vi.restoreAllMocks();
    });

    it("open a session one after the other, but no message waits for long for a tab that hangs", async () => {
      vi.stubGlobal("navigator", { locks: locks(false) });
      talk().say("one");
      await settled();
      expect(desk.tokens).toBe(0);
      patience.abort();
      await settled();
      expect(desk.arrived.map(({ text }) => text)).toEqual(["one"]);
      expect(desk.tokens).toBe(1);
    });

    it.each([true, undefined])("say once that no session could be opened (lock: %s)", async (free) => {
      vi.stubGlobal("navigator", { locks: free && locks(free) });
      const asked = vi.fn(async () => Promise.reject(new Error("no line")));
      desk.api.newToken = asked;
      talk().say("one");
      await settled();
      expect(seen.lines).toEqual(["no_line: one"]);
      expect(asked).toHaveBeenCalledTimes(1);
    });
  });
});
