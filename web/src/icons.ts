/** The pictures of buttons and cards. Each stands beside words, so none is read out. */

import { s } from "./dom.ts";

const LINES: Record<string, string[]> = {
  clock: ["M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Z", "M12 6.5V12l3.5 2.5"],
  calendar: ["M5.5 4.5h13A2.5 2.5 0 0 1 21 7v12a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 3 19V7a2.5 2.5 0 0 1 2.5-2.5Z", "M3 10h18M8 2v4.5M16 2v4.5M7.5 15.5h.1M12 15.5h.1M16.5 15.5h.1"],
  note: ["M5 2.5h14v19H5Z", "M8.5 8h7M8.5 12h7M8.5 16h4"],
  person: ["M12 2.5a4.7 4.7 0 1 0 0 9.4 4.7 4.7 0 0 0 0-9.4Z", "M3.5 21.5c.3-4.5 3.5-7 8.5-7s8.2 2.5 8.5 7"],
  again: ["M4 12a8 8 0 1 0 2.6-5.9L4 8.5", "M4 3.5v5h5"],
  leave: ["M10 3.5H5.5v17H10", "M15.5 7.5 20 12l-4.5 4.5M20 12H10"],
  print: ["M7 8V3h10v5", "M7 17H4V8.5h16V17h-3", "M7 14h10v7H7Z"],
  save: ["M12 3v12M7 10.5l5 5 5-5", "M4 20.5h16"],
  close: ["M5 5l14 14M19 5 5 19"],
  send: ["M4 12h15M13 6l6 6-6 6"],
  cloud: ["M3 3l18 18", "M9 6.2A6 6 0 0 1 17.7 10a4.3 4.3 0 0 1 2.6 6.7M16.5 18H7a4.5 4.5 0 0 1-.8-8.9"],
};
const SOLID: Record<string, string> = {
  phone:
    "M6.6 2.8 9 2.3c.7-.1 1.3.2 1.6.8l1.3 3c.2.6.1 1.2-.4 1.6L9.8 9.2a11.5 11.5 0 0 0 5 5l1.5-1.7c.4-.5 1-.6 1.6-.4l3 1.3c.6.3.9.9.8 1.6l-.5 2.4c-.1.7-.7 1.2-1.4 1.2A16.4 16.4 0 0 1 5.4 4.2c0-.7.5-1.3 1.2-1.4Z",
};

/** An icon by name. */
export function icon(name: string): SVGElement {
  const frame = s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" });
  if (name === "alert") {
    frame.append(s("path", { d: "M8 1.5h8L22.5 8v8L16 22.5H8L1.5 16V8Z", fill: "currentColor" }));
    frame.append(s("path", { d: "M12 6.5v7M12 17.3v.2", class: "cut" }));
  } else if (SOLID[name]) frame.append(s("path", { d: SOLID[name], fill: "currentColor" }));
  else for (const d of LINES[name] ?? []) frame.append(s("path", { d, class: "line" }));
  return frame;
}

/** The mark of Aftercheck. */
export function mark(): SVGElement {
  return s(
    "svg",
    { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    s("path", { d: "M8 3h16a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5h-7l-7 6v-6H8a5 5 0 0 1-5-5V8a5 5 0 0 1 5-5Z", fill: "currentColor" }),
    s("path", { d: "M9 14h4l2-4.5 3 8 2-3.5h3", class: "pulse" }),
  );
}
