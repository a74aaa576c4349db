// @ts-check
// The chat page. It shows what the web channel says; every text of the page itself is in index.html.

/** @typedef {{title: string, payload: string}} Button */
/** @typedef {{type?: string, level?: string, answers?: string, options?: {payload: string, none?: boolean}[]}} Custom */
/** @typedef {{text?: string, buttons?: Button[], custom?: Custom}} Message */
/** @typedef {{number: string, link: string}} Contact */
/** @typedef {{messages: Message[], clinic: Record<"name" | "phone" | "phone_link", string>, emergency: Contact, warning_signs: string[]}} Hello */
/** @typedef {{payload: string, item: HTMLElement}} Said what the server gets, and where the patient sees it */
/** @typedef {{token: string, waiting: number, queue: Promise<void>}} Chat */

const LONGEST_MESSAGE = 2000;
const PATIENCE_MS = 30_000;
const NEAR_END_PX = 120;

const page = document.documentElement;
const [log, reading, newest, composer] = ["log", "reading", "newest", "composer"].map(byId);
const input = /** @type {HTMLTextAreaElement} */ (byId("message"));
const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
const contacts = /** @type {Record<string, Contact>} */ ({});
let chat = newChat();
let atEnd = true;

// ---- the server

/** @param {string} path relative, to work under any prefix @param {RequestInit} [options] @returns {Promise<any>} */
async function request(path, options) {
  const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE_MS), ...options });
  if (!response.ok) throw new Error(path, { cause: response.status });
  return response.json();
}

/** The status with which the server refused, or 0 when it did not answer or made no sense. @param {unknown} error */
function statusOf(error) {
  return (error instanceof Error && Number(error.cause)) || 0;
}

/** @param {Chat} mine */
async function openSession(mine) {
  mine.token ||= (await request("webhooks/web/session", { method: "POST" })).token;
}

