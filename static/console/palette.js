// Ctrl+K: everything that the page can do now, and every conversation that may be seen, found by typing.
//
// What can be done is read from the page when the palette opens: whatever has a button has a line here.

import { plain } from "./choices.js";
import { clone, debounced, part } from "./dom.js";

// What is a line of the palette, in this order; `kind` names the text of its group.
const SOURCES = [
  { kind: "here", selector: "#bar [data-verb], #party [data-verb]" },
  { kind: "here", selector: ":is([data-attach], [data-emoji], [data-older]:not([hidden]))" },
  { kind: "here", selector: ".composer:not([hidden]) .composer__mode input:enabled:not(:checked)" },
  { kind: "offer", selector: "[data-offers] :is([data-accept], [data-decline])" },
  { kind: "list", selector: ".tabs__tab" },
  { kind: "presence", selector: "#presence-menu [data-presence-set][aria-pressed=false]" },
  { kind: "page", selector: ".rail :is(a, [data-open-dialog]), #presence-menu :is([data-open-dialog], [data-page], [type=submit])" },
  { kind: "conversation", selector: "#work-list .row" },
];

export class Palette {
  #dialog;
  #open;
  #field;
  #lines;
  #found;
  #chosen = 0;
  #search = debounced(() => this.#ask(), 200);

  // open(conversation, {at}): what was found by the server
  constructor({ dialog, open }) {
    this.#dialog = dialog;
    this.#open = open;
    this.#field = dialog.querySelector("input");
    this.#lines = part(dialog, "lines");
    this.#found = part(dialog, "found");
    this.#field.addEventListener("input", () => this.#typed());
    dialog.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("click", ({ target }) => this.#go(target.closest("[role=option]")));
    this.#found.addEventListener("htmx:afterSwap", ({ detail }) => this.#narrow({ answered: askedIn(detail.pathInfo) }));
  }

  open() {
    this.#field.value = "";
    this.#found.replaceChildren();
    this.#lines.replaceChildren(...SOURCES.flatMap((source) => this.#linesOf(source)));
    this.#narrow();
    this.#dialog.showModal();
  }

  #linesOf({ kind, selector }) {
    const targets = [...document.querySelectorAll(selector)].filter((target) => !target.disabled);
    return targets.map((target, place) => {
      const line = clone("palette-line");
      line.id = `palette-${kind}-${place}-${target.id}`;
      part(line, "label").textContent = labelOf(target);
      part(line, "kind").textContent = this.#dialog.dataset[`text${kind[0].toUpperCase()}${kind.slice(1)}`];
      line.target = target;
      return line;
    });
  }

  #typed() {
    this.#narrow();
    this.#search();
  }

  // What is not on the page is asked of the server.
  #ask() {
    const words = this.#field.value.trim();
    if (words.length < 2 || !this.#dialog.open) return this.#found.replaceChildren();
    const address = `${document.body.dataset.home}palette/?${new URLSearchParams({ q: words })}`;
    window.htmx.ajax("GET", address, { source: this.#found, target: this.#found, swap: "innerHTML" });
  }

  // What the server has found for other words stays only where these stand in it, too: Enter opens what was meant.
  #narrow({ answered = null } = {}) {
    const typed = this.#field.value.trim();
    const words = plain(typed).split(/\s+/).filter(Boolean);
    const fits = ({ textContent }) => words.every((word) => plain(textContent).includes(word));
    for (const line of this.#lines.children) line.hidden = !fits(line);
    // Those on the page already stand above.
    const shown = new Set([...this.#lines.children].filter((line) => !line.hidden).map(({ target }) => target.dataset.conversation));
    for (const line of this.#found.children) {
      line.hidden = shown.has(line.dataset.conversation) || !typed || (answered !== typed && !fits(line));
    }
    part(this.#dialog, "none").hidden = this.#shown.length > 0;
    this.#choose(0);
  }

  get #shown() {
    return [...this.#dialog.querySelectorAll("[role=option]:not([hidden])")];
  }

  #choose(place) {
    const shown = this.#shown;
    this.#chosen = shown.length ? (place + shown.length) % shown.length : 0;
    const chosen = shown[this.#chosen];
    for (const line of this.#dialog.querySelectorAll("[role=option]")) line.setAttribute("aria-selected", String(line === chosen));
    if (chosen) this.#field.setAttribute("aria-activedescendant", chosen.id);
    else this.#field.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (event.isComposing) return;
    const act = {
      ArrowDown: () => this.#choose(this.#chosen + 1),
      ArrowUp: () => this.#choose(this.#chosen - 1),
      Enter: () => this.#go(this.#shown[this.#chosen]),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  // The dialog closes first: what is pressed may open another, or take the focus.
  #go(line) {
    if (!line) return;
    this.#dialog.close();
    const { target, dataset } = line;
    if (!target) return this.#open(dataset.conversation, dataset);
    if (target.matches("input")) target.checked = true;
    if (target.matches("input")) target.dispatchEvent(new Event("change", { bubbles: true }));
    else target.click();
  }
}

function askedIn({ finalRequestPath }) {
  return new URL(finalRequestPath, window.location.href).searchParams.get("q");
}

function labelOf(target) {
  if (target.matches(".row")) return `${said(target.querySelector(".row__name"))} · ${said(target.querySelector(".row__text"))}`;
  const about = target.closest("[data-offer]")?.querySelector("[data-name]");
  const label = target.matches("input") ? target.nextElementSibling : target;
  return [said(label), about && said(about)].filter(Boolean).join(": ");
}

function said(element) {
  return element.textContent.replace(/\s+/g, " ").trim();
}
