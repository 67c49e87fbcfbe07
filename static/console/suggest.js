// What the composer suggests while it is written in: quick replies after /q, colleagues after @ in an internal message.
// The server draws the list when it is first needed; here it is narrowed as one types, walked through and inserted from.

import { plain } from "./choices.js";

const KINDS = [
  { name: "replies", pattern: /(?<=^|\s)\/q(?:[ \t]+(?<typed>[^\n]*))?$/u, address: "quick-replies/", modes: ["reply", "internal"] },
  { name: "colleagues", pattern: /(?<=^|\s)@(?<typed>[\p{L}\p{N}._-]*)$/u, address: "colleagues/", modes: ["internal"] },
];
const UNFILLED = /\{(customer|customer_first|agent|agent_full|queue)\}/;

export class Suggest {
  #root;
  #text;
  #conversation;
  #kind = null;
  #loading = null;
  #chosen = 0;

  // root: the composer, whose data-mode says who reads what is written
  constructor({ root, conversation }) {
    this.#root = root;
    this.#conversation = conversation;
    this.#text = root.querySelector("textarea");
    this.#text.addEventListener("input", () => this.#look());
    this.#text.addEventListener("blur", () => this.#close());
    // Before the composer, which would send.
    root.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    for (const list of root.querySelectorAll("[data-suggest]")) {
      list.addEventListener("mousedown", (event) => this.#pressed(event));
    }
  }

  get #list() {
    return this.#root.querySelector(`[data-suggest="${this.#kind.name}"]`);
  }

  get #shown() {
    return [...this.#list.querySelectorAll("[data-match]:not([hidden])")];
  }

  async #look() {
    const kind = KINDS.find((one) => this.#typedFor(one) !== null);
    if (!kind) return this.#close();
    if (kind !== this.#kind) {
      this.#close();
      this.#kind = kind;
      this.#loading = this.#load();
    }
    await this.#loading;
    if (this.#kind === kind) this.#narrow(this.#typedFor(kind) ?? "");
  }

  // What was typed after the sign before the caret; null: the sign does not stand there.
  #typedFor({ pattern, modes }) {
    if (!modes.includes(this.#root.dataset.mode)) return null;
    const found = pattern.exec(this.#before);
    return found && (found.groups.typed ?? "");
  }

  get #before() {
    return this.#text.value.slice(0, this.#text.selectionStart);
  }

  #load() {
    const list = this.#list;
    const address = `${document.body.dataset.home}conversations/${this.#conversation}/${this.#kind.address}`;
    return window.htmx.ajax("GET", address, { source: list, target: list.querySelector("[data-options]"), swap: "innerHTML" });
  }

  #narrow(typed) {
    const words = plain(typed).split(/\s+/).filter(Boolean);
    for (const option of this.#list.querySelectorAll("[data-match]")) {
      const match = plain(option.dataset.match);
      option.hidden = !words.every((word) => match.includes(word));
    }
    this.#list.querySelector("[data-none]").hidden = this.#shown.length > 0;
    this.#list.hidden = false;
    this.#choose(0);
  }

  #choose(place) {
    const shown = this.#shown;
    this.#chosen = shown.length ? (place + shown.length) % shown.length : 0;
    const chosen = shown[this.#chosen];
    for (const option of this.#list.querySelectorAll("[data-match]")) option.setAttribute("aria-selected", String(option === chosen));
    if (chosen) this.#text.setAttribute("aria-activedescendant", chosen.id);
    else this.#text.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (!this.#kind || this.#list.hidden || event.isComposing) return;
    const chosen = this.#shown[this.#chosen];
    const act = {
      ArrowDown: () => this.#choose(this.#chosen + 1),
      ArrowUp: () => this.#choose(this.#chosen - 1),
      Enter: chosen && (() => this.#insert(chosen)),
      Tab: chosen && (() => this.#insert(chosen)),
      Escape: () => this.#close(),
    }[event.key];
    if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  // The focus stays in the text.
  #pressed(event) {
    if (!event.target.closest("a")) event.preventDefault();
    const option = event.target.closest("[data-match]");
    if (option) this.#insert(option);
  }

  #insert({ dataset: { insert } }) {
    const end = this.#text.selectionStart;
    const start = this.#kind.pattern.exec(this.#before).index;
    this.#close();
    this.#text.setRangeText(insert, start, end, "end");
    // What could not be filled in is chosen, to be typed over.
    const unfilled = UNFILLED.exec(insert);
    if (unfilled) this.#text.setSelectionRange(start + unfilled.index, start + unfilled.index + unfilled[0].length);
    this.#text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #close() {
    if (!this.#kind) return;
    this.#list.hidden = true;
    this.#kind = null;
    this.#text.removeAttribute("aria-activedescendant");
  }
}
