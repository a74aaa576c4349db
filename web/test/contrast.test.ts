// The contrast of all pairs of colors that meet in the widget, in both themes (WCAG 2.2, 1.4.3 and 1.4.11). docs/accessibility.md
// quotes the lowest ones.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Color, DARK, LIGHT, themeRules } from "../src/theme.ts";

const TEXT = 4.5;
const SHAPE = 3;
const PAIRS: [Color, Color, number][] = [
  ...(["page", "surface", "you", "tint"] as Color[]).map((ground): [Color, Color, number] => ["ink", ground, TEXT]),
  ...(["page", "surface", "line", "alarm-tint", "today-tint", "days-tint", "review-tint"] as Color[]).map((ground): [Color, Color, number] => ["soft-ink", ground, TEXT]),
  ...(["alarm-tint", "today-tint", "days-tint", "review-tint"] as Color[]).map((ground): [Color, Color, number] => ["ink", ground, TEXT]),
  ...(["page", "surface"] as Color[]).map((ground): [Color, Color, number] => ["brand", ground, TEXT]),
  ["brand-strong", "tint", TEXT],
  ["on-brand", "brand", TEXT],
  ["on-brand", "brand-strong", TEXT],
  ["on-top", "top", TEXT],
  ["alarm", "alarm-tint", TEXT],
  ["alarm", "surface", TEXT],
  ["alarm", "page", TEXT],
  ["on-alarm", "call", TEXT],
  ["on-alarm", "call-strong", TEXT],
  ["today", "surface", TEXT],
  ["today", "today-tint", SHAPE],
  ["days", "days-tint", SHAPE],
  ["days", "surface", SHAPE],
  ["review", "review-tint", SHAPE],
  ["review", "page", SHAPE],
  ["today", "page", SHAPE],
  ["days", "page", SHAPE],
  ["edge", "surface", SHAPE],
  ["edge", "page", SHAPE],
  ["focus", "surface", SHAPE],
  ["focus", "page", SHAPE],
  ["brand", "surface", SHAPE],
];

function luminance(color: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The colors as the style sheet sets them. */
function colorsOf(rules: string, prefix: string): Record<string, string> {
  return Object.fromEntries([...rules.matchAll(new RegExp(`--([\\w-]+):var\\(--aftercheck-${prefix}\\1,(#\\w{6})\\)`, "g"))].map(([, name, value]) => [name, value]));
}

describe.each([
  ["light", LIGHT, ""],
  ["dark", DARK, "dark-"],
] as const)("the %s theme", (name, colors, prefix) => {
  it("is what the style sheet sets", () => {
    expect(colorsOf(themeRules(), prefix)).toEqual(colors);
  });

  it.each(PAIRS)("%s on %s reaches %d to 1", (ink, ground, least) => {
    expect(contrast(colors[ink], colors[ground])).toBeGreaterThanOrEqual(least);
  });

  it("is quoted in docs/accessibility.md with its lowest contrast of text and of shapes", () => {
    const lowest = [TEXT, SHAPE].map((least) =>
      Math.min(...PAIRS.filter(([, , each]) => each === least).map(([ink, ground]) => contrast(colors[ink], colors[ground]))).toFixed(1),
    );
    const page = readFileSync(new URL("../../docs/accessibility.md", import.meta.url), "utf8");
    expect(page).toContain(`| ${name} | ${lowest[0]} : 1 | ${lowest[1]} : 1 |`);
  });
});
