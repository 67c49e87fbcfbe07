// The supervisor's floor: drawn by the server, fetched again when a frame says that something changed.

import { Socket } from "../chat/socket.js";
import { ask } from "./dialogs.js";
import { debounced, part, redraw, text } from "./dom.js";
import { Handing } from "./handing.js";
import { startKeys } from "./keys.js";
import { startMenus } from "./menus.js";
import { narrowed } from "./narrowing.js";
import { Notices } from "./notices.js";
import { askPanel } from "./panels.js";
import { Presence } from "./presence.js";
import { startShell } from "./shell.js";
import { localize, startAges } from "./times.js";

const TELLING = new Set(["snapshot", "conversation.changed", "inbox.changed", "presence"]);
const ANYWAY_EVERY = 30_000; // hours begin and end without a frame

class Floor {
  #me = Number(document.body.dataset.agent);
  #notices = new Notices(part(document, "notices"));
  #refresh = debounced(() => redraw(document.getElementById("floor"), { later: this.#refresh }), 400);
  #scrolled = 0;
  #socket;
  #handing;
  #presence;

  // What is done with a conversation, by the name of its button or item of a menu.
  #deeds = {
    hand_on: ({ conversation, name }) => this.#handOn(conversation, name),
    why: ({ conversation }) => askPanel("why", `conversations/${conversation}/why/`),
    requeue: ({ conversation, name }) => this.#confirmed("requeue", conversation, name),
    release: ({ conversation, name }) => this.#confirmed("release", conversation, name),
    close: ({ conversation, name }) => this.#confirmed("close", conversation, name),
    waiting: ({ agent }) => this.#showWaiting(agent),
  };

  start() {
    this.#presence = new Presence({
      root: part(document, "presence"),
      onSet: (status) => this.#send({ type: "presence.set", status }),
    });
    this.#socket = new Socket({
      url: document.body.dataset.socket,
      hello: () => ({ type: "hello" }),
      onFrame: (frame) => this.#told(frame),
      onState: (state) => this.#linkChanged(state),
    });
    this.#handing = new Handing({
      request: (frame) => this.#socket.request(frame),
      explain: (error) => this.#explain(error),
    });
    startMenus({ prepare: prepareMenu, onChosen: (item, data) => this.#chosen(item, data) });
    document.addEventListener("click", ({ target }) => this.#clicked(target.closest("[data-do]")));
    document.addEventListener("htmx:beforeSwap", ({ detail }) => this.#leaving(detail));
    document.addEventListener("htmx:afterSwap", ({ detail }) => this.#drawn(detail));
    startAges();
    setInterval(this.#refresh, ANYWAY_EVERY);
    startShell();
    startKeys({ help: () => ask("keys") });
    localize(document);
  }

  #leaving({ target }) {
    if (target.id === "floor") this.#scrolled = people().scrollTop;
  }

  #drawn({ elt: element, requestConfig }) {
    localize(element);
    if (element.id !== "floor") return;
    people().scrollTop = this.#scrolled;
    localize(document.getElementById("floor-list"));
    narrowed({ by: requestConfig.elt });
  }

  #told({ type, agent }) {
    if (agent?.id === this.#me) this.#presence.changed(agent);
    if (TELLING.has(type)) this.#refresh();
  }

  #linkChanged(state) {
    document.body.dataset.link = state;
    this.#presence.connected(state === "online" || state === "connecting");
    const line = part(document, "live");
    line.textContent = state === "online" ? line.dataset.textOnline : line.dataset.textLost;
    line.dataset.lost = String(state !== "online");
  }

  #clicked(button) {
    if (button) this.#deeds[button.dataset.do](button.dataset);
  }

  #chosen(item, data) {
    if (data.agent) this.#send({ type: "presence.set", status: item, agent: Number(data.agent) });
    else this.#deeds[item](data);
  }

  async #handOn(conversation, name) {
    if (await this.#handing.begin(conversation, name)) this.#refresh();
  }

  async #confirmed(verb, conversation, name) {
    if ((await ask(verb, { quote: name })) === verb) await this.#send({ type: `conversation.${verb}`, conversation });
  }

  // Shown again after each release: somebody's leave concerns all that waits with them.
  async #showWaiting(agent) {
    const answer = await askPanel("waiting", `supervisor/waiting/${agent}/`, { prepare: localize });
    const [verb, conversation, name] = answer.split(":");
    if (verb === "hand_on") await this.#handOn(conversation, name);
    if (verb !== "release") return;
    await this.#send({ type: "conversation.release", conversation });
    await this.#showWaiting(agent);
  }

  async #send(frame) {
    try {
      await this.#socket.request(frame);
      this.#refresh();
    } catch (error) {
      this.#explain(error);
    }
  }

  #explain(error) {
    const sentence = error.code === "offline" ? text("offline") : error.message || text("trouble");
    this.#notices.show(sentence, { tone: "bad" });
  }
}

// Of many people, some: their rows scroll in a frame of their own.
function people() {
  return document.querySelector(".sheet--people");
}

// The row's data decide: what may be done with a conversation, how an agent stands.
function prepareMenu(menu, { can, name, status, chosen }) {
  for (const item of menu.querySelectorAll("[data-item]")) {
    if (can !== undefined) item.hidden = !can.split(" ").includes(item.dataset.item);
    else item.setAttribute("aria-checked", String(status !== "inactive" && item.dataset.item === chosen));
  }
  if (can !== undefined) return;
  part(menu, "menu-title").textContent = name;
  part(menu, "menu-missed").hidden = status !== "inactive";
}

new Floor().start();
