// Dialogs that the server draws when they are asked for: what they list is of this moment.

import { ask } from "./dialogs.js";

// `address` is below the desk's own. "cancel" also when it could not be drawn: that is told elsewhere.
export async function askPanel(name, address, { prepare = () => {} } = {}) {
  const panel = document.getElementById("panel");
  panel.replaceChildren();
  const path = new URL(document.body.dataset.home + address, location.href).pathname;
  await window.htmx.ajax("GET", path, { source: panel, target: panel, swap: "innerHTML" }).catch(() => {});
  const dialog = panel.querySelector(`dialog[data-dialog="${name}"]`);
  if (!dialog) return "cancel";
  prepare(dialog);
  return ask(name);
}
