// The frame around it all: which column a phone shows, dialogs opened by buttons, keys.

import { anyDialogOpen, ask } from "./dialogs.js";

export function showPane(pane) {
  document.body.dataset.pane = pane;
  for (const button of document.querySelectorAll(".panes [data-show-pane]")) {
    if (button.dataset.showPane === pane) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

export function startShell() {
  showPane(document.body.dataset.pane);
  document.addEventListener("click", leaveToBrowser, { capture: true });
  document.addEventListener("click", ({ target }) => {
    const pane = target.closest("[data-show-pane]")?.dataset.showPane;
    if (pane) showPane(pane);
    const dialog = target.closest("[data-open-dialog]")?.dataset.openDialog;
    if (dialog) ask(dialog);
  });
}

// A click that asks for a new tab is the browser's alone.
function leaveToBrowser(event) {
  const isOurs = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!isOurs && event.target.closest("a[href]")) event.stopImmediatePropagation();
}

// actions: {search, step(by), toggleMode, acceptFirst}. Single keys count only outside of fields.
export function startKeys(actions) {
  const withAlt = {
    ArrowUp: () => actions.step(-1),
    ArrowDown: () => actions.step(1),
    KeyI: actions.toggleMode,
    KeyA: actions.acceptFirst,
  };
  const alone = { "/": actions.search, "?": () => ask("keys") };
  document.addEventListener("keydown", (event) => {
    const act = event.altKey ? withAlt[event.code] : isTyping(event) ? null : alone[event.key];
    if (!act || event.ctrlKey || event.metaKey || anyDialogOpen()) return;
    event.preventDefault();
    act();
  });
}

function isTyping({ target }) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}
