// The desk without a mouse: what each key of the sheet does, and the palette that reaches everything.

import { ask } from "./dialogs.js";
import { part } from "./dom.js";
import { startKeys } from "./keys.js";
import { Palette } from "./palette.js";
import { showPane } from "./shell.js";

// list: the WorkList; opened: the Opened; offers: the Offers; talk(): the Talk before the agent, or nothing; open(conversation, {at})
export function startHands({ list, opened, offers, talk, open }) {
  document.querySelector(".list").addEventListener("keydown", (event) => comeBack(event, talk));
  const palette = new Palette({ dialog: document.querySelector("[data-dialog=palette]"), open });
  startKeys({
    palette: () => palette.open(),
    help: () => ask("keys"),
    search: () => focusIn("list", "#find"),
    sieve: () => openSieve(),
    list: (key) => document.getElementById(`tab-${key}`).click(),
    step: (by) => list.step(Number(by)),
    unread: () => list.nextUnread(),
    opened: (place) => opened.go(Number(place)),
    "step-opened": (by) => opened.step(Number(by)),
    "close-opened": () => opened.close(),
    "focus-list": () => list.focus(),
    accept: () => offers.first && offers.answer(offers.first, "accept"),
    decline: () => offers.first && offers.answer(offers.first, "decline"),
    write: () => talk()?.focus(),
    mode: () => talk()?.toggleMode(),
    verb: (verbs) => press(verbs),
    older: () => part(document, "older")?.click(),
  });
}

// From wherever in the lists: a search is emptied first, by the browser.
function comeBack(event, talk) {
  if (event.key === "Escape" && !event.target.value?.trim()) talk()?.focus();
}

// The first of these verbs that can be done here now: its button asks what it always asks.
function press(verbs) {
  const buttons = verbs.split(" ").flatMap((verb) => [...document.querySelectorAll(`:is(#bar, #party) [data-verb="${verb}"]`)]);
  buttons.find((button) => !button.disabled)?.click();
}

function openSieve() {
  document.getElementById("narrowing").open = true;
  focusIn("list", "#sieve select");
}

function focusIn(pane, selector) {
  if (document.body.dataset.pane !== pane && matchMedia("(max-width: 760px)").matches) showPane(pane);
  document.querySelector(selector).focus();
}
