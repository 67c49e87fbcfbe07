// A button with data-copies="<id>" copies the text of that field, and says data-done for a moment.
const SAID_FOR_MS = 2000;

async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // The clipboard is for secure pages alone; what is selected can still be copied.
    document.execCommand("copy");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copies]");
  if (!button) return;
  await copy(document.getElementById(button.dataset.copies));
  const label = button.textContent;
  if (label === button.dataset.done) return;
  button.textContent = button.dataset.done;
  setTimeout(() => {
    button.textContent = label;
  }, SAID_FOR_MS);
});
