// The list is the server's: it is fetched again, a moment after something changed. Here: when, what is
// marked as open, unread counts in the title, typing hints, and the arrow keys.

import { debounced, redraw, text } from "./dom.js";

const TYPING_FOR = 5_000;

export class WorkList {
  #scroll;
  #current = null;
  #typing = new Map();
  #isOwed = false;
  #isPaused = false;
  refresh = debounced(() => this.#reload(), 200);

  constructor({ scroll }) {
    this.#scroll = scroll;
    scroll.addEventListener("keydown", (event) => this.#arrow(event));
    this.redrawn();
  }

  get #list() {
    return document.getElementById("work-list");
  }

  get #rows() {
    return [...this.#list.querySelectorAll(".row")];
  }

  select(conversation) {
    this.#current = conversation;
    this.#mark();
  }

  // After each swap of the list: marks are this page's, not the server's. A refresh that another list has overtaken
  // is asked for again.
  redrawn({ by = this.#list } = {}) {
    if (this.#isOwed && by.id !== this.#list.id) this.refresh();
    this.#isOwed = false;
    this.#keepInAddress();
    this.#mark();
    for (const id of this.#typing.keys()) this.#showTyping(id);
    this.#count(Number(this.#list.dataset.unread) || 0);
  }

  typing(conversation) {
    clearTimeout(this.#typing.get(conversation)?.timer);
    const timer = setTimeout(() => this.stoppedTyping(conversation), TYPING_FOR);
    this.#typing.set(conversation, { timer });
    this.#showTyping(conversation);
  }

  stoppedTyping(conversation) {
    const typing = this.#typing.get(conversation);
    if (!typing) return;
    clearTimeout(typing.timer);
    this.#typing.delete(conversation);
    const preview = this.#preview(conversation);
    if (preview?.dataset.said !== undefined) preview.textContent = preview.dataset.said;
    preview?.classList.remove("row__text--typing");
  }

  // The row above or below the open one; wraps round. Once that one has left the list, it begins at either end.
  step(by) {
    const rows = this.#rows;
    const found = rows.findIndex((row) => row.dataset.conversation === this.#current);
    const at = found < 0 && by < 0 ? rows.length : found;
    rows.at((at + by + rows.length) % rows.length)?.click();
  }

  // The next one below the open one with something unread; wraps round.
  nextUnread() {
    const rows = this.#rows;
    const at = rows.findIndex((row) => row.dataset.conversation === this.#current);
    const onwards = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
    onwards.find((row) => row.querySelector(".badge"))?.click();
  }

  // On the open one, or the first.
  focus() {
    const rows = this.#rows;
    (rows.find((row) => row.dataset.conversation === this.#current) ?? rows[0])?.focus();
  }

  pause() {
    this.#isPaused = true;
  }

  #reload() {
    if (!this.#isPaused && redraw(this.#list, { later: this.refresh })) this.#isOwed = true;
  }

  #mark() {
    for (const row of document.querySelectorAll("a[data-conversation]")) {
      if (row.dataset.conversation === this.#current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  // What is listed, and how, survives a reload and can be passed on; the links to conversations bear it too.
  #keepInAddress() {
    const { list, query } = this.#list.dataset;
    const find = document.getElementById("find");
    if (list !== "search" && document.activeElement !== find) find.value = "";
    if (location.search !== query) history.replaceState(history.state, "", location.pathname + query);
  }

  #preview(conversation) {
    return this.#list.querySelector(`.row[data-conversation="${conversation}"] [data-preview]`);
  }

  #showTyping(conversation) {
    const preview = this.#preview(conversation);
    if (!preview || preview.classList.contains("row__text--typing")) return;
    preview.dataset.said = preview.textContent;
    preview.textContent = text("typing");
    preview.classList.add("row__text--typing");
  }

  #count(unread) {
    for (const badge of document.querySelectorAll("[data-unread-total]")) {
      badge.hidden = unread === 0;
      badge.textContent = unread > 99 ? "99+" : String(unread);
    }
    const title = document.title.replace(/^\(\d+\+?\) /, "");
    document.title = unread ? `(${unread}) ${title}` : title;
  }

  #arrow(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey) return;
    const rows = this.#rows;
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    rows[Math.min(rows.length - 1, Math.max(0, at + by))].focus();
  }
}
