// What is seen of the conversation: the messages, those not sent yet, who is typing, how it ended.

import { linked } from "../chat/links.js";
import { clock } from "../chat/time.js";
import { Timeline, gist } from "../chat/timeline.js";

const NEAR = 80;
const SAID = 10;
const TYPING_FADES = 6_000;
// A message that is still on its way after this long is said to be not sent yet: the line may be dead.
const LATE_AFTER = 5_000;

export class Room {
  #part;
  #text;
  #extras;
  #handlers;
  #pending = new Map();
  #typingTimer = 0;
  #lateTimer = 0;
  #seenSeq = 0;
  #deliveredSeq = 0;
  #stuck = true;
  #frame = 0;

  // handlers: {onGap(after), onOlder() -> Promise, onRetry(client_id), onDiscard(client_id), onRead()}
  constructor({ part, text, extras, handlers }) {
    this.#part = part;
    this.#text = text;
    this.#extras = extras;
    this.#handlers = handlers;
    this.timeline = new Timeline({
      container: part("log"),
      renderMessage: (message) => this.#render(message),
      onGap: handlers.onGap,
    });
    part("scroll").onscroll = () => this.#scrolled();
    part("jump").onclick = () => {
      part("scroll").focus();
      this.toEnd();
    };
    // The keyboard of a phone, a banner, a growing composer: the end stays in view.
    this.observer = new ResizeObserver(() => this.#stuck && this.toEnd());
    this.observer.observe(part("scroll"));
  }

  // Without asking the page, which would have to be laid out for an answer.
  get isAtEnd() {
    return this.#stuck;
  }

  // Whether the log's last line says that it ended then. That line can be switched off.
  tellsOfEnd(endedAt) {
    const last = this.timeline.messages.at(-1);
    return last?.author.kind === "system" && last.sent_at >= endedAt;
  }

  close() {
    this.observer.disconnect();
    this.timeline.clear();
    this.showPending([]);
    this.showTyping(null);
    this.showEnded(null);
    this.#part("said").replaceChildren();
  }

  showMessages(messages, seenSeq = 0) {
    this.#seenSeq = seenSeq;
    this.#deliveredSeq = 0;
    this.timeline.replace(messages);
    this.#stuck = true;
    this.#settle();
  }

  // True when it is new. The view follows it, unless older messages are being read.
  add(message) {
    const isNew = this.timeline.insert(message);
    if (!isNew) return false;
    if (message.author.kind !== "customer") {
      this.showTyping(null);
      this.#announce(`${this.#says(message.author)} ${gist(message)}`);
    }
    if (message.author.kind === "customer") this.#stuck = true;
    this.#part("jump").hidden = this.#stuck;
    this.#settle();
    return true;
  }

  addOlder(messages) {
    const box = this.#part("scroll");
    const fromEnd = box.scrollHeight - box.scrollTop;
    this.timeline.prepend(messages);
    box.scrollTop = box.scrollHeight - fromEnd;
  }

  showPending(entries) {
    const wanted = new Map(entries.map((entry) => [entry.client_id, entry]));
    for (const [id, element] of this.#pending) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#pending.delete(id);
    }
    const isStuck = this.#isHeldUp(entries);
    let place = this.#part("pending").firstElementChild;
    for (const entry of entries) {
      const element = this.#drawPending(entry, isStuck);
      if (element === place) place = place.nextElementSibling;
      else this.#part("pending").insertBefore(element, place);
    }
    this.#settle();
  }

  // The first holds up those behind it. Looked at again when it becomes late.
  #isHeldUp(entries) {
    clearTimeout(this.#lateTimer);
    const first = entries.find(({ state }) => state !== "failed");
    // Files take their time, and say how far they have come.
    if (!first || (first.files && !first.error)) return false;
    const left = first.created_at + LATE_AFTER - Date.now();
    if (first.error || left <= 0) return true;
    this.#lateTimer = setTimeout(() => this.showPending(entries), Math.min(left, LATE_AFTER));
    return false;
  }

  showTyping(name) {
    clearTimeout(this.#typingTimer);
    const typing = this.#part("typing");
    typing.hidden = name === null;
    typing.lastElementChild.textContent = name === null ? "" : this.#text("typing", { name });
    if (name === null) return;
    this.#typingTimer = setTimeout(() => this.showTyping(null), TYPING_FADES);
    this.#settle();
  }

  showEnded(words) {
    this.#part("ended").hidden = !words;
    this.#part("ended").textContent = words ?? "";
    this.#settle();
  }

  // The other side has read up to `seq`.
  showSeen(seq) {
    this.#seenSeq = Math.max(this.#seenSeq, seq);
    this.#markReceipts();
  }

  // It has come to the other side up to `seq`, read or not.
  showDelivered(seq) {
    this.#deliveredSeq = Math.max(this.#deliveredSeq, seq);
    this.#markReceipts();
  }

  toEnd() {
    const box = this.#part("scroll");
    this.#stuck = true;
    box.scrollTop = box.scrollHeight;
    this.#part("jump").hidden = true;
  }

  #settle() {
    this.#markReceipts();
    const hasEntries = !this.timeline.isEmpty || this.#pending.size > 0;
    this.#part("intro").hidden = hasEntries;
    this.#part("scroll").classList.toggle("is-empty", !hasEntries);
    // Once a picture, however much has come since the last.
    if (this.#stuck) this.#frame ||= requestAnimationFrame(() => this.#follow());
  }

  #follow() {
    this.#frame = 0;
    if (this.#stuck) this.toEnd();
  }

  #scrolled() {
    const box = this.#part("scroll");
    this.#stuck = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (this.#stuck) {
      this.#part("jump").hidden = true;
      this.#handlers.onRead();
    }
    if (this.#part("scroll").scrollTop < NEAR && this.timeline.firstSeq > 1) this.#older();
  }

  async #older() {
    const more = this.#part("more");
    if (!more.hidden) return;
    more.hidden = false;
    try {
      await this.#handlers.onOlder();
    } finally {
      more.hidden = true;
    }
  }

