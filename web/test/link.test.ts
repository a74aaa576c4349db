// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Api } from "../src/api.ts";
import { Link } from "../src/link.ts";
import type { Entry } from "../src/types.ts";
import { start, WebSocket } from "./server.mjs";

vi.setConfig({ testTimeout: 20_000 });

/** What a link hears. */
class Ear {
  heard: Entry[] = [];
  said: string[] = [];
  last = () => this.heard.at(-1)?.number ?? 0;
  entries = (entries: Entry[]) => void this.heard.push(...entries.filter(({ number }) => number > this.last()));
  caughtUp = ({ entries }: { entries: Entry[] }) => this.entries(entries);
  typing = (on: boolean) => void this.said.push(`typing ${on}`);
  online = (on: boolean) => void this.said.push(`online ${on}`);
  ended = (why: string) => void this.said.push(`ended ${why}`);
}

async function until(true_: () => boolean, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!true_()) {
    if (Date.now() > end) throw new Error("it did not come to that");
    await new Promise((done) => setTimeout(done, 20));
  }
}

const message = (text: string) => ({ id: crypto.randomUUID(), text });

type Server = Awaited<ReturnType<typeof start>>;
let server: Server;
let api: Api;
let token: string;
let ear: Ear;
let link: Link;
let fetched: string[];
let window: EventTarget;

/** A link to a server in this mood. */
async function begin(options: Parameters<typeof start>[0] = {}, mood: Partial<Server["mood"]> = {}): Promise<void> {
  server = await start({ delay: 20, ...options });
  Object.assign(server.mood, mood);
  api = new Api(server.url);
  token = await api.newToken();
  ear = new Ear();
  link = new Link(api, token, ear);
}

const online = () => until(() => ear.said.includes("online true"));
const kept = () => server.sessions.get(token)?.log.filter(({ from }) => from === "patient").map(({ text }) => text);
const posts = () => fetched.filter((address) => address.endsWith("/message")).length;

