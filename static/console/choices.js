// A list of people and queues to choose from: narrowed by typing, walked through with the arrow keys.

import { part } from "./dom.js";

export function makeChoices(dialog) {
  const filter = part(dialog, "filter");
  // On a phone its keyboard would hide the list, which is short enough to be read.
  if (matchMedia("(pointer: coarse)").matches) filter.autofocus = false;
  filter.addEventListener("input", () => narrow(dialog, filter.value));
  dialog.addEventListener("keydown", (event) => walk(event, dialog, filter));
}

function narrow(dialog, typed) {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  for (const choice of dialog.querySelectorAll("[data-choice]")) {
    const name = plain(choice.dataset.choice);
    choice.hidden = !words.every((word) => name.includes(word));
  }
  for (const group of dialog.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-choice]:not([hidden])");
  }
  part(dialog, "none").hidden = Boolean(dialog.querySelector("[data-group]:not([hidden])"));
}

// Enter in the field would press the first button of all, whoever that is: it goes to the first that is shown.
function walk(event, dialog, filter) {
  const isInField = event.target === filter;
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? (isInField && event.key === "Enter" ? 1 : 0);
  if (!by || event.isComposing) return;
  event.preventDefault();
  const stops = [filter, ...dialog.querySelectorAll("[data-choice]:not([hidden]) :is(button, input):not(:disabled)")];
  stops.at((stops.indexOf(event.target) + by) % stops.length).focus();
}

// "José" is found by "jose".
export function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
}
