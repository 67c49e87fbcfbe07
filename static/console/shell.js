// The frame around it all: which column a phone shows, dialogs opened by buttons.

import { ask } from "./dialogs.js";

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
