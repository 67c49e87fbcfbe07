// The files chosen for the next message, shown above its composer until it is sent.
//
//   new Tray({root, uploads, store, key, onChange()})
//     root   the list; its data- attributes hold the limits and the sentences
//     key    where it is kept over a reload

import { drawItem, itemRow } from "./files.js";
import { kept } from "./uploads.js";

const BROKEN = new Set(["failed", "lost"]);

export class Tray {
  #root;
  #uploads;
  #store;
  #key;
  #onChange;
  #items;
  #unwatch;
  #rows = new Map();

  constructor({ root, uploads, store, key, onChange }) {
    this.#root = root;
    this.#uploads = uploads;
    this.#store = store;
    this.#key = key;
    this.#onChange = onChange;
    this.#items = (store.get(key)?.files ?? []).map((one) => uploads.of(one));
    this.#unwatch = uploads.watch(() => this.#changed());
    this.#changed();
  }

  get isEmpty() {
    return !this.#items.length;
  }

  // While one of them cannot be sent: its writer has to know.
  get isBroken() {
    return this.#items.some(({ state }) => BROKEN.has(state));
  }

  add(files) {
    for (const file of files) this.#items.push(this.#uploads.begin(file, this.#refusalOf(file)));
    this.#changed();
  }

  // The files of a message that came back.
  giveBack(files) {
    this.#items.unshift(...files.map((one) => this.#uploads.of(one)));
    this.#changed();
  }

  // Empties it into a message.
  take() {
    const files = this.#items.map(kept);
    this.#items = [];
    this.#changed();
    return files;
  }

  // What is kept stays for the next page.
  close() {
    this.#unwatch();
    this.#root.replaceChildren();
    this.#root.hidden = true;
  }

  #refusalOf({ size }) {
    const { maxBytes, maxFiles, textTooLarge, textTooMany } = this.#root.dataset;
    if (size > maxBytes) return textTooLarge;
    return this.#items.length >= maxFiles ? textTooMany : "";
  }

  #changed() {
    if (this.isEmpty) this.#store.remove(this.#key);
    else this.#store.set(this.#key, { files: this.#items.map(kept), created_at: Date.now() });
    this.#draw();
    this.#onChange();
  }

  #draw() {
    this.#root.hidden = this.isEmpty;
    for (const [item, row] of this.#rows) {
      if (this.#items.includes(item)) continue;
      row.remove();
      this.#rows.delete(item);
    }
    for (const item of this.#items) {
      if (!this.#rows.has(item)) this.#rows.set(item, this.#root.appendChild(this.#row(item)));
      drawItem(this.#rows.get(item), item, this.#root.dataset);
    }
  }

  #row(item) {
    const row = itemRow();
    row.querySelector("[data-remove]").onclick = () => this.#remove(item);
    row.querySelector("[data-again]").onclick = () => this.#uploads.retry(item.key);
    for (const button of row.querySelectorAll("button")) {
      button.setAttribute("aria-label", button.getAttribute("aria-label").replace("{name}", () => item.name));
    }
    return row;
  }

  #remove(item) {
    const next = this.#rows.get(item).nextElementSibling ?? this.#rows.get(item).previousElementSibling;
    this.#items = this.#items.filter((one) => one !== item);
    this.#uploads.cancel(item.key);
    this.#changed();
    next?.querySelector("[data-remove]").focus();
  }
}
