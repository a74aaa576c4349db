// A small server that speaks the widget's protocol, with replies from a table: for tests of the widget without the program.
//   node test/server.mjs [port]    prints its address

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Server } from "socket.io";

const WEB = new URL("..", import.meta.url);
const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/embed": ["embed.html", "text/html; charset=utf-8"],
  "/static/aftercheck-chat.js": ["dist/aftercheck-chat.js", "text/javascript; charset=utf-8"],
  "/static/page.css": ["page.css", "text/css"],
  "/static/embed.css": ["embed.css", "text/css"],
  "/static/icon.svg": ["icon.svg", "image/svg+xml"],
};
const SIGNS = ["Trouble or noise when you breathe", "Food or drink goes down the wrong way", "Slurred speech", "Swollen lips, tongue or throat", "Chest pain"];
const HELLO = {
  messages: [{ text: "Hello. Tell me in your own words what you feel. I am a program. I do not diagnose.", custom: { type: "info" } }],
  clinic: { name: "Example Aesthetics Clinic", phone: "+1 555 010 0123", phone_link: "tel:+15550100123" },
  emergency: { number: "911", link: "tel:911" },
  warning_signs: SIGNS,
};

const buttons = (titles) => titles.map((title) => ({ title, payload: title.toLowerCase() }));
const assessment = (level, text) => ({
  text,
  custom: {
    type: "assessment",
    level,
    timeline: { days_since_treatment: 6, onset_days_ago: 2, window: { from: 1, to: 14 }, window_text: "It mostly shows in the first two weeks." },
    summary: [{ label: "Sign", value: "Drooping upper eyelid, left" }, { label: "Treatment", value: "6 days ago" }],
  },
});
const TABLE = [
  [/breath|swallow/i, assessment("emergency", "Call 911 now. Do not wait and do not drive yourself.\n\nYou said: “I cannot breathe”.\n\nUntil help comes:\n\n- Sit up.\n- Do not eat or drink.")],
  [/not sure|none/i, assessment("few_days", "Contact your clinic within 1 to 3 days: Example Aesthetics Clinic, +1 555 010 0123.\n\nYou told me about a drooping upper eyelid.\n\nUntil then:\n\n- Do not drive if the lid blocks your sight.\n\nThis tool does not diagnose.")],
  [/fever/i, assessment("same_day", "Contact your clinic today: Example Aesthetics Clinic, +1 555 010 0123.\n\nYou told me about a fever.")],
  [/mild/i, assessment("routine", "Tell your clinic at your review.")],
  [/lid|here:/i, { text: "Is it on one side only, or on both sides?", buttons: buttons(["Left", "Right", "Both sides", "Not sure"]), custom: { type: "question", id: "sides", answers: "choice", options: [] } }],
  [/./, { text: "Do you have any of these right now?", buttons: buttons(["Trouble breathing", "Double vision", "None of these"]), custom: { type: "question", id: "red_flags", answers: "choice", options: [{ payload: "none of these", none: true }] } }],
];

/** Starts it. `delay`: how long a reply takes, in milliseconds. */
export async function start({ port = 0, delay = 150 } = {}) {
  const sessions = new Map();
  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  const io = new Server(http, { path: "/webhooks/web/socket.io", serveClient: false });

  function add(session, entry) {
    session.log.push({ number: session.log.length + 1, at: Date.now() / 1000, ...entry });
    io.to(session.token).emit("entries", [session.log.at(-1)]);
    session.wake();
  }

  function typing(session, on) {
    session.typing = on;
    io.to(session.token).emit("typing", on);
    session.wake();
  }

  function say(session, { id, text, title }) {
    if (text.length > 2000) return { error: "too_long" };
    if (session.log.some((entry) => entry.id === id)) return { ok: true };
    add(session, { from: "patient", id, text: title ?? text });
    typing(session, true);
    const [, reply] = TABLE.find(([pattern]) => pattern.test(text)) ?? [];
    setTimeout(() => {
      typing(session, false);
      add(session, { from: "bot", ...reply });
    }, delay);
    return { ok: true };
  }

  io.use((socket, next) => {
    const session = sessions.get(socket.handshake.auth.token);
    if (!session) return next(Object.assign(new Error("ended"), { data: { error: "ended" } }));
    socket.data.session = session;
    next();
  });
  io.on("connection", (socket) => {
    const { session } = socket.data;
    socket.join(session.token);
    socket.on("say", (message, done) => done(say(session, message)));
    socket.on("resume", ({ after }, done) => done({ entries: session.log.slice(after), typing: session.typing }));
  });

  async function answer(request, response) {
    const url = new URL(request.url, "http://localhost");
    const json = (status, content) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(content));
    const file = FILES[url.pathname];
    if (file) {
      const text = readFileSync(new URL(file[0], WEB), "utf8").replaceAll("{{emergency}}", '<a href="tel:911">911</a>');
      return response.writeHead(200, { "Content-Type": file[1], "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'" }).end(text);
    }
    const route = url.pathname.replace("/webhooks/web/", "");
    if (route === "hello") return json(200, HELLO);
    if (route === "session") {
      const session = { token: randomUUID(), log: [], typing: false, wake: () => {} };
      sessions.set(session.token, session);
      return json(200, { token: session.token, expires_at: Date.now() / 1000 + 3600 });
    }
    const session = sessions.get(request.headers.authorization?.replace("Bearer ", ""));
    if (!session) return json(401, { error: "ended" });
    if (route === "message") {
      let body = "";
      for await (const part of request) body += part;
      const said = say(session, JSON.parse(body));
      return json(said.error ? 413 : 200, said);
    }
    if (route === "entries") {
      const [after, wait] = ["after", "wait"].map((name) => Number(url.searchParams.get(name)));
      if (session.log.length <= after && wait) {
        await Promise.race([new Promise((done) => (session.wake = done)), new Promise((done) => setTimeout(done, wait * 1000))]);
      }
      if (!sessions.has(session.token)) return json(401, { error: "ended" });
      return json(200, { entries: session.log.slice(after), typing: session.typing });
    }
    if (route === "end") {
      sessions.delete(session.token);
      session.wake();
      io.to(session.token).emit("ended", {});
      io.in(session.token).disconnectSockets(true);
      return json(200, {});
    }
    return json(404, { error: "there is no such page" });
  }

  await new Promise((done) => http.listen(port, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${http.address().port}/`,
    sessions,
    /** Breaks all lines that are open. */
    cut: () => io.disconnectSockets(true),
    stop: () => new Promise((done) => io.close(done)),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log((await start({ port: Number(process.argv[2] ?? 0) })).url);
