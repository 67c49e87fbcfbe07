// What tells of the conversation while nobody looks at it: a number on the button, and a sound.

export class Badge {
  #bridge;
  #settings;
  #count = 0;

  constructor({ bridge, settings }) {
    this.#bridge = bridge;
    this.#settings = settings;
  }

  get isShown() {
    return this.#count > 0;
  }

  show(count) {
    if (count === this.#count || !this.#settings.countsUnread) return;
    this.#count = count;
    this.#bridge.post({ type: "unread", count });
  }

  async chime() {
    if (!this.#settings.playsSound) return;
    const { chime } = await import("./chime.js").catch(() => ({}));
    chime?.(`parley.${this.#settings.widget}.sounded`);
  }
}
