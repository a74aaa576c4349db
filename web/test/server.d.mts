import type { Socket } from "node:net";
import type { Entry } from "../src/types.ts";

export const WebSocket: typeof globalThis.WebSocket;

interface Line {
  stream: Socket;
  /** How many pings the client has answered. */
  ponged: number;
  /** Sends a frame as it is. */
  raw(text: string): void;
}

export function start(options?: { port?: number; delay?: number; ping?: number; patience?: number }): Promise<{
  url: string;
  sessions: Map<string, { log: Entry[] }>;
  lines: Set<Line>;
  mood: { door: "open" | "shut" | "slammed" | "refusing"; deaf: boolean; unheard: boolean; away: boolean };
  cut(): void;
  stop(): Promise<void>;
}>;
