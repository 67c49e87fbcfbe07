// The messages of one conversation as elements, in order, each once.
//
//   new Timeline({container, renderMessage, onGap})
//     renderMessage(message)  -> Element
//     onGap(after)            a message is missing behind this seq: ask for what follows it
//   Public messages stand by `seq`; internal ones (`seq` null) between them, by time.
//   On each element: data-seq or data-note-seq, `data-follows` (same author as the one above, within five minutes)
//   and `data-last` (the last of such a group). Between days stands <div class="day" role="separator">.

import { dayKey, dayLabel } from "./time.js";

const GAP_PATIENCE = 300;
const GAP_AGAIN = 3_000;
const GROUP = 5 * 60 * 1000;

export class Timeline {
  #container;
  #render;
  #onGap;
  #rows = [];
  #known = new Set();
  #days = new Map();
  #gapTimer = 0;

  constructor({ container, renderMessage, onGap = () => {} }) {
    this.#container = container;
    this.#render = renderMessage;
    this.#onGap = onGap;
  }

  // The oldest seq held, 0 when empty.
  get firstSeq() {
    return this.#rows.find((row) => row.message.seq)?.message.seq ?? 0;
  }

  // The newest seq up to which nothing is missing, 0 when empty: what `hello` resumes after.
  get latestSeq() {
    let latest = 0;
    for (const { message } of this.#rows) {
      if (!message.seq) continue;
      if (latest && message.seq !== latest + 1) break;
      latest = message.seq;
    }
    return latest;
  }

  get latestNoteSeq() {
    return Math.max(0, ...this.#rows.map((row) => row.message.note_seq ?? 0));
  }

  get messages() {
    return this.#rows.map((row) => row.message);
  }

  get isEmpty() {
    return this.#rows.length === 0;
  }

  replace(messages) {
    this.clear();
    this.#busily(() => messages.forEach((message) => this.#place(message)));
  }

  clear() {
    clearTimeout(this.#gapTimer);
    this.#rows = [];
    this.#known.clear();
    this.#days.clear();
    this.#container.replaceChildren();
  }

  // True when the message was not there yet.
  insert(message) {
    const isNew = this.#place(message);
    if (isNew) {
      this.#tidy();
      this.#watchGap(GAP_PATIENCE);
    }
    return isNew;
  }

  prepend(messages) {
    this.#busily(() => messages.forEach((message) => this.#place(message)));
  }

  elementFor(seq) {
    return this.#rows.find((row) => row.message.seq === seq)?.element ?? null;
  }

  // Screen readers are told of what arrives, not of what was there before.
  #busily(work) {
    this.#container.setAttribute("aria-busy", "true");
    work();
    this.#tidy();
    this.#watchGap(GAP_PATIENCE);
    this.#container.removeAttribute("aria-busy");
  }

  #place(message) {
    const key = message.seq ? `m${message.seq}` : `n${message.note_seq}`;
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    const element = this.#render(message);
    if (message.seq) element.dataset.seq = message.seq;
    else element.dataset.noteSeq = message.note_seq;
    const index = this.#indexFor(message);
    this.#container.insertBefore(element, this.#rows[index]?.element ?? null);
    this.#rows.splice(index, 0, { message, element });
    return true;
  }

  #indexFor(message) {
    let index = this.#rows.length;
    while (index > 0 && comesBefore(message, this.#rows[index - 1].message)) index -= 1;
    return index;
  }

  // Day lines and groups depend on neighbours, which an insertion or older history may change.
  #tidy() {
    const needed = new Map();
    let above = null;
    for (const row of this.#rows) {
      const newDay = !above || dayKey(above.message.sent_at) !== dayKey(row.message.sent_at);
      if (newDay) needed.set(row.element, row.message.sent_at);
      const follows = !newDay && isGrouped(above.message, row.message);
      row.element.toggleAttribute("data-follows", follows);
      above?.element.toggleAttribute("data-last", !follows);
      above = row;
    }
    above?.element.toggleAttribute("data-last", true);
    this.#drawDays(needed);
  }

  #drawDays(needed) {
    for (const [element, line] of this.#days) {
      if (needed.has(element)) continue;
      line.remove();
      this.#days.delete(element);
    }
    for (const [element, at] of needed) {
      const line = this.#days.get(element) ?? dayLine();
      const label = dayLabel(at);
      if (line.textContent !== label) line.textContent = label;
      if (line.nextSibling !== element) this.#container.insertBefore(line, element);
      this.#days.set(element, line);
    }
  }

  #watchGap(patience) {
    clearTimeout(this.#gapTimer);
    if (!this.#hasGap()) return;
    this.#gapTimer = setTimeout(() => {
      this.#onGap(this.latestSeq);
      this.#watchGap(GAP_AGAIN);
    }, patience);
  }

  #hasGap() {
    const newest = this.#rows.findLast((row) => row.message.seq);
    return Boolean(newest) && newest.message.seq > this.latestSeq;
  }
}

// What a message says, else the names of what it brings.
export function gist({ body, attachments = [] }) {
  return body || attachments.map(({ name }) => name).join(", ");
}

function comesBefore(message, other) {
  if (message.seq && other.seq) return message.seq < other.seq;
  if (message.note_seq && other.note_seq) return message.note_seq < other.note_seq;
  return Date.parse(message.sent_at) < Date.parse(other.sent_at);
}

function isGrouped(above, message) {
  return (
    above.author.kind === message.author.kind &&
    above.author.name === message.author.name &&
    Boolean(above.internal) === Boolean(message.internal) &&
    Date.parse(message.sent_at) - Date.parse(above.sent_at) < GROUP
  );
}

function dayLine() {
  const line = document.createElement("div");
  line.className = "day";
  line.setAttribute("role", "separator");
  return line;
}
