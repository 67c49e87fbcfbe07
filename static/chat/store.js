// A small JSON store over localStorage or sessionStorage. Browsers may refuse either inside a frame, at any
// moment: then the page it stands on lends some, or values live in memory for as long as the frame does.

let lent = {};

export function isRefused() {
  return own("localStorage") === null;
}

// areas: what is kept there, {localStorage: {key: text}, sessionStorage: {key: text}}; keep(area, key, text or null)
export function borrow({ areas, keep }) {
  lent = Object.fromEntries(Object.entries(areas).map(([name, kept]) => [name, lentArea(name, kept, keep)]));
}

function lentArea(name, kept, keep) {
  const values = new Map(Object.entries(kept));
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem(key, text) {
      values.set(key, text);
      keep(name, key, text);
    },
    removeItem(key) {
      values.delete(key);
      keep(name, key, null);
    },
    names: () => [...values.keys()],
  };
}

function own(name) {
  try {
    const area = window[name];
    area.setItem("parley.probe", "1");
    area.removeItem("parley.probe");
    return area;
  } catch {
    return null;
  }
}

export class Store {
  #area;
  #memory = new Map();

  constructor(name = "localStorage") {
    this.#area = own(name) ?? lent[name] ?? null;
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
      stored = this.#area.names?.() ?? Object.keys(this.#area);
    } catch {
      // Memory alone.
    }
    return [...new Set([...stored, ...this.#memory.keys()])].filter((key) => key.startsWith(prefix));
  }
}
