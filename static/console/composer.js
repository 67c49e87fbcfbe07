// Where an agent writes: to the customer, or internally to colleagues.
//
//   new Composer({root, draft, enclose(onChange) -> the tray of files or null, onSend({body, internal, files}),
//                 onDraft({body, mode}), onTyping()})
//   allow({reply, note, hint}) mirrors what the server says is possible now; text is never lost by it.

import { part, place } from "./dom.js";
import { startPicker } from "./enclosing.js";

const TYPING_EVERY = 3_000;
const NEAR_THE_END = 500;

export class Composer {
  #root;
  #text;
  #closed;
  #tray;
  #options;
  #typedAt = 0;
  #isForced;

  constructor({ root, draft, ...options }) {
    this.#root = root;
    this.#options = options;
    this.#text = root.querySelector("textarea");
    this.#closed = part(root.parentElement, "composer-closed");
    this.#isForced = root.elements.mode[0].disabled;
    this.#text.value = draft.body;
    if (draft.body) this.#choose(draft.mode);
    root.addEventListener("submit", (event) => this.#submit(event));
    root.addEventListener("change", () => this.#changed());
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#tray = options.enclose(() => queueMicrotask(() => this.#changed()));
    startPicker(root);
    this.#changed();
  }

  close() {
    this.#tray?.close();
  }

  get mode() {
    return this.#root.elements.mode.value || "reply";
  }

  get isEmpty() {
    return !this.#text.value.trim();
  }

  // A mode that was forced ends with its reason: nobody's first reply may become a note.
  allow({ reply, note, hint }) {
    const [toCustomer, toColleagues] = this.#root.elements.mode;
    toCustomer.disabled = !reply;
    toColleagues.disabled = !note;
    if (reply && this.#isForced) toCustomer.checked = true;
    this.#isForced = !reply && (this.#isForced || toCustomer.checked);
    if (!reply && note) toColleagues.checked = true;
    this.#root.hidden = !reply && !note;
    this.#closed.hidden = reply || note;
    this.#closed.textContent = hint;
    part(this.#root, "composer-hint").textContent = hint;
    this.#changed();
  }

  // A text that could not be sent comes back to be edited; what is typed already stays before it.
  takeBack({ body, internal, files = [] }) {
    this.#tray?.giveBack(files);
    this.#choose(internal ? "internal" : "reply");
    this.#text.value = [this.#text.value.trim(), body].filter(Boolean).join("\n");
    this.#changed();
    this.focus();
  }

  // Another tab has this draft now; whoever writes here is not interrupted.
  draftedElsewhere({ body, mode }) {
    if (document.hasFocus() && document.activeElement === this.#text) return;
    this.#text.value = body;
    if (body) this.#choose(mode);
    this.#changed();
  }

  toggleMode() {
    this.#choose(this.mode === "reply" ? "internal" : "reply");
    this.#changed();
    this.focus();
  }

  focus() {
    this.#text.focus();
  }

  #choose(mode) {
    const radio = [...this.#root.elements.mode].find((one) => one.value === mode);
    if (!radio.disabled) radio.checked = true;
  }

  #key(event) {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
    const onPhone = matchMedia("(pointer: coarse)").matches;
    if (onPhone && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#root.requestSubmit();
  }

  #typed() {
    this.#changed();
    const now = performance.now();
    if (this.isEmpty || this.mode !== "reply" || now - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = now;
    this.#options.onTyping();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#over() > 0 || !this.#hasSomething || this.#tray?.isBroken) return;
    const body = this.#text.value.trim();
    this.#text.value = "";
    this.#typedAt = 0;
    this.#options.onSend({ body, internal: this.mode === "internal", files: this.#tray?.take() ?? [] });
    this.#changed();
  }

  get #hasSomething() {
    return !this.isEmpty || (this.#tray && !this.#tray.isEmpty);
  }

  // Lengths count code points, as the server does.
  #over() {
    return [...this.#text.value.trim()].length - Number(this.#root.dataset.max);
  }

  #changed() {
    this.#root.dataset.mode = this.mode;
    this.#text.placeholder = this.#text.dataset[this.mode === "reply" ? "textReply" : "textInternal"];
    this.#grow();
    this.#count();
    this.#options.onDraft({ body: this.#text.value, mode: this.mode });
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.blockSize = "auto";
    this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
  }

  #count() {
    const over = this.#over();
    const count = part(this.#root, "count");
    count.textContent = over > 0 ? place(this.#root.dataset.textTooLong, { n: over }) : "";
    if (over <= 0 && over > -NEAR_THE_END) count.textContent = String(-over);
    count.dataset.over = String(over > 0);
  }
}
