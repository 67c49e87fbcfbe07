// Where the customer writes. The draft is kept for the customer it belongs to until it is sent.

import { Store } from "../chat/store.js";
import { storable } from "./text.js";

const LIMIT = 6000;
const WARN_AT = 500;
const TYPING_EVERY = 3_000;

export class Composer {
  #part;
  #text;
  #handlers;
  #extras;
  #store = new Store();
  #draftKey;
  #typedAt = 0;

  // handlers: {onSend(body) -> false while it cannot go, onTyping()}; extras: {hasFiles, isBroken}
  constructor({ part, text, draftKey, extras, handlers }) {
    this.#part = part;
    this.#text = text;
    this.#draftKey = draftKey;
    this.#handlers = handlers;
    this.#extras = extras;
    const box = part("text");
    box.value = this.#store.get(draftKey)?.body ?? "";
    box.oninput = () => this.#typed();
    box.onkeydown = (event) => this.#pressed(event);
    part("composer").onsubmit = (event) => this.#submitted(event);
    window.onresize = () => this.draw();
    this.#keep();
  }

  // The draft stays stored; what is seen of it goes.
  close() {
    this.#part("text").value = "";
    this.#part("text").oninput = this.#part("text").onkeydown = window.onresize = null;
    this.#part("composer").onsubmit = (event) => event.preventDefault();
  }

  get isEmpty() {
    return !this.#body();
  }

  focus() {
    this.draw();
    this.#part("text").focus();
  }

  // Gives unsent text back to its writer, before what was being typed.
  giveBack(bodies) {
    const box = this.#part("text");
    box.value = [...bodies, box.value].filter(Boolean).join("\n");
    this.#keep();
  }

  #typed() {
    this.#keep();
    const now = Date.now();
    if (!this.#body() || now - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = now;
    this.#handlers.onTyping();
  }

  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#part("composer").requestSubmit();
  }

  #submitted(event) {
    event.preventDefault();
    const body = this.#body();
    if (this.#part("send").disabled || !this.#handlers.onSend(body)) return;
    this.#part("text").value = "";
    this.#typedAt = 0;
    this.#keep();
    this.#part("text").focus();
  }

  #body() {
    return storable(this.#part("text").value);
  }

  #keep() {
    const body = this.#part("text").value;
    if (body) this.#store.set(this.#draftKey, { body, created_at: Date.now() });
    else this.#store.remove(this.#draftKey);
    this.draw();
  }

  draw() {
    const box = this.#part("text");
    box.style.blockSize = "auto";
    const height = box.scrollHeight + box.offsetHeight - box.clientHeight;
    if (height) box.style.blockSize = `${height}px`; // none while it is not shown
    const left = LIMIT - length(this.#body());
    const hasNothing = left === LIMIT && !this.#extras.hasFiles;
    this.#part("send").disabled = left < 0 || hasNothing || this.#extras.isBroken;
    const hint = this.#part("hint");
    hint.hidden = left > WARN_AT;
    hint.classList.toggle("is-over", left < 0);
    hint.textContent = hint.hidden ? "" : this.#text(left < 0 ? "too-long" : "left", { count: Math.abs(left) });
  }
}

// Code points, as the server counts them.
function length(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