/** @param {Chat} mine @param {string} message @returns {Promise<Message[]>} what Aftercheck answers, never empty */
async function ask(mine, message) {
  const { messages } = await request("webhooks/web/message", {
    method: "POST",
    headers: { Authorization: `Bearer ${mine.token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ message }),
  });
  if (!messages?.length) throw new Error("no answer");
  return messages;
}

/** As `ask`, once more in a new session when the old one has ended. @param {Chat} mine @param {string} message */
async function askInSession(mine, message) {
  if ([...message].length > LONGEST_MESSAGE) throw new Error("too long", { cause: 413 });
  await openSession(mine);
  try {
    return await ask(mine, message);
  } catch (error) {
    if (statusOf(error) !== 401) throw error;
    mine.token = "";
    await openSession(mine);
    if (mine === chat) log.append(fromTemplate("session-ended"));
    return ask(mine, message);
  }
}

// ---- the conversation

/** @returns {Chat} */
function newChat() {
  return { token: "", waiting: 0, queue: Promise.resolve() };
}

/** The session opens while the greeting is read. */
async function begin() {
  const mine = chat;
  mine.queue = mine.queue.then(() => openSession(mine)).catch(() => {}); // the first message tries again
  try {
    /** @type {Hello} */
    const hello = await request("webhooks/web/hello");
    if (mine !== chat) return;
    showFacts(hello);
    showReplies(hello.messages);
  } catch {
    if (mine === chat) showFailure(fromTemplate("no-greeting"), log, begin);
  }
}

/** @param {string} title what the patient sees as said @param {string} payload what the server gets */
function say(title, payload) {
  const item = fromTemplate("said-by-you");
  within(item, ".body").textContent = title;
  for (const group of log.querySelectorAll("fieldset")) group.disabled = true;
  deliver({ payload, item });
}

/** Messages go out one by one, in the order in which they were said. @param {Said} said */
function deliver(said) {
  const mine = chat;
  log.append(said.item);
  mine.waiting += 1;
  mine.queue = mine.queue
    .then(() => askInSession(mine, said.payload))
    .then((messages) => { if (mine === chat) showReplies(messages); })
    .catch((error) => { if (mine === chat) showNotSent(said, statusOf(error)); })
    .then(() => { mine.waiting -= 1; showReading(); });
  showReading();
  scrollToEnd();
}

function startOver() {
  chat = newChat();
  input.value = "";
  showReading();
  log.replaceChildren(fromTemplate("started-over"));
  scrollToEnd();
  begin();
  focusInput();
}

// ---- what is shown

/** @param {Message[]} messages */
function showReplies(messages) {
  const items = messages.map(replyItem);
  const first = items.find((item) => item.matches(".emergency")) ?? items[0];
  const follow = atEnd || first.matches(".emergency");
  byId("loading").hidden = true;
  log.append(...items);
  newest.hidden = follow;
  if (follow && log.querySelector(".you")) first.scrollIntoView(); // a long answer is read from its top
}

/** @param {Message} message */
function replyItem({ text, buttons, custom }) {
  const level = custom?.type === "assessment" && `level-${custom.level}`;
  const item = fromTemplate(level && document.getElementById(level) ? level : "said-by-bot");
  within(item, ".body").append(...blocks(text ?? ""));
  if (buttons?.length) item.append(quickAnswers(buttons, custom));
  return item;
}

/** Blank lines part paragraphs, lines that start with "- " make a list. @param {string} text */
function blocks(text) {
  /** @type {HTMLElement[]} */
  const made = [];
  let last = "";
  for (const line of text.split("\n").map((each) => each.trim())) {
    const tag = line.startsWith("- ") ? "ul" : line && "p";
    if (tag && tag !== last) made.push(document.createElement(tag));
    if (tag === "ul") made[made.length - 1].append(element("li", line.slice(2)));
    if (tag === "p") made[made.length - 1].append(last === "p" ? `\n${line}` : line);
    last = tag;
  }
  return made;
}

/** @param {Button[]} buttons @param {Custom} [custom] */
function quickAnswers(buttons, custom) {
  const group = fromTemplate("quick-answers");
  group.classList.toggle("stacked", custom?.answers === "choice");
  for (const { title, payload } of buttons) {
    const button = element("button", title);
    if (custom?.options?.some((option) => option.none && option.payload === payload)) button.classList.add("none");
    button.addEventListener("click", () => {
      focusInput(); // before the buttons are disabled, or the focus would be lost
      button.classList.add("chosen");
      button.append(fromTemplate("chosen"));
      say(title, payload);
    });
    group.append(button);
  }
  return group;
}

/** @param {Hello} hello */
function showFacts({ clinic, emergency, warning_signs }) {
  contacts.clinic = { number: clinic.phone, link: clinic.phone_link };
  contacts.emergency = emergency;
  fillCalls(document);
  byId("clinic-name").textContent = clinic.name;
  byId("clinic").hidden = !clinic.name;
  within(document, "#signs ul").replaceChildren(...warning_signs.map((sign) => element("li", sign)));
  byId("signs").hidden = !warning_signs.length;
}

/** @param {ParentNode} root */
function fillCalls(root) {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (root.querySelectorAll("a[data-call]"))) {
    const contact = contacts[link.dataset.call ?? ""];
    if (!contact?.link?.startsWith("tel:")) continue;
    link.href = contact.link;
    link.hidden = false;
    within(link, "[data-number]").textContent = contact.number;
  }
}

/** @param {Said} said @param {number} status */
function showNotSent(said, status) {
  const failed = fromTemplate("not-sent");
  const why = failed.querySelector(`[data-why="${status}"]`) ?? within(failed, "[data-why=other]");
  for (const other of failed.querySelectorAll("[data-why]")) if (other !== why) other.remove();
  showFailure(failed, said.item, () => {
    if (status !== 413) return deliver(said);
    said.item.remove();
    input.value = said.payload;
    fitInput();
  });
}

/** @param {HTMLElement} failed @param {HTMLElement} place @param {() => void} tryAgain */
function showFailure(failed, place, tryAgain) {
  within(failed, "button").addEventListener("click", () => {
    focusInput();
    failed.remove();
    tryAgain();
  });
  byId("loading").hidden = true;
  place.append(failed);
  if (atEnd) scrollToEnd();
}

function showReading() {
  reading.replaceChildren(...(chat.waiting ? [fromTemplate("reading-now")] : []));
}

function scrollToEnd() {
  page.scrollTop = page.scrollHeight;
  atEnd = newest.hidden = true;
}

/** The field gets the focus back; on a touch screen the keyboard stays away, so that it does not cover the answer. */
function focusInput() {
  input.readOnly = matchMedia("(pointer: coarse)").matches;
  input.focus({ preventScroll: true });
  setTimeout(() => { input.readOnly = false; });
}

function fitInput() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
  if (atEnd) scrollToEnd();
}

// ---- the document

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {ParentNode} root @param {string} selector */
function within(root, selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}

/** @param {string} id */
function fromTemplate(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  const copy = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
  fillCalls(copy);
  return copy;
}

/** @param {string} tag @param {string} text */
function element(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

// ---- what the patient does

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  input.value = "";
  if (text) say(text, text);
  fitInput();
  input.focus({ preventScroll: true });
});
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  /** @type {HTMLFormElement} */ (composer).requestSubmit();
});
input.addEventListener("input", fitInput);
newest.addEventListener("click", () => { scrollToEnd(); focusInput(); });
byId("start-over").addEventListener("click", () => log.querySelector(".you") ? dialog.showModal() : startOver());
byId("confirm-no").addEventListener("click", () => dialog.close());
byId("confirm-yes").addEventListener("click", () => { dialog.close(); startOver(); });
addEventListener("resize", () => atEnd && scrollToEnd());
addEventListener("scroll", () => {
  atEnd = page.scrollHeight - innerHeight - scrollY < NEAR_END_PX;
  if (atEnd) newest.hidden = true;
}, { passive: true });

composer.hidden = byId("start-over").hidden = false;
begin();
