import { describe, expect, it } from "vitest";
import { Log } from "../src/log.ts";
import type { Entry } from "../src/types.ts";

const entry = (number: number): Entry => ({ number, at: 0, from: "bot", text: `${number}` });
const numbers = (entries: Entry[]) => entries.map(({ number }) => number);

/** A steady source of numbers below 1. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

describe("the log", () => {
  it.each([...Array(50).keys()])("gives each entry once and in order, however they come (%i)", (seed) => {
    const roll = dice(seed + 1);
    const log = new Log();
    const out: number[] = [];
    const came = Array.from({ length: 60 }, () => 1 + Math.floor(roll() * 12)).map(entry);
    while (came.length) out.push(...numbers(log.accept(came.splice(0, 1 + Math.floor(roll() * 3)))));
    out.push(...numbers(log.acceptAll([...Array(12).keys()].map((index) => entry(index + 1)))));
    expect(out).toEqual([...Array(12).keys()].map((index) => index + 1));
    expect(log.gap).toBe(false);
  });

  it("keeps what came too early until what is missing is there", () => {
    const log = new Log();
    expect(numbers(log.accept([entry(1), entry(3)]))).toEqual([1]);
    expect(log.gap).toBe(true);
    expect(numbers(log.accept([entry(2)]))).toEqual([2, 3]);
    expect(log.gap).toBe(false);
  });

  it("does not wait for what the server does not have", () => {
    const log = new Log();
    expect(numbers(log.acceptAll([entry(5), entry(4)]))).toEqual([4, 5]);
    expect(log.last).toBe(5);
    expect(numbers(log.accept([entry(6)]))).toEqual([6]);
  });
});
