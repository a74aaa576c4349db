import { describe, expect, it } from "vitest";
import { HEIGHT, neighbour, REGIONS, type Region, sentence, WIDTH } from "../src/regions.ts";
import { ENGLISH } from "../src/strings.ts";

const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const named = (id: string) => REGIONS.find((region) => region.id === id) as Region;

describe("the picture", () => {
  it("becomes a plain sentence, from the top down whatever the order of the taps", () => {
    expect(sentence(["left_upper_eyelid", "left_eyebrow"], ENGLISH, "en-US")).toBe("It is here: left eyebrow and left upper eyelid.");
    expect(sentence(["chin"], ENGLISH, "en-US")).toBe("It is here: chin.");
  });

  it("shows a person who faces the viewer: their left is on the right", () => {
    for (const { id, x } of REGIONS) {
      if (id.startsWith("left_")) expect(x).toBeGreaterThan(WIDTH / 2);
      if (id.startsWith("right_")) expect(x).toBeLessThan(WIDTH / 2);
    }
  });

  it("lets the arrow keys reach every place", () => {
    const reached = new Set([REGIONS[0] as Region]);
    for (const region of reached) for (const key of KEYS) reached.add(neighbour(region, key));
    expect(reached.size).toBe(REGIONS.length);
  });

  it.each([
    ["right_eye", "ArrowUp", "right_upper_eyelid"],
    ["right_eye", "ArrowDown", "right_lower_eyelid"],
    ["right_eyebrow", "ArrowRight", "between_eyebrows"],
    ["between_eyebrows", "ArrowRight", "left_eyebrow"],
    ["left_underarm", "ArrowDown", "left_underarm"],
    ["chin", "ArrowDown", "neck"],
  ])("leads from %s with %s to %s", (from, key, to) => {
    expect(neighbour(named(from), key).id).toBe(to);
  });

  it("has each place once, within the picture", () => {
    expect(new Set(REGIONS.map(({ id }) => id)).size).toBe(REGIONS.length);
    for (const { x, y } of REGIONS) expect(x > 0 && x < WIDTH && y > 0 && y < HEIGHT).toBe(true);
  });
});
