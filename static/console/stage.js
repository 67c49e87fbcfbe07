// The place of the open conversation: the server renders it, htmx swaps it, the address follows it.
//
//   new Stage({makeTalk(root) -> Talk, onMounted(id or null), onBar()})

import { debounced, redraw } from "./dom.js";
import { showPane } from "./shell.js";

const PHONE = "(max-width: 760px)";

export class Stage {
  talk = null;
  refreshBar = debounced(() => this.#reloadBar(), 150);
  #options;

  constructor(options) {
    this.#options = options;
    document.addEventListener("htmx:beforeSwap", ({ detail }) => this.#leaving(detail));
    document.addEventListener("htmx:afterSwap", ({ detail }) => this.#swapped(detail.elt));
    document.addEventListener("click", ({ target }) => this.#followed(target.closest("a[data-conversation]")));
    window.addEventListener("popstate", () => this.#load(location.pathname));
  }

  get isMine() {
    return document.getElementById("bar")?.dataset.mine === "true";
  }

  isShowing(conversation) {
    return this.talk?.id === conversation;
  }

  mount() {
    const root = document.getElementById("stage");
    const id = root.dataset.conversation ?? null;
    this.#options.onMounted(id);
    if (!id) return;
    this.talk = this.#options.makeTalk(root);
    if (!matchMedia(PHONE).matches) this.talk.focus();
  }

  // at: the seq of the message to begin at
  open(conversation, { at = "" } = {}) {
    const address = new URL(`${document.body.dataset.home}conversations/${conversation}/`, location.href);
    this.#entered(address.href + location.search);
    return this.#load(at ? `${address.pathname}?at=${at}` : address.pathname);
  }

  // Back to the empty stage: the conversation is no longer this agent's to see.
  leave() {
    history.replaceState(null, "", document.body.dataset.home + location.search);
    showPane("list");
    return this.#load(document.body.dataset.home);
  }

  #followed(link) {
    if (link) this.#entered(link.href);
  }

  #entered(address) {
    if (address !== location.href) history.pushState(null, "", address);
    showPane("talk");
  }

  #load(address) {
    return window.htmx.ajax("GET", address, { target: "#stage", swap: "outerHTML" });
  }

  #leaving({ target, shouldSwap }) {
    if (target?.id !== "stage" || !shouldSwap) return;
    this.talk?.close();
    this.talk = null;
  }

  #swapped(element) {
    if (element.id === "stage") this.mount();
    if (element.id !== "bar") return;
    this.talk?.barChanged();
    this.#options.onBar();
  }

  #reloadBar() {
    const bar = document.getElementById("bar");
    if (bar) redraw(bar, { later: this.refreshBar });
  }
}
