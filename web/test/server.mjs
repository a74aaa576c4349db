// A small server that speaks the widget's protocol, with replies from a table: for tests of the widget without the program.
//   node test/server.mjs [port]    prints its address

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

/** Node 20 has none. */
export { WebSocket };

const SOCKET = "/webhooks/web/socket";
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
const EMERGENCY = /breath|swallow/i;
const TABLE = [
  [EMERGENCY, assessment("emergency", "Call 911 now. Do not wait and do not drive yourself.\n\nYou said: “I cannot breathe”.\n\nUntil help comes:\n\n- Sit up.\n- Do not eat or drink.")],
  [/not sure|none/i, assessment("few_days", "Contact your clinic within 1 to 3 days: Example Aesthetics Clinic, +1 555 010 0123.\n\nYou told me about a drooping upper eyelid.\n\nUntil then:\n\n- Do not drive if the lid blocks your sight.\n\nThis tool does not diagnose.")],
  [/fever/i, assessment("same_day", "Contact your clinic today: Example Aesthetics Clinic, +1 555 010 0123.\n\nYou told me about a fever.")],
  [/mild/i, assessment("routine", "Tell your clinic at your review.")],
  [/lid|here:/i, { text: "Is it on one side only, or on both sides?", buttons: buttons(["Left", "Right", "Both sides", "Not sure"]), custom: { type: "question", id: "sides", answers: "choice", options: [] } }],
  [/./, { text: "Do you have any of these right now?", buttons: buttons(["Trouble breathing", "Double vision", "None of these"]), custom: { type: "question", id: "red_flags", answers: "choice", options: [{ payload: "none of these", none: true }] } }],
];

/**
 * Starts it. `delay`: how long a reply takes, in milliseconds. `ping`, `patience`: of the heartbeat, in seconds.
 * `mood` of what is returned is how it misbehaves, and may be changed at any time:
 *   door: "shut" refuses WebSockets, "slammed" closes them at once, "refusing" answers the token as the store is away
 *   deaf: does not hear what is said on sockets that are open, and sends nothing on them
 *   unheard: takes what is said on a socket, but loses the acknowledgement
 *   away: the store is: no message is kept, but an emergency answered
 */
export async function start({ port = 0, delay = 150, ping = 20, patience = 20 } = {}) {
  const mood = { door: "open", deaf: false, unheard: false, away: false };
  const sessions = new Map();
  const lines = new Set();
  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 20_000 });

  function broadcast(session, frame) {
    for (const line of lines) if (line.session === session) line.tell(frame);
  }

  function add(session, entry) {
    session.log.push({ number: session.log.length + 1, at: Date.now() / 1000, ...entry });
    broadcast(session, { entries: [session.log.at(-1)] });
    session.wake();
  }

  function typing(session, on) {
    session.typing = on;
    broadcast(session, { typing: on });
    session.wake();
  }

  function say(session, { id, text, title }) {
    if (text.length > 2000) return { error: "too_long" };
    if (mood.away) return EMERGENCY.test(text) ? { error: "unavailable", replies: [TABLE[0][1]] } : { error: "unavailable" };
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

  http.on("upgrade", (request, stream, head) => {
    stream.on("error", () => {});
    if (request.url !== SOCKET || mood.door === "shut") return stream.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    sockets.handleUpgrade(request, stream, head, (socket) => (mood.door === "slammed" ? socket.close() : serve(socket, stream)));
  });

  function serve(socket, stream) {
    const line = {
      session: undefined,
      stream,
      raw: (text) => mood.deaf || socket.send(text),
      tell: (frame) => line.raw(JSON.stringify(frame)),
      refuse: (error) => (line.tell({ refused: { error } }), socket.close(1000)),
      end: () => (line.tell({ ended: true }), socket.close(1000)),
      ponged: 0,
    };
    lines.add(line);
    const pings = setInterval(() => line.session && line.tell({ ping: true }), ping * 1000);
    socket.on("close", () => (lines.delete(line), clearInterval(pings)));
    socket.on("error", () => {});
    socket.on("message", (data) => {
      if (mood.deaf) return;
      const frame = JSON.parse(String(data));
      if (frame.pong) line.ponged++;
      else if (!line.session) enter(line, frame);
      else if (frame.say) reply(line, frame.id, say(line.session, frame.say));
      else line.tell({ id: frame.id, answer: { entries: line.session.log.slice(frame.resume.after), typing: line.session.typing } });
    });
  }

  function enter(line, { token }) {
    if (mood.door === "refusing") return line.refuse("unavailable");
    line.session = sessions.get(token);
    if (!line.session) return line.refuse("ended");
    line.tell({ ready: { ping, patience } });
  }

  function reply(line, id, answer) {
    if (!mood.unheard) line.tell({ id, answer });
  }

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
    if (mood.door === "refusing") return json(503, { error: "unavailable" });
    const session = sessions.get(request.headers.authorization?.replace("Bearer ", ""));
    if (!session) return json(401, { error: "ended" });
    if (route === "message") {
      let body = "";
      for await (const part of request) body += part;
      const said = say(session, JSON.parse(body));
      return json({ too_long: 413, unavailable: 503 }[said.error] ?? 200, said);
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
      for (const line of lines) if (line.session === session) line.end();
      return json(200, {});
    }
    return json(404, { error: "there is no such page" });
  }

  await new Promise((done) => http.listen(port, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${http.address().port}/`,
    sessions,
    lines,
    mood,
    /** Breaks all lines that are open. */
    cut() {
      for (const { stream } of lines) stream.destroy();
    },
    stop() {
      this.cut();
      http.closeAllConnections();
      return new Promise((done) => http.close(done));
    },
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log((await start({ port: Number(process.argv[2] ?? 0) })).url);
