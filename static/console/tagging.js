// The tags of a conversation: the server draws what there is, and is told which are to be set.

import { makeChoices } from "./choices.js";
import { askPanel } from "./panels.js";
import { post } from "./posting.js";

// True when they were saved; throws {code} when they could not be.
export async function chooseTags(conversation) {
  const address = `conversations/${conversation}/tags/`;
  const answer = await askPanel("tags", address, { prepare });
  if (answer !== "save") return false;
  await post(address, new FormData(document.querySelector("form[data-tags]")));
  return true;
}

function prepare(dialog) {
  if (!dialog.querySelector("[data-filter]")) return;
  makeChoices(dialog);
  // Enter in a box would press the first button, which leaves everything as it is.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[type=checkbox]")) return;
    event.preventDefault();
    dialog.querySelector("[value=save]").click();
  });
}
