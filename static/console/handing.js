// Handing a conversation on: the server draws to whom it can go, and the answer becomes a frame.

import { makeChoices } from "./choices.js";
import { ask } from "./dialogs.js";
import { askPanel } from "./panels.js";
import { localize } from "./times.js";

const FRAMES = {
  transfer: "conversation.transfer",
  assign: "conversation.assign",
  consult: "conversation.consult",
};

function chosen(answer) {
  return document.querySelector(`#panel button[value="${answer}"]`).closest("[data-choice]").dataset.choice;
}

function prepare(dialog) {
  makeChoices(dialog);
  localize(dialog);
}

export class Handing {
  #options;
  #asked = new Map();

  // options: {request(frame) -> Promise, explain(error)}
  constructor(options) {
    this.#options = options;
  }

  // True when it was done.
  async begin(conversation, name) {
    const answer = await askPanel("hand-on", `conversations/${conversation}/hand-on/`, { prepare });
    const [verb, kind, id] = answer.split(":");
    if (!(verb in FRAMES)) return false;
    if (verb === "transfer") this.#asked.set(conversation, chosen(answer));
    const isDone = await this.#send({ type: FRAMES[verb], conversation, [kind]: Number(id) }, name);
    if (!isDone) this.#asked.delete(conversation);
    return isDone;
  }

  // Whom or which queue it was last handed to from here; told once.
  handedTo(conversation) {
    const to = this.#asked.get(conversation) ?? "";
    this.#asked.delete(conversation);
    return to;
  }

  // A supervisor may give work to somebody who is not there.
  async #send(frame, name) {
    try {
      await this.#options.request(frame);
      return true;
    } catch (error) {
      if (error.code === "agent_absent") return this.#sendAnyway(frame, name);
      this.#options.explain(error);
      return false;
    }
  }

  async #sendAnyway(frame, name) {
    if ((await ask("anyway", { quote: name })) !== "anyway") return false;
    return this.#send({ ...frame, anyway: true }, name);
  }
}
