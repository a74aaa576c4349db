import { describe, expect, it } from "vitest";
import { ENGLISH } from "../src/strings.ts";
import { type Drawing, drawingOf, wordsOf } from "../src/timeline.ts";

const WINDOW = { from: 1, to: 14 };

describe("the timeline", () => {
  it("puts treatment, onset and today on the days after the treatment", () => {
    const drawing = drawingOf({ days_since_treatment: 6, onset_days_ago: 2, window: WINDOW });
    expect(drawing?.marks).toEqual([
      { kind: "treatment", day: 0 },
      { kind: "onset", day: 4 },
      { kind: "today", day: 6 },
    ]);
    expect([drawing?.from, drawing?.to]).toEqual([0, 14]);
  });

  it("says in words all that it shows", () => {
    const drawing = drawingOf({ days_since_treatment: 6, onset_days_ago: 8, window: WINDOW }) as Drawing;
    const words = wordsOf(drawing, ENGLISH).map(({ label, value }) => `${label}: ${value}`);
    expect(words).toEqual(["Treatment: day 0", "It began: 2 days before the treatment", "Today: day 6", "When it mostly shows: day 1 to day 14"]);
    expect(drawing.from).toBe(-2);
  });

  it.each([
    [{ days_since_treatment: null, onset_days_ago: 2, window: WINDOW }],
    [{ days_since_treatment: -1, onset_days_ago: null, window: null }],
  ])("is not drawn when the day of the treatment is not known (%o)", (timeline) => {
    expect(drawingOf(timeline)).toBeNull();
  });

  it("counts in whole days", () => {
    const drawing = drawingOf({ days_since_treatment: 2.4, onset_days_ago: 0.04, window: { from: 0.04, to: 3.2 } });
    expect(drawing?.marks.map(({ day }) => day)).toEqual([0, 2, 2]);
    expect(drawing?.window).toEqual({ from: 0, to: 3 });
  });

  it("has a length on the day of the treatment too", () => {
    expect(drawingOf({ days_since_treatment: 0, onset_days_ago: 0, window: null })).toMatchObject({ from: 0, to: 1 });
  });
});
