// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Api } from "../src/api.ts";
import { Link } from "../src/link.ts";
import type { Entry } from "../src/types.ts";
import { start } from "./server.mjs";

/** What a link hears, from the real socket.io server. */
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

async function until(true_: () => boolean, seconds = 5): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!true_()) {
    if (Date.now() > end) throw new Error("it did not come to that");
    await new Promise((done) => setTimeout(done, 20));
  }
}

const message = (text: string) => ({ id: crypto.randomUUID(), text });

describe.each(["socket", "polling"])("a link by %s", (way) => {
  let server: Awaited<ReturnType<typeof start>>;
  let api: Api;
  let token: string;
  let ear: Ear;
  let link: Link;

  beforeEach(async () => {
    // Without a WebSocket, the link must poll.
    const none = class {
      constructor() {
        setTimeout(() => (this as unknown as WebSocket).onerror?.({} as never));
      }
      close() {}
    };
    Object.assign(globalThis, { WebSocket: way === "socket" ? WebSocket : none, addEventListener: () => {}, removeEventListener: () => {} });
    server = await start({ delay: 20 });
    api = new Api(server.url);
    token = await api.newToken();
    ear = new Ear();
    link = new Link(api, token, ear);
  });
  afterEach(async () => {
    link.close();
    await server.stop();
  });

  it("brings what is said there, and what is answered back", async () => {
    await until(() => ear.said.includes("online true"));
    await link.say(message("my lid droops"));
    await until(() => ear.heard.length === 2);
    expect(ear.heard.map(({ from }) => from)).toEqual(["patient", "bot"]);
  });

  it("says the same message once", async () => {
    await until(() => ear.said.includes("online true"));
    const same = message("mild");
    await link.say(same);
    await link.say(same);
    await until(() => ear.heard.length === 2);
    expect(server.sessions.get(token)?.log).toHaveLength(2);
  });

  it("passes on why the server does not take a message", async () => {
    await until(() => ear.said.includes("online true"));
    await expect(link.say(message("a".repeat(2001)))).rejects.toMatchObject({ reason: "too_long" });
  });

  it("hears that the conversation was ended", async () => {
    await until(() => ear.said.includes("online true"));
    await api.end(token);
    await until(() => ear.said.some((word) => word.startsWith("ended")));
    expect(ear.said).toContain(way === "socket" ? "ended elsewhere" : "ended forgotten");
  });

  it("ends at once with a token that the server does not know", async () => {
    const other = new Ear();
    const lost = new Link(api, "nobody's", other);
    await until(() => other.said.includes("ended forgotten"));
    lost.close();
  });
});

describe("a line that breaks", () => {
  it("loses nothing and doubles nothing", async () => {
    Object.assign(globalThis, { WebSocket, addEventListener: () => {}, removeEventListener: () => {} });
    const server = await start({ delay: 300 });
    const api = new Api(server.url);
    const ear = new Ear();
    const link = new Link(api, await api.newToken(), ear);
    await until(() => ear.said.includes("online true"));
    await link.say(message("fever"));
    server.cut();
    await until(() => ear.heard.length === 2);
    expect(ear.heard.map(({ number }) => number)).toEqual([1, 2]);
    link.close();
    await server.stop();
  });
});
