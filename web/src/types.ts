/** What travels between the widget and the server, and what the server says about itself. docs/widget.md names the routes. */

export interface Button {
  title: string;
  payload: string;
}

/** Days are counted from the treatment; null is "not said". */
export interface Timeline {
  days_since_treatment: number | null;
  onset_days_ago: number | null;
  window: { from: number; to: number } | null;
}

export interface Line {
  label: string;
  value: string;
}

/** The machine-readable part of a reply. */
export interface Custom {
  type?: string;
  id?: string;
  level?: string;
  answers?: string;
  options?: { payload: string; none?: boolean }[];
  timeline?: Timeline;
  summary?: Line[];
}

/** What Aftercheck says. */
export interface Reply {
  text: string;
  buttons?: Button[];
  custom?: Custom;
}

/** One thing that was said. Numbers begin at 1 in each session and have no gap. `at` is in seconds since 1970. */
export interface Entry extends Reply {
  number: number;
  at: number;
  from: "patient" | "bot";
  id?: string;
}

export interface Batch {
  entries: Entry[];
  typing: boolean;
}

/** What the patient says. `title` is what they saw as said, where it differs from `text`. */
export interface Message {
  id: string;
  text: string;
  title?: string;
}

export interface Contact {
  number: string;
  link: string | null;
}

export interface Hello {
  messages: Reply[];
  clinic: { name: string; phone: string; phone_link: string };
  emergency: Contact;
  warning_signs: string[];
}
