/**
 * The colors, light and dark. Each is a custom property that a page may set: `--aftercheck-NAME` for light,
 * `--aftercheck-dark-NAME` for dark. test/contrast.test.ts measures the pairs that meet.
 */

export const LIGHT = {
  page: "#f8f5f0",
  surface: "#ffffff",
  ink: "#1c2b2d",
  "soft-ink": "#4a5a5c",
  line: "#dcd6cb",
  edge: "#75807f",
  brand: "#0b5557",
  "brand-strong": "#083f41",
  "on-brand": "#ffffff",
  top: "#0b5557",
  "on-top": "#ffffff",
  tint: "#e3f0ee",
  you: "#d8ebe8",
  focus: "#1d3fb0",
  alarm: "#a8121c",
  "on-alarm": "#ffffff",
  call: "#a8121c",
  "call-strong": "#7f0b13",
  "alarm-tint": "#fdeeed",
  today: "#8a4200",
  "today-tint": "#fdf1e0",
  days: "#1b4f8f",
  "days-tint": "#e8f0fa",
  review: "#46565a",
  "review-tint": "#eceeec",
};

export type Color = keyof typeof LIGHT;

export const DARK: Record<Color, string> = {
  page: "#12191a",
  surface: "#1c2627",
  ink: "#eef1ef",
  "soft-ink": "#b7c3c2",
  line: "#364445",
  edge: "#8b9a99",
  brand: "#7fd1c7",
  "brand-strong": "#a6e3db",
  "on-brand": "#06282a",
  top: "#0d3335",
  "on-top": "#ffffff",
  tint: "#173032",
  you: "#1f4446",
  focus: "#ffd766",
  alarm: "#ff8f88",
  "on-alarm": "#ffffff",
  call: "#c9202b",
  "call-strong": "#a81923",
  "alarm-tint": "#3a1717",
  today: "#ffb968",
  "today-tint": "#35260f",
  days: "#9cc5ff",
  "days-tint": "#172a41",
  review: "#c3cfce",
  "review-tint": "#2a3536",
};

function properties(colors: Record<Color, string>, prefix: string): string {
  return Object.entries(colors)
    .map(([name, value]) => `--${name}:var(--aftercheck-${prefix}${name},${value});`)
    .join("");
}

/** The rules that set the colors: by the system's setting, or by the attribute `theme`. */
export function themeRules(): string {
  const [light, dark] = [properties(LIGHT, ""), properties(DARK, "dark-")];
  return (
    `.root{color-scheme:light;${light}}` +
    `@media(prefers-color-scheme:dark){:host(:not([theme=light])) .root{color-scheme:dark;${dark}}}` +
    `:host([theme=dark]) .root{color-scheme:dark;${dark}}`
  );
}
