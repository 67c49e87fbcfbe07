// When a part of the chat could not be loaded, or the page is no longer what the server has: what was typed is kept, and
// the frame begins anew. Browsers may remember a failed import for as long as their page is there.

export class Mending {
  #part;
  #bridge;
  #isReachable;

  // isReachable() -> Promise, rejected where the server cannot be reached: then what we have is better than nothing
  constructor({ part, bridge, isReachable }) {
    this.#part = part;
    this.#bridge = bridge;
    this.#isReachable = isReachable;
    part("reload").onclick = () => this.#tryAgain().catch(() => {});
  }

  // -> {}, in the place of the module
  misses() {
    this.#part("missing").hidden = false;
    return {};
  }

  begin() {
    this.#bridge.post({ type: "later", order: { type: "open" } });
    window.location.reload();
  }

  async #tryAgain() {
    await this.#isReachable();
    this.begin();
  }
}
