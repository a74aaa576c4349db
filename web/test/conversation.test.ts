// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refused } from "../src/answers.ts";
import type { Api } from "../src/api.ts";
import { Conversation, type Screen } from "../src/conversation.ts";
import type { Ears, Link } from "../src/link.ts";
import type { Entry, Message, Reply } from "../src/types.ts";

const BASE = "https://chat.example/";

/** A server that keeps what arrives, and fails as it is told to. */
class Desk {
  tokens = 0;
  ended: string[] = [];
  arrived: Message[] = [];
  failures: (Error | null)[] = [];
  /** Whether its store is away: it reads what is said, keeps none of it, and answers an emergency. */
  away = false;
  read: string[] = [];
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
        this.read.push(message.text);
        if (this.away) throw new Refused("unavailable", "", message.text === "help" ? [{ text: "Call now." }] : []);
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
  onTheWay: string[] = [];
  show = (entry: Entry, restored: boolean) => this.lines.push(`${restored ? "again " : ""}${entry.from}: ${entry.text}`);
  sending = (message: Message) => void this.onTheWay.push(message.text);
  sent = (message: Message) => this.lines.push(`sent: ${message.text}`);
  failed = (message: Message, { reason }: { reason: string }) => this.lines.push(`${reason}: ${message.text}`);
  answered = (message: Message, replies: Reply[]) => this.lines.push(`answered: ${message.text}: ${replies.map(({ text }) => text)}`);
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

describe("a server that cannot keep what is said", () => {
  it("is asked again and again, and its answer shown once for each message", async () => {
    const chat = talk();
    desk.away = true;
    chat.say("help");
    await settled();
    expect(seen.lines).toEqual(["no_line: help", "answered: help: Call now."]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(desk.read).toEqual(["help", "help", "help", "help"]);
    chat.say("help");
    await settled();
    expect(seen.lines.slice(2)).toEqual(["no_line: help", "answered: help: Call now."]);
    desk.away = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen.lines.slice(4)).toEqual(["sent: help", "sent: help"]);
    expect(desk.arrived.map(({ text }) => text)).toEqual(["help", "help"]);
    expect(JSON.parse(sessionStorage.getItem(`aftercheck ${BASE}`) ?? "").waiting).toEqual([]);
  });

  it("reads an emergency behind what it could not keep, once, and gets all of it in order when it can", async () => {
    const chat = talk();
    desk.away = true;
    for (const text of ["one", "help", "two"]) chat.say(text);
    await settled();
    expect(seen.lines).toContain("answered: help: Call now.");
    expect(desk.read).toEqual(["one", "help", "two"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(desk.read).toEqual(["one", "help", "two", "one"]);
    desk.away = false;
    chat.say("three");
    await settled();
    expect(desk.arrived.map(({ text }) => text)).toEqual(["one", "help", "two", "three"]);
  });

  it("reads what comes behind a message that was too fast", async () => {
    const chat = talk();
    desk.failures = [new Refused("too_fast", "Slower, please."), new Refused("too_fast", "Slower, please.", [{ text: "Call now." }])];
    chat.say("one");
    chat.say("help");
    await settled();
    expect(seen.lines).toEqual(["too_fast: one", "too_fast: help", "answered: help: Call now."]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(desk.arrived.map(({ text }) => text)).toEqual(["one", "help"]);
  });

  it("is not asked for every message when it opens no session", async () => {
    const asked = vi.fn(async () => Promise.reject(new Refused("too_fast", "Slower, please.")));
    desk.api.newToken = asked;
    const chat = talk();
    chat.say("one");
    chat.say("two");
    await settled();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(seen.lines).toEqual(["too_fast: one", "too_fast: two"]);
  });
});

describe("what is not delivered", () => {
  it("is sent again by itself, which shows nothing until there is news", async () => {
    const chat = talk();
    const lost = new Error("no line");
    desk.failures = [lost, lost, lost, new Refused("too_fast", "Slower, please.")];
    chat.say("one");
    await vi.advanceTimersByTimeAsync(25_000);
    expect(seen.lines).toEqual(["no_line: one"]);
    expect(seen.onTheWay).toEqual(["one", "one"]); // said, and sent for the first time
    await vi.advanceTimersByTimeAsync(20_000);
    expect(seen.lines).toEqual(["no_line: one", "too_fast: one", "sent: one"]);
  });

  it("shows at once that it is tried when the patient asks for it, and what came of that", async () => {
    const chat = talk();
    desk.failures = [new Error("no line"), new Error("no line")];
    chat.say("one");
    await settled();
    chat.retry();
    expect(seen.onTheWay.at(-1)).toBe("one");
    await settled();
    expect(seen.lines).toEqual(["no_line: one", "no_line: one"]);
  });

  it("is left alone by a chat that is closed", async () => {
    const chat = talk();
    desk.failures = [new Error("no line")];
    chat.say("one");
    await settled();
    chat.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(desk.read).toEqual([]);
  });

  it("goes out in the new session when the old one ended while it was on its way", async () => {
    const link = desk.link;
    let lose: (error: Error) => void = () => {};
    desk.link = (token, ears) =>
      token === "token 1" ? Object.assign(link(token, ears), { say: () => new Promise<void>((_, no) => (lose = no)) }) : link(token, ears);
    const chat = talk();
    chat.say("one");
    await settled();
    desk.ears.ended("forgotten");
    lose(new Error("the link is closed"));
    await settled();
    expect(seen.lines).toEqual(["ended: forgotten", "sent: one"]);
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
