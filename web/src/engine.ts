/**
 * What socket.io-client's Manager needs of engine.io-client: protocol 4 over one WebSocket. The build puts this in its place,
 * because two thirds of the original are other transports and the change between them, which we do not use: where there is no
 * WebSocket, link.ts polls the REST routes. test/link.test.ts runs it against the real socket.io server.
 */

import { Emitter } from "@socket.io/component-emitter";

const [OPEN, CLOSE, PING, PONG, MESSAGE] = ["0", "1", "2", "3", "4"];

type None = Record<never, never>;
type Events = Record<"open" | "ping" | "data" | "error" | "close", (...values: unknown[]) => void>;

export class Socket extends Emitter<None, None, Events> {
  /** socket.io-client asks it whether it may write. */
  readonly transport = { writable: false };
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience = 0;
  /** When the server must have said something. */
  #deadline = Number.POSITIVE_INFINITY;

  /** `uri` is the origin of the server. */
  constructor(uri: string, options: { path: string }) {
    super();
    const address = `${uri.replace(/^http/, "ws")}${options.path.replace(/\/?$/, "/")}?EIO=4&transport=websocket`;
    addEventListener("offline", this.#offline);
    try {
      const socket = new WebSocket(address);
      this.#socket = socket;
      socket.onmessage = ({ data }) => this.#take(String(data));
      socket.onerror = () => this.#fail();
      socket.onclose = () => this.#over("transport close");
    } catch {
      nextTick(() => this.#fail()); // a browser may forbid it at once
    }
  }

  write(packet: string): void {
    this.#socket?.send(MESSAGE + packet);
  }

  close(): void {
    this.#over("forced close");
  }

  /** On a phone that slept the timer is late: what would be written now is kept for the next connection. */
  _hasPingExpired(): boolean {
    const expired = Date.now() > this.#deadline;
    if (expired) nextTick(() => this.#over("ping timeout"));
    return expired;
  }

  #offline = (): void => this.#over("transport close");

  #take(packet: string): void {
    const content = packet.slice(1);
    if (packet[0] === OPEN) {
      const { pingInterval, pingTimeout } = JSON.parse(content);
      this.#patience = pingInterval + pingTimeout;
      this.transport.writable = true;
      this.#wait();
      this.emitReserved("open");
    } else if (packet[0] === PING) {
      this.#socket?.send(PONG as string);
      this.#wait();
      this.emitReserved("ping");
    } else if (packet[0] === MESSAGE) this.emitReserved("data", content);
    else if (packet[0] === CLOSE) this.#over("transport close");
  }

  /** The server says something in time, or the connection is dead. */
  #wait(): void {
    clearTimeout(this.#timer);
    this.#deadline = Date.now() + this.#patience;
    this.#timer = setTimeout(() => this.#over("ping timeout"), this.#patience);
  }

  #fail(): void {
    this.emitReserved("error", new Error("websocket error"));
    this.#over("transport error");
  }

  #over(reason: string): void {
    removeEventListener("offline", this.#offline);
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    this.transport.writable = false;
    clearTimeout(this.#timer);
    socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
    this.emitReserved("close", reason);
  }
}

type Timers = { setTimeoutFn: typeof setTimeout; clearTimeoutFn: typeof clearTimeout };

export function installTimerFunctions(target: Timers): void {
  target.setTimeoutFn = setTimeout.bind(globalThis);
  target.clearTimeoutFn = clearTimeout.bind(globalThis);
}

export const nextTick = (task: () => void): Promise<void> => Promise.resolve().then(task);
