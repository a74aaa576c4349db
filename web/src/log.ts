/** The order of what was said: each entry comes out once, in the order of its number. */

import type { Entry } from "./types.ts";

export class Log {
  /** The number of the last entry that came out. */
  last = 0;
  #early = new Map<number, Entry>();

  /** The entries that can be shown now. One that came too early is kept until those before it are there. */
  accept(entries: Entry[]): Entry[] {
    for (const entry of entries) if (entry.number > this.last) this.#early.set(entry.number, entry);
    const ready: Entry[] = [];
    for (let entry = this.#early.get(this.last + 1); entry; entry = this.#early.get(this.last + 1)) {
      this.#early.delete(entry.number);
      this.last = entry.number;
      ready.push(entry);
    }
    return ready;
  }

  /** As `accept`, for all that the server has after `last`: what is not in it will never come, so nothing waits for it. */
  acceptAll(entries: Entry[]): Entry[] {
    const ready: Entry[] = [];
    for (const entry of [...entries].sort((a, b) => a.number - b.number)) {
      if (entry.number > this.last + 1) this.last = entry.number - 1;
      ready.push(...this.accept([entry]));
    }
    return ready;
  }

  /** Whether something is missing before an entry that came. */
  get gap(): boolean {
    return this.#early.size > 0;
  }
}
