/** The picture on which the patient shows where it is. */

import { forReaders, h, s } from "./dom.ts";
import { HEIGHT, neighbour, REGIONS, type Region, sentence, WIDTH, words } from "./regions.ts";
import { fill, type Strings } from "./strings.ts";

/** Lines of the person that are drawn once, and those that are drawn on both sides. */
const HEAD = "M180 20C106 20 60 68 62 146c-12-6-20 4-17 21 3 18 10 33 22 33 4 72 52 154 113 154s109-82 113-154c12 0 19-15 22-33 3-17-5-27-17-21 2-78-44-126-118-126Z";
const BODY = "M124 320v76c0 22-22 32-56 42-44 14-60 44-64 142h352c-4-98-20-128-64-142-34-10-56-20-56-42v-76Z";
const MIDDLE = ["M173 227q7 6 14 0", "M152 276q14-8 28-3 14-5 28 3-13 14-28 14t-28-14Z", "M154 276q26 5 52 0"];
const SIDE = ["M109 126q22-17 48-4-26-6-48 4Z", "M109 185q24-22 48 0-24 18-48 0Z", "M133 176.5a8 8 0 1 0 .01 0Z", "M165 223q-7-2-5-9", "M108 580q2-40-11-76", "M148 440q14 4 26 12"];

/** A modal dialog; `done` gets the sentence. `ask` is the question that it answers, if it answers one. */
export function pictureDialog(strings: Strings, language: string, done: (sentence: string) => void): HTMLDialogElement {
  const picked = new Set<string>();
  const places = new Map<Region, SVGElement>();
  const result = h("p", { class: "picked", "aria-live": "polite" }, strings.where_nothing);
  const finish = h("button", { type: "button", class: "solid", disabled: true, onclick: () => close(true) }, strings.where_done);

  function pick(region: Region): void {
    if (!picked.delete(region.id)) picked.add(region.id);
    places.get(region)?.setAttribute("aria-pressed", String(picked.has(region.id)));
    finish.disabled = !picked.size;
    result.textContent = picked.size
      ? fill(strings.where_picked, { places: words(picked, strings, language) })
      : strings.where_nothing;
  }

  function move(region: Region): void {
    for (const [each, place] of places) place.setAttribute("tabindex", each === region ? "0" : "-1");
    places.get(region)?.focus();
  }

  function pressed(event: KeyboardEvent, region: Region): void {
    if (event.key === " " || event.key === "Enter") pick(region);
    else if (event.key.startsWith("Arrow")) move(neighbour(region, event.key));
    else if (event.key === "Home" && REGIONS[0]) move(REGIONS[0]);
    else if (event.key === "End" && REGIONS.at(-1)) move(REGIONS.at(-1) as Region);
    else return;
    event.preventDefault();
  }

  function close(say: boolean): void {
    dialog.close();
    if (say) done(sentence(picked, strings, language));
  }

  for (const region of REGIONS) {
    const { id, path, mirrored, x, y } = region;
    const place = s(
      "g",
      {
        class: "place",
        role: "button",
        tabindex: places.size ? -1 : 0,
        "aria-pressed": "false",
        "aria-label": strings[id],
        onclick: () => pick(region),
        onfocus: () => move(region),
        onkeydown: (event: KeyboardEvent) => pressed(event, region),
      },
      s("title", {}, strings[id]),
      s("path", { d: path, transform: mirrored ? MIRROR : null }),
      s("path", { d: `M${x - 7} ${y}l5 6 10-12`, class: "tick" }),
    );
    places.set(region, place);
  }

  const drawing = s(
    "svg",
    { class: "person", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": strings.where_picture },
    s("path", { d: BODY, class: "skin" }),
    s("path", { d: HEAD, class: "skin" }),
    ...MIDDLE.map((d) => s("path", { d, class: "feature" })),
    ...SIDE.flatMap((d) => [s("path", { d, class: "feature" }), s("path", { d, class: "feature", transform: MIRROR })]),
    ...places.values(),
  );
  const sides = [strings.where_your_right, strings.where_your_left].map((side) => h("span", {}, side));
  const dialog = h(
    "dialog",
    { class: "where", "aria-labelledby": "where-title", "aria-describedby": "where-text" },
    h("h2", { id: "where-title" }, strings.where_title),
    h("p", { id: "where-text" }, strings.where_text, forReaders(` ${strings.where_keys}`)),
    h("div", { class: "sides", dir: "ltr", "aria-hidden": "true" }, ...sides),
    drawing,
    h(
      "div",
      { class: "foot" },
      result,
      h("button", { type: "button", onclick: () => close(false) }, strings.where_cancel),
      finish,
    ),
  );
  return dialog;
}

const MIRROR = `translate(${WIDTH} 0) scale(-1 1)`;
