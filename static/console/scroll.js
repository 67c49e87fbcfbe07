// A log that stays at its foot while it is there, and says so when something new came below.

const NEAR = 48;

export class Scroll {
  #log;
  #newer;
  #onFoot;
  #atFoot = true;

  constructor({ log, newer, onFoot }) {
    this.#log = log;
    this.#newer = newer;
    this.#onFoot = onFoot;
    log.addEventListener("scroll", () => this.#moved(), { passive: true });
    newer.addEventListener("click", () => this.toFoot());
    this.resized = new ResizeObserver(() => this.#atFoot && this.toFoot());
    this.resized.observe(log);
  }

  get isAtFoot() {
    return this.#atFoot;
  }

  toFoot() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#moved();
  }

  // Runs `work`, which adds below; follows it when the reader was at the foot (or wrote it).
  adding(work, { follow = false } = {}) {
    const stay = !this.#atFoot && !follow;
    const added = work();
    if (stay) this.#newer.hidden = this.#newer.hidden && !added;
    else this.toFoot();
  }

  // Runs `work`, which adds above; what is being read does not move.
  keeping(work) {
    const { scrollHeight, scrollTop } = this.#log;
    this.#log.style.overflowAnchor = "none";
    work();
    this.#log.scrollTop = scrollTop + this.#log.scrollHeight - scrollHeight;
    this.#log.style.overflowAnchor = "";
  }

  close() {
    this.resized.disconnect();
  }

  #moved() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#atFoot = scrollHeight - scrollTop - clientHeight < NEAR;
    if (!this.#atFoot) return;
    this.#newer.hidden = true;
    this.#onFoot();
  }
}
