/** The timeline of a summary: treatment, onset and today against the days in which it mostly shows. */

import { h, s } from "./dom.ts";
import { fill, type Strings } from "./strings.ts";
import type { Timeline } from "./types.ts";

export interface Mark {
  kind: "treatment" | "onset" | "today";
  day: number;
}

/** Days are counted from the treatment, which is day 0. */
export interface Drawing {
  from: number;
  to: number;
  marks: Mark[];
  window: { from: number; to: number } | null;
}

/** What can be drawn; null while the day of the treatment is not known. */
export function drawingOf({ days_since_treatment: today, onset_days_ago: ago, window }: Timeline): Drawing | null {
  if (today === null || today < 0) return null;
  const whole = Math.round; // the server counts hours as parts of a day
  const marks: Mark[] = [{ kind: "treatment", day: 0 }];
  if (ago !== null) marks.push({ kind: "onset", day: whole(today - ago) });
  marks.push({ kind: "today", day: whole(today) });
  const usual = window && { from: whole(window.from), to: whole(window.to) };
  const days = [...marks.map(({ day }) => day), ...(usual ? [usual.from, usual.to] : [])];
  return { from: Math.min(...days), to: Math.max(...days, 1), marks, window: usual };
}

/** The lines under the picture, which say in words all that it shows. */
export function wordsOf(drawing: Drawing, strings: Strings): { kind: string; label: string; value: string }[] {
  const day = (number: number) =>
    number < 0 ? fill(strings.timeline_before, { days: -number }) : fill(strings.timeline_day, { day: number });
  const lines = drawing.marks.map(({ kind, day: at }) => ({ kind: kind as string, label: strings[`timeline_${kind}`], value: day(at) }));
  if (drawing.window) {
    lines.push({ kind: "window", label: strings.timeline_window, value: fill(strings.timeline_days, drawing.window) });
  }
  return lines;
}

const [WIDTH, HEIGHT, EDGE, AXIS] = [320, 64, 14, 34];
const SHAPES: Record<string, string> = {
  treatment: "M0-8a8 8 0 1 0 .01 0Z",
  onset: "M0-10 9 0 0 10-9 0Z",
  today: "M0 7 8-7H-8Z",
  window: "M-11-5h22v10h-22Z",
};

/** The figure; null when there is nothing to draw. */
export function timelineFigure(timeline: Timeline, strings: Strings): HTMLElement | null {
  const drawing = drawingOf(timeline);
  if (!drawing) return null;
  const { from, to, marks, window } = drawing;
  const x = (day: number) => Math.round((EDGE + ((day - from) / (to - from)) * (WIDTH - 2 * EDGE)) * 10) / 10;
  const every = Math.max(1, Math.ceil((to - from) / 7));
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const picture = s("svg", { class: "days", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  if (window) {
    const width = Math.max(x(window.to) - x(window.from), 6);
    picture.append(s("rect", { class: "window", x: x(window.from), y: AXIS - 9, width, height: 18, rx: 4 }));
  }
  picture.append(s("path", { class: "axis", d: `M${x(from)} ${AXIS}H${x(to)}` }));
  for (const day of ticks.filter((each) => (each - from) % every === 0)) {
    picture.append(
      s("path", { class: "axis", d: `M${x(day)} ${AXIS - 4}v8` }),
      s("text", { x: x(day), y: HEIGHT - 4, "text-anchor": "middle" }, String(day)),
    );
  }
  for (const { kind, day } of marks) {
    const y = kind === "today" ? AXIS - 17 : AXIS;
    picture.append(s("path", { class: kind, d: SHAPES[kind], transform: `translate(${x(day)} ${y})` }));
  }
  const lines = wordsOf(drawing, strings).map(({ kind, label, value }) =>
    h("li", {}, sign(kind), h("span", {}, h("b", {}, `${label}: `), value)),
  );
  return h("figure", { class: "timeline" }, h("figcaption", {}, strings.timeline), picture, h("ul", {}, ...lines));
}

function sign(kind: string): SVGElement {
  return s("svg", { viewBox: "-12 -12 24 24", "aria-hidden": "true" }, s("path", { class: kind, d: SHAPES[kind] }));
}
