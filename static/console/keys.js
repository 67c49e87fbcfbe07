// What each key does is read from the sheet that tells people of it (templates/console/_keys.html).
//
//   startKeys(actions)  {name in data-do: (data-with) => void}; what a page has no action for, its keys do not do
// Where several keys do the same, the action is told which one it was, counted from 1.

import { anyDialogOpen } from "./dialogs.js";

export function startKeys(actions) {
  const keys = new Map();
  for (const { dataset } of document.querySelectorAll("[data-key]")) {
    const act = actions[dataset.do];
    const names = act ? dataset.key.split(" ") : [];
    for (const [place, name] of names.entries()) keys.set(name, () => act(names.length > 1 ? place + 1 : dataset.with));
  }
  document.addEventListener("keydown", (event) => {
    const act = keys.get(nameOf(event));
    if (!act || anyDialogOpen()) return;
    event.preventDefault();
    act();
  });
}

// With Alt or Ctrl it is the place of a key, whatever it writes with Alt on this keyboard; alone it is the character,
// and only outside of fields.
function nameOf(event) {
  if (event.isComposing || event.getModifierState("AltGraph")) return "";
  if (event.altKey) return event.ctrlKey || event.metaKey || event.shiftKey ? "" : `Alt+${event.code}`;
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? "" : `Ctrl+${event.code}`;
  return isTyping(event) ? "" : event.key;
}

function isTyping({ target }) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}