beforeEach(() => {
  window = new EventTarget();
  vi.stubGlobal("WebSocket", WebSocket);
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  fetched = [];
  const real = fetch;
  vi.stubGlobal("fetch", (address: string, options: RequestInit) => {
    fetched.push(address);
    return real(address, options);
  });
});
afterEach(async () => {
  link?.close();
  await server?.stop();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe.each(["socket", "polling"])("a link by %s", (way) => {
  beforeEach(async () => {
    if (way === "polling") vi.stubGlobal("WebSocket", undefined);
    await begin();
    if (way === "polling") window.dispatchEvent(new Event("online")); // which polls at once
    await online();
  });

  it("brings what is said there, and what is answered back", async () => {
    await link.say(message("my lid droops"));
    await until(() => ear.heard.length === 2);
    expect(ear.heard.map(({ from }) => from)).toEqual(["patient", "bot"]);
    expect(posts()).toBe(way === "socket" ? 0 : 1);
  });

  it("says the same message once", async () => {
    const same = message("mild");
    await link.say(same);
    await link.say(same);
    await until(() => ear.heard.length === 2);
    expect(server.sessions.get(token)?.log).toHaveLength(2);
  });

  it("keeps the order in which it was said", async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `mild ${index}`);
    for (const text of texts) await link.say(message(text));
    await until(() => ear.heard.length === 40);
    expect(kept()).toEqual(texts);
    expect(ear.heard.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it("passes on why the server does not take a message", async () => {
    await expect(link.say(message("a".repeat(2001)))).rejects.toMatchObject({ reason: "too_long" });
    await expect(link.say(message("a".repeat(30_000)))).rejects.toMatchObject({ reason: "too_long" });
  });

  it("passes on what the server answers to a message that it cannot keep", async () => {
    server.mood.away = true;
    const emergency = expect.objectContaining({ custom: expect.objectContaining({ level: "emergency" }) });
    await expect(link.say(message("I cannot breathe"))).rejects.toMatchObject({ reason: "unavailable", replies: [emergency] });
    await expect(link.say(message("mild"))).rejects.toMatchObject({ reason: "unavailable", replies: [] });
    expect(kept()).toEqual([]);
  });

  it("hears that the conversation was ended", async () => {
    await api.end(token);
    await until(() => ear.said.some((word) => word.startsWith("ended")));
    expect(ear.said).toContain(way === "socket" ? "ended elsewhere" : "ended forgotten");
  });

  it("ends at once with a token that the server does not know", async () => {
    const other = new Ear();
    const lost = new Link(api, "nobody's", other);
    await until(() => other.said.length > 0);
    expect(other.said).toEqual(["ended forgotten"]);
    lost.close();
  });

  it("says nothing any more when it is closed", async () => {
    const saying = link.say(message("mild"));
    link.close();
    await saying.catch(() => {});
    await expect(link.say(message("fever"))).rejects.toThrow();
    await new Promise((done) => setTimeout(done, 100));
    expect(kept()).not.toContain("fever");
    expect(ear.heard).toEqual([]);
  });
});

describe("a line that breaks", () => {
  it("loses nothing and doubles nothing", async () => {
    await begin({ delay: 300 });
    await online();
    await link.say(message("fever"));
    server.cut();
    await until(() => ear.heard.length === 2);
    expect(ear.heard.map(({ number }) => number)).toEqual([1, 2]);
    expect(ear.said.filter((word) => word.startsWith("online"))).toEqual(["online true"]);
  });

  it("says once what was not acknowledged before it", async () => {
    await begin({}, { unheard: true });
    await online();
    const saying = link.say(message("fever"));
    await until(() => kept()?.length === 1);
    server.cut();
    await saying;
    await until(() => ear.heard.length === 2);
    expect(kept()).toEqual(["fever"]);
    expect(posts()).toBe(1);
  });

  it("says over the other way what is never acknowledged", async () => {
    await begin({}, { unheard: true });
    await online();
    await link.say(message("fever"));
    expect(kept()).toEqual(["fever"]);
    expect(posts()).toBe(1);
  });

  it.each([0, 0.5, 0.999])("comes back in growing pauses, each by chance up to twice as long: %s", async (chance) => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(chance);
    const tries: [number, string][] = [];
    class Forbidden {
      constructor(address: string) {
        tries.push([Date.now(), address]);
        throw new Error("not here");
      }
    }
    vi.stubGlobal("WebSocket", Forbidden);
    const mute = { base: "https://chat.example/clinic/", entries: () => new Promise(() => {}) } as unknown as Api;
    const alone = new Link(mute, "token", new Ear());
    await vi.advanceTimersByTimeAsync(60_000);
    alone.close();
    vi.useRealTimers();
    const pauses = tries.slice(1).map(([at], index) => Math.round(at - (tries[index]?.[0] ?? 0)));
    expect(pauses.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 5000, 5000].map((least) => Math.trunc(least * (1 + chance))));
    expect(new Set(tries.map(([, address]) => address))).toEqual(new Set(["wss://chat.example/clinic/webhooks/web/socket"]));
  });
});

describe("a line that is dead", () => {
  it("is noticed by the pings that do not come, and made anew", async () => {
    await begin({ ping: 0.2, patience: 0.2 });
    await online();
    await until(() => [...server.lines].some(({ ponged }) => ponged > 5));
    const [first] = server.lines;
    server.mood.deaf = true;
    await until(() => !server.lines.has(first as never));
    server.mood.deaf = false;
    await link.say(message("fever"));
    await until(() => ear.heard.length === 2);
    await until(() => server.lines.size === 1);
  });

  it("is noticed by a message that nobody takes, which then goes the other way", async () => {
    await begin();
    await online();
    server.mood.deaf = true; // as when the server's half alone is closed
    await link.say(message("fever"));
    expect(kept()).toEqual(["fever"]);
    await until(() => ear.heard.length === 2); // by polling
    server.mood.deaf = false;
  });

  it("is noticed at once when a phone has slept", async () => {
    await begin();
    await online();
    const [first] = server.lines;
    server.mood.deaf = true;
    const now = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
    const from = performance.now();
    await link.say(message("fever"));
    expect(performance.now() - from).toBeLessThan(500); // before the next tick
    expect(posts()).toBe(1);
    await until(() => !server.lines.has(first as never));
  });

  it("is noticed too when the clock was set back", async () => {
    await begin({ ping: 0.2, patience: 0.8 });
    await online();
    const [first] = server.lines;
    server.mood.deaf = true;
    const now = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => now() - 3_600_000);
    await until(() => !server.lines.has(first as never), 5);
  });

  it("ends with the network, and is back with it", async () => {
    await begin();
    await online();
    const [first] = server.lines;
    window.dispatchEvent(new Event("offline"));
    expect(ear.said.at(-1)).toBe("online false");
    await until(() => !server.lines.has(first as never));
    window.dispatchEvent(new Event("online"));
    await until(() => ear.said.at(-1) === "online true");
    await link.say(message("fever"));
    await until(() => ear.heard.length === 2);
  });

  it("is found out by a network that is another one", async () => {
    await begin();
    await online();
    const [first] = server.lines;
    server.mood.deaf = true;
    window.dispatchEvent(new Event("online"));
    await until(() => !server.lines.has(first as never));
  });
});

