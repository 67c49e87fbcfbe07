// A small JSON store over localStorage or sessionStorage. Browsers may refuse either inside a frame, at any
// moment: then values live in memory for as long as the page does.

export class Store {
  #area;
  #memory = new Map();

  constructor(name = "localStorage") {
    try {
      this.#area = window[name];
      this.#area.setItem("parley.probe", "1");
      this.#area.removeItem("parley.probe");
    } catch {
      this.#area = null;
    }
  }

  get(key) {
    if (this.#memory.has(key)) return this.#memory.get(key);
    try {
      return JSON.parse(this.#area.getItem(key));
    } catch {
      return null;
    }
  }

  set(key, value) {
    try {
      this.#area.setItem(key, JSON.stringify(value));
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  remove(key) {
    this.#memory.delete(key);
    try {
      this.#area.removeItem(key);
    } catch {
      // Nothing was stored there either.
    }
  }

  // Texts carry `created_at` (ms): those older than `age` go, whosever they are.
  forget(prefix, age) {
    for (const key of this.keys(prefix)) {
      const { created_at: at } = this.get(key) ?? {};
      if (at && Date.now() - at > age) this.remove(key);
    }
  }

  keys(prefix) {
    let stored = [];
    try {
      stored = Object.keys(this.#area);
    } catch {
      // Memory alone.
    }
    return [...new Set([...stored, ...this.#memory.keys()])].filter((key) => key.startsWith(prefix));
  }
}
