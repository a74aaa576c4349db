/** The places of the picture, from the top down. The person faces the viewer, so their right side is on the left. */

import { fill, list, type Strings } from "./strings.ts";

export const WIDTH = 360;
export const HEIGHT = 580;

export interface Region {
  /** Also the name of its words in the string table. */
  id: keyof Strings;
  /** The outline, in the picture's units. */
  path: string;
  /** Drawn mirrored, for the person's left side. */
  mirrored: boolean;
  /** The middle, for moving about with the arrow keys. */
  x: number;
  y: number;
}

/** A box with round corners. */
function box(x: number, y: number, width: number, height: number, r = 13): string {
  return `M${x + r} ${y}h${width - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${height - 2 * r}a${r} ${r} 0 0 1-${r} ${r}h-${width - 2 * r}a${r} ${r} 0 0 1-${r}-${r}v-${height - 2 * r}a${r} ${r} 0 0 1 ${r}-${r}Z`;
}

type Place = [name: string, path: string, x: number, y: number];

/** A place on each side, drawn for the person's right; and a place in the middle. */
const both = ([name, path, x, y]: Place): Region[] =>
  [false, true].map((mirrored) => ({
    id: `${mirrored ? "left" : "right"}_${name}` as keyof Strings,
    path,
    mirrored,
    x: mirrored ? WIDTH - x : x,
    y,
  }));
const middle = (id: keyof Strings, path: string, y: number): Region => ({ id, path, mirrored: false, x: WIDTH / 2, y });

export const REGIONS: readonly Region[] = [
  ...both(["forehead", "M143 45C112 53 92 72 83 97q-1 5 4 5h56q5 0 5-5V49q0-5-5-4Z", 118, 79]),
  middle("middle_forehead", "M157 41q23-4 46 0 5 1 5 6v50q0 5-5 5h-46q-5 0-5-5V47q0-5 5-6Z", 72),
  ...both(["temple", box(72, 106, 30, 29), 87, 120]),
  ...both(["eyebrow", box(106, 106, 54, 29), 133, 120]),
  middle("between_eyebrows", box(164, 106, 32, 42), 127),
  ...both(["crows_feet", box(72, 139, 30, 89), 87, 183]),
  ...both(["upper_eyelid", box(106, 138, 54, 29), 133, 152]),
  ...both(["eye", box(106, 170, 54, 29), 133, 184]),
  ...both(["lower_eyelid", box(106, 202, 54, 29), 133, 216]),
  middle("nose", "M173 152h14q6 0 7 6 3 30 10 56 4 26-24 26t-24-26q7-26 10-56 1-6 7-6Z", 205),
  ...both(["cheek", box(84, 235, 65, 31), 117, 250]),
  middle("upper_lip", box(153, 245, 54, 29), 259),
  ...both(["mouth_corner", box(118, 270, 31, 31, 15), 134, 286]),
  middle("lower_lip", box(153, 278, 54, 29), 292),
  ...both(["jaw", "M112 305h32q5 0 5 5v29q0 6-6 3-24-12-36-30-3-7 5-7Z", 131, 322]),
  middle("chin", box(153, 311, 54, 34), 328),
  ...both(["neck", box(130, 372, 30, 58), 145, 401]),
  middle("neck", box(164, 372, 32, 58), 401),
  ...both(["underarm", box(72, 482, 54, 54, 27), 99, 509]),
];

/** What the patient says by picking places: one plain sentence. */
export function sentence(picked: Iterable<string>, strings: Strings, language: string): string {
  return fill(strings.where_sentence, { places: words(picked, strings, language) });
}

/** The picked places in words, from the top down. */
export function words(picked: Iterable<string>, strings: Strings, language: string): string {
  const wanted = new Set(picked);
  const names = REGIONS.filter(({ id }) => wanted.has(id)).map(({ id }) => strings[id]);
  return list(names, language);
}

/** The place that an arrow key leads to: the nearest one in that direction; the same one at the edge. */
export function neighbour(from: Region, key: string): Region {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  for (const region of REGIONS) {
    const along = (region.x - from.x) * (dx ?? 0) + (region.y - from.y) * (dy ?? 0);
    const across = Math.abs((region.x - from.x) * (dy ?? 0)) + Math.abs((region.y - from.y) * (dx ?? 0));
    if (along <= 0 || across > along * 2) continue;
    if (along + across * 2 < least) [best, least] = [region, along + across * 2];
  }
  return best;
}
