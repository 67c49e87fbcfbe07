// The conversations open side by side, as tabs above the one that is read. Which ones, a cookie of this browser keeps, so
// that the server draws them with the page.

import { redraw } from "./dom.js";

const MOST = 12;
const KEEP = 30 * 24 * 3600; // seconds

export class Opened {
  #cookie;
  #options;
  #shown = null;
  #leaving = new Set();

  // options: {agent, onLast()}; onLast: the one that was shown is closed, and no other is open
  constructor({ agent, ...options }) {
    this.#cookie = `opened_${agent}`;
    this.#options = options;
    document.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-closes]");
      if (button) this.close(button.dataset.closes);
    });
    document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => this.#check(detail));
    document.addEventListener("htmx:afterSwap", () => this.#intoView());
  }

  shown(id) {
    this.#shown = id;
    this.#leaving.delete(id);
    const before = this.#ids;
    const ids = before.filter((one) => !this.#leaving.has(one));
    this.#leaving.clear();
    if (id && !ids.includes(id)) ids.push(id);
    if (ids.join() === before.join()) return;
    this.#keep(ids);
    this.#draw();
  }

  // It is no longer on this desk: what is being read stays until the next is.
  left(id) {
    if (id === this.#shown) this.#leaving.add(id);
    else this.#keep(this.#ids.filter((one) => one !== id));
  }

  // The tab beside it comes next.
  close(id = this.#shown) {
    const tabs = this.#tabs;
    const at = tabs.findIndex(({ dataset }) => dataset.conversation === id);
    if (at < 0) return;
    this.#keep(this.#ids.filter((one) => one !== id));
    const next = tabs[at + 1] ?? tabs[at - 1];
    tabs[at].closest("li").remove();
    if (id !== this.#shown) this.#draw();
    else if (next) next.click();
    else this.#options.onLast();
  }

  // 1 is the first
  go(place) {
    this.#tabs[place - 1]?.click();
  }

  step(by) {
    const tabs = this.#tabs;
    const at = tabs.findIndex(({ dataset }) => dataset.conversation === this.#shown);
    tabs.at((at + by + tabs.length) % tabs.length)?.click();
  }

  get #tabs() {
    return [...document.querySelectorAll(".opened__link")];
  }

  get #ids() {
    const found = document.cookie.split("; ").find((one) => one.startsWith(`${this.#cookie}=`));
    return found?.split("=")[1].split(".").filter(Boolean) ?? [];
  }

  #keep(ids) {
    const safely = location.protocol === "https:" ? "; secure" : "";
    const kept = ids.slice(-MOST).join(".");
    document.cookie = `${this.#cookie}=${kept}; path=${document.body.dataset.home}; max-age=${KEEP}; samesite=lax${safely}`;
  }

  // It comes with each list, too: one that was asked for before a tab was opened or closed knows nothing of that.
  #check(detail) {
    const strip = detail.fragment.querySelector("#opened");
    if (strip && strip.dataset.ids !== this.#ids.join(".")) detail.shouldSwap = false;
  }

  #draw = () => {
    redraw(document.getElementById("opened"), { later: () => setTimeout(this.#draw, 100) });
  };

  // Of more than there is room for.
  #intoView() {
    document.getElementById(`opened-${this.#shown}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
