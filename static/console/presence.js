// The presence menu, and the line that says why no offers come.

import { part, text } from "./dom.js";

const RECEIVES = new Set(["available", "busy"]);

export class Presence {
  #root;
  #quiet;
  #status;
  #chosen;
  #isOnline = true;

  // onSet(status) -> Promise. `quiet`, the line, is not on every page.
  constructor({ root, quiet = null, onSet }) {
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
    this.#drawHeld(root.dataset);
    this.#drawQuiet();
  }

  changed({ presence, chosen, used, capacity }) {
    this.#status = presence;
    this.#chosen = chosen;
    for (const button of this.#choices) {
      button.setAttribute("aria-pressed", String(presence !== "inactive" && button.dataset.presenceSet === chosen));
    }
    const button = this.#choices.find((one) => one.dataset.presenceSet === this.#reason());
    const label = button?.querySelector("span").textContent ?? text(this.#reason());
    for (const place of document.querySelectorAll("[data-presence-label]")) place.textContent = label;
    part(this.#root, "presence-missed").hidden = presence !== "inactive";
    this.#drawHeld({ used, capacity });
    this.#drawDots();
    this.#drawQuiet();
  }

  connected(isOnline) {
    this.#isOnline = isOnline;
    this.#drawDots();
    this.#drawQuiet();
  }

  get #choices() {
    return [...this.#root.querySelectorAll("[data-presence-set][aria-pressed]")];
  }

  // A full desk counts as "do not disturb" though nobody chose that.
  #reason() {
    const isFull = this.#status === "do_not_disturb" && this.#chosen !== "do_not_disturb";
    return isFull ? "full" : this.#status;
  }

  // "Busy · 3 of 4 places in use": what the system knows where it says more than the agent did.
  #drawHeld({ used, capacity }) {
    const isDerived = this.#status !== this.#chosen && ["busy", "do_not_disturb"].includes(this.#status);
    part(this.#root, "presence-held").textContent = isDerived ? ` · ${this.#held(used, capacity)}` : "";
  }

  #held(used, capacity) {
    const cost = Number(this.#root.dataset.cost);
    if (!cost) return text("held-units", { used, all: capacity });
    return text("held-places", { used: Math.ceil(used / cost), all: Math.floor(capacity / cost) });
  }

  #drawDots() {
    const status = this.#isOnline ? this.#status : "offline";
    for (const dot of document.querySelectorAll("[data-presence-dot]")) dot.dataset.status = status;
  }

  #drawQuiet() {
    if (!this.#quiet) return;
    const why = this.#isOnline ? this.#reason() : "connecting";
    this.#quiet.hidden = RECEIVES.has(why);
    part(this.#quiet, "no-offers-text").textContent = text(`no-offers-${why}`);
    part(this.#quiet, "presence-set").hidden = !this.#isOnline || why === "full";
  }
}
