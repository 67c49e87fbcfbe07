// Questions: the page's own <dialog> elements. The button pressed is the answer; Escape is "cancel".

export function ask(name, { quote = "" } = {}) {
  const dialog = document.querySelector(`dialog[data-dialog="${name}"]`);
  const place = dialog.querySelector("[data-quote]");
  if (place) place.textContent = quote;
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue || "cancel"), { once: true });
  });
}

export const anyDialogOpen = () => Boolean(document.querySelector("dialog[open]"));
