// The page the frame stands on, or that has opened us in a window of our own. It is spoken to under exactly one origin,
// and heard only from its own window under that origin; what it says is never trusted to name a customer.
//
// A frame's origin is the one our address names: no other page may embed us. A window can be opened by anybody; its
// opener is spoken to where the server says that the widget may stand there.

const PATIENCE = 11_000;
const isFrame = window.parent !== window;

export class Bridge {
  #host = isFrame ? window.parent : window.opener;
  #origin;
  #asked = new Map();
  // What is answered when the frame has become another page must not be taken for an answer to that page.
  #nextId = Date.now();
  onMessage = () => {};

  constructor({ dataset }) {
    const named = isFrame ? new URLSearchParams(window.location.search).get("origin") : dataset.opener;
    this.#origin = this.#host && exactOrigin(named);
    window.addEventListener("message", (event) => {
      if (!this.#origin || event.source !== this.#host || event.origin !== this.#origin) return;
      if (event.data?.type === "answer") this.#answered(event.data);
      else if (event.data?.type) this.onMessage(event.data);
    });
  }

  get isEmbedded() {
    return isFrame && Boolean(this.#origin);
  }

  post(message) {
    if (this.#origin) this.#host.postMessage(message, this.#origin);
  }

  tell(name, detail = {}) {
    this.post({ type: "event", name, detail });
  }

  // The customer's token, from the page. Rejects with {code: 2} (its function failed) or {code: 3} (there is none).
  token() {
    return this.#ask("token");
  }

  // What the page knows of its visitor: {} where it says nothing, or cannot.
  async context() {
    return (await this.#ask("context").catch(() => null)) ?? {};
  }

  // What the page keeps for this frame; null where it cannot.
  kept() {
    return this.#ask("kept").catch(() => null);
  }

  // Where the visitor is: {url, age (ms)}; null where the page does not say.
  page() {
    return this.#ask("page").catch(() => null);
  }

  #ask(type) {
    if (!this.#origin) return Promise.reject({ code: 3 });
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answered({ id, error: 2 }), PATIENCE);
      this.#asked.set(id, { resolve, reject, timer });
      this.post({ type, id });
    });
  }

  #answered({ id, value, error }) {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    if (value) asked.resolve(value);
    else asked.reject({ code: error === 2 ? 2 : 3 });
  }
}

function exactOrigin(text) {
  try {
    const url = new URL(text);
    return url.origin === text && url.protocol.startsWith("http") ? text : null;
  } catch {
    return null;
  }
}
