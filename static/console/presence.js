// The presence menu, and the line that says why no offers come.

import { part, text } from "./dom.js";

const RECEIVES = new Set(["available", "busy"]);

export class Presence {
  #root;
  #quiet;
  #status;
  #chosen;
  #isOnline = true;

  // onSet(status) -> Promise
  constructor({ root, quiet, onSet }) {
    this.#root = root;
    this.#quiet = quiet;
    this.#status = root.dataset.status;
    this.#chosen = root.dataset.chosen;
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-presence-set]");
      if (!button) return;
      root.hidePopover();
      onSet(button.dataset.presenceSet);
    });
    this.#drawQuiet();
  }

  changed({ presence, chosen }) {
    this.#status = presence;
    this.#chosen = chosen;
    for (const button of this.#root.querySelectorAll("[data-presence-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.presenceSet === chosen));
    }
    const button = this.#root.querySelector(`[data-presence-set="${this.#reason()}"] span`);
    const label = button?.textContent ?? text(this.#reason());
    for (const place of document.querySelectorAll("[data-presence-label]")) place.textContent = label;
    part(this.#root, "presence-missed").hidden = presence !== "inactive";
    this.#drawDots();
    this.#drawQuiet();
  }

  connected(isOnline) {
    this.#isOnline = isOnline;
    this.#drawDots();
    this.#drawQuiet();
  }

  // A full desk counts as "do not disturb" though nobody chose that.
  #reason() {
    const isFull = this.#status === "do_not_disturb" && this.#chosen !== "do_not_disturb";
    return isFull ? "full" : this.#status;
  }

  #drawDots() {
    const status = this.#isOnline ? this.#status : "offline";
    for (const dot of document.querySelectorAll("[data-presence-dot]")) dot.dataset.status = status;
  }

  #drawQuiet() {
    const why = this.#isOnline ? this.#reason() : "connecting";
    this.#quiet.hidden = RECEIVES.has(why);
    part(this.#quiet, "no-offers-text").textContent = text(`no-offers-${why}`);
    part(this.#quiet, "presence-set").hidden = !this.#isOnline || why === "full";
  }
}
