import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { REGIONS } from "../src/regions.ts";
import { ENGLISH, fill, list, stringsFrom } from "../src/strings.ts";

const SOURCE = readdirSync(new URL("../src", import.meta.url))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8"))
  .join("\n");
// Names that are put together where they are used.
const PREFIXES = ["level_", "not_sent_", "timeline_"];

describe("the string table", () => {
  it("has no text that nothing uses", () => {
    const regions = new Set<string>(REGIONS.map(({ id }) => id));
    const unused = Object.keys(ENGLISH).filter(
      (name) => !regions.has(name) && !new RegExp(`strings\\.${name}\\b`).test(SOURCE) && !PREFIXES.some((prefix) => name.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it("has words for each place, level, failure and mark", () => {
    const names = [
      ...REGIONS.map(({ id }) => id),
      ...["emergency", "same_day", "few_days", "routine"].flatMap((level) => [`level_${level}`, `level_${level}_label`]),
      ...["no_line", "too_long", "too_fast", "invalid"].map((reason) => `not_sent_${reason}`),
      ...["treatment", "onset", "today"].map((mark) => `timeline_${mark}`),
    ];
    expect(names.filter((name) => !(name in ENGLISH))).toEqual([]);
  });

  it("has no text of its own outside the table", () => {
    // A sentence in the code would be a capital letter, a word and a space within quotes.
    const comments = /\/\*[^]*?\*\/|\/\/.*$/gm;
    const code = SOURCE.replace(comments, "");
    expect(code.match(/"[A-Z][a-z]+ [a-z]+[^"]*"/g) ?? []).toEqual([]);
  });

  it("takes other texts by name, and stays English where there is none", () => {
    const strings = stringsFrom({ send: "Senden", nonsense: "x", close: 3 });
    expect(strings.send).toBe("Senden");
    expect(strings.close).toBe(ENGLISH.close);
    expect("nonsense" in strings).toBe(false);
    expect(stringsFrom("no table")).toEqual(ENGLISH);
  });

  it("fills in names, and leaves those alone that it has nothing for", () => {
    expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
    expect(list(["a", "b", "c"], "en-US")).toBe("a, b, and c");
    expect(list(["a", "b"], "not a language")).toBe("a, b");
  });
});
