import type { Entry } from "../src/types.ts";

export function start(options?: { port?: number; delay?: number }): Promise<{
  url: string;
  sessions: Map<string, { log: Entry[] }>;
  cut(): void;
  stop(): Promise<void>;
}>;