describe("a WebSocket that is not to be had", () => {
  it.each(["shut", "slammed", "refusing"] as const)("is done without, and used once it is there: %s", async (door) => {
    await begin({}, { door });
    if (door === "refusing") {
      await until(() => ear.said.includes("online false"));
      await expect(link.say(message("fever"))).rejects.toThrow();
      expect(kept()).toEqual([]);
    } else {
      await online();
      await link.say(message("fever"));
      await until(() => ear.heard.length === 2);
    }
    server.mood.door = "open";
    await until(() => [...server.lines].some((line) => line.stream.writable), 15);
    await online();
    await link.say(message("mild"));
    expect(kept()?.at(-1)).toBe("mild");
    await until(() => ear.heard.at(-1)?.from === "bot" && ear.heard.length % 2 === 0);
    expect(ear.heard.map(({ number }) => number)).toEqual(ear.heard.map((_, index) => index + 1));
  });
});

describe("what is no frame of ours", () => {
  it.each(["", "hello", "null", "[]", "7", '"ping"', '{"entries": 5}', '{"entries": [{"text": "no number"}]}', '{"id": 1, "answer": 5}', '{"ready": {}}'])(
    "ends the connection, and nothing is lost: %s",
    async (frame) => {
      await begin({ delay: 300 });
      await online();
      const [first] = server.lines;
      await link.say(message("fever"));
      first?.raw(frame);
      await until(() => !server.lines.has(first as never));
      await until(() => ear.heard.length === 2);
      expect(kept()).toEqual(["fever"]);
    },
  );

  it.each(["{}", '{"news": 1}', '{"id": 99, "answer": {"ok": true}}', '{"typing": "yes"}'])("is passed over where it may be a later protocol's: %s", async (frame) => {
    await begin();
    await online();
    const [first] = server.lines;
    first?.raw(frame);
    await link.say(message("fever"));
    await until(() => ear.heard.length === 2);
    expect([...server.lines]).toEqual([first]);
    expect(posts()).toBe(0);
  });

  it.each(["{}", "null", "[]", '{"error": "teapot"}', '{"ok": "yes"}'])("does not make a message look delivered: %s", async (answer) => {
    await begin({}, { unheard: true });
    await online();
    const real = fetch;
    vi.stubGlobal("fetch", (address: string, options: RequestInit) =>
      address.endsWith("/message") ? Promise.resolve(new Response(answer)) : real(address, options),
    );
    const saying = link.say(message("fever"));
    await until(() => kept()?.length === 1);
    [...server.lines][0]?.raw(`{"id": 2, "answer": ${answer === "null" || answer === "[]" ? "{}" : answer}}`);
    await expect(saying).rejects.not.toMatchObject({ reason: expect.anything() });
  });
});
