// The supervisor's floor: drawn by the server, fetched again when a frame says that something changed.

import { Socket } from "../chat/socket.js";
import { ask } from "./dialogs.js";
import { clone, debounced, part, text } from "./dom.js";
import { Notices } from "./notices.js";
import { startKeys, startShell } from "./shell.js";
import { localize } from "./times.js";

const TELLING = new Set(["snapshot", "conversation.changed", "inbox.changed", "presence"]);
const AGES_EVERY = 5_000;

class Floor {
  #notices = new Notices(part(document, "notices"));
  #refresh = debounced(() => window.htmx.trigger("#floor", "refresh"), 400);
  #socket;

  start() {
    this.#socket = new Socket({
      url: document.body.dataset.socket,
      hello: () => ({ type: "hello" }),
      onFrame: ({ type }) => TELLING.has(type) && this.#refresh(),
      onState: (state) => this.#linkChanged(state),
    });
    document.addEventListener("click", ({ target }) => this.#clicked(target.closest("[data-do]")));
    document.addEventListener("click", ({ target }) => this.#setPresence(target.closest("[data-presence-set]")));
    document.addEventListener("htmx:afterSwap", ({ detail }) => localize(detail.elt));
    setInterval(() => localize(document), AGES_EVERY);
    startShell();
    startKeys({});
    localize(document);
  }

  #linkChanged(state) {
    document.body.dataset.link = state;
    const line = part(document, "live");
    line.textContent = state === "online" ? line.dataset.textOnline : line.dataset.textLost;
    line.dataset.lost = String(state !== "online");
  }

  #clicked(button) {
    if (!button) return;
    const { do: verb, conversation, name } = button.dataset;
    if (verb === "assign") this.#assign(conversation, name);
    else this.#confirmed(verb, conversation, name);
  }

  async #confirmed(verb, conversation, name) {
    if ((await ask(verb, { quote: name })) === verb) await this.#send({ type: `conversation.${verb}`, conversation });
  }

  async #assign(conversation, name) {
    this.#offerChoices();
    const agent = Number(await ask("assign", { quote: name }));
    if (!agent) return;
    const frame = { type: "conversation.assign", conversation, agent };
    const refused = await this.#send(frame, "agent_absent");
    if (refused && (await ask("anyway", { quote: name })) === "anyway") await this.#send({ ...frame, anyway: true });
  }

  #offerChoices() {
    const people = [...document.querySelectorAll("#floor tr[data-agent]")];
    const choices = people.map((row) => {
      const choice = clone("choice-template");
      choice.value = row.dataset.agent;
      part(choice, "text").textContent = row.dataset.name;
      part(choice, "dot").dataset.status = row.querySelector(".dot").dataset.status;
      return choice;
    });
    part(document, "choices").replaceChildren(...choices);
  }

  // True when it was refused with the code that the caller deals with.
  async #send(frame, expected = null) {
    try {
      await this.#socket.request(frame);
      this.#refresh();
    } catch (error) {
      if (error.code === expected) return true;
      const sentence = error.code === "offline" ? text("offline") : error.message || text("trouble");
      this.#notices.show(sentence, { tone: "bad" });
    }
    return false;
  }

  #setPresence(button) {
    if (!button) return;
    document.getElementById("presence-menu").hidePopover();
    this.#send({ type: "presence.set", status: button.dataset.presenceSet });
  }
}

new Floor().start();