  #render(message) {
    const element = copy("message");
    const isOwn = message.author.kind === "customer";
    element.dataset.kind = message.author.kind;
    within(element, "says").textContent = this.#says(message.author);
    within(element, "body").append(linked(message.body));
    if (message.attachments.length) this.#drawFiles(element, message);
    within(element, "who").textContent = message.author.kind === "agent" ? message.author.name : "";
    const time = within(element, "time");
    time.dateTime = message.sent_at;
    time.textContent = clock(message.sent_at);
    return element;
  }

  // Screen readers hear each message of the others once. What the customer wrote they know; not that it was refused.
  #announce(words) {
    const said = this.#part("said");
    const line = document.createElement("p");
    line.textContent = words;
    said.append(line);
    if (said.childElementCount > SAID) said.firstElementChild.remove();
  }

  #says({ kind, name }) {
    if (kind === "customer") return this.#text("you");
    return kind === "agent" ? this.#text("says", { name }) : "";
  }

  // What stands behind a message that cannot be sent is not on its way either.
  #drawPending(entry, isStuck) {
    let element = this.#pending.get(entry.client_id);
    if (!element) {
      element = copy("pending");
      within(element, "body").append(linked(entry.body));
      if (entry.files) this.#drawFiles(element, entry);
      within(element, "retry").onclick = () => this.#handlers.onRetry(entry.client_id);
      within(element, "discard").onclick = () => this.#handlers.onDiscard(entry.client_id);
      this.#pending.set(entry.client_id, element);
      this.#stuck = true;
    }
    const isFailed = entry.state === "failed";
    const isLate = isFailed || isStuck;
    element.classList.toggle("is-late", isLate);
    const words = this.#pendingWords(entry, isLate);
    const status = within(element, "status");
    if (status.textContent !== words) {
      status.textContent = words;
      if (isFailed) this.#announce(words);
    }
    within(element, "retry").hidden = !isLate;
    within(element, "discard").hidden = !isFailed && !entry.files;
    return element;
  }

  async #drawFiles(element, entry) {
    const wasAtEnd = this.#stuck;
    await this.#extras.draw(within(element, "files"), entry).catch(() => {});
    this.#stuck ||= wasAtEnd;
    this.#settle();
  }

  #pendingWords({ state, error }, isLate) {
    if (state === "failed") return this.#text(`failed-${error}`) || this.#text("failed");
    return this.#text(isLate ? "not-sent" : "sending");
  }

  // Only the last own message says how far it has come.
  #markReceipts() {
    const own = this.timeline.messages.filter((message) => message.author.kind === "customer");
    const last = own.at(-1);
    for (const line of this.#part("log").querySelectorAll("[data-part=status]:not(:empty)")) line.textContent = "";
    if (!last) return;
    within(this.timeline.elementFor(last.seq), "status").textContent = this.#text(this.#stageOf(last.seq));
  }

  #stageOf(seq) {
    if (seq <= this.#seenSeq) return "seen";
    return seq <= this.#deliveredSeq ? "delivered" : "sent";
  }
}

function copy(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

function within(element, name) {
  return element.querySelector(`[data-part=${name}]`);
}
