// The reports: the server counts in the reader's time zone, which only the browser knows.

import { Socket } from "../chat/socket.js";
import { ask } from "./dialogs.js";
import { part, text } from "./dom.js";
import { startKeys } from "./keys.js";
import { Notices } from "./notices.js";
import { Presence } from "./presence.js";
import { startShell } from "./shell.js";
import { localize } from "./times.js";

const YEAR = 365 * 24 * 3600;

class Reports {
  #me = Number(document.body.dataset.agent);
  #form = document.getElementById("asked");
  #notices = new Notices(part(document, "notices"));
  #presence;
  #socket;

  start() {
    this.#stayAtWork();
    document.addEventListener("htmx:afterSwap", () => this.#drawn());
    document.addEventListener("htmx:responseError", () => this.#explain({}));
    document.addEventListener("htmx:sendError", () => this.#explain({ code: "offline" }));
    startShell();
    startKeys({ help: () => ask("keys") });
    localize(document);
    this.#tellZone();
  }

  // Whoever reads a report is at work as before: their presence stands, and offers find them.
  #stayAtWork() {
    this.#presence = new Presence({
      root: part(document, "presence"),
      onSet: (status) => this.#setPresence(status),
    });
    this.#socket = new Socket({
      url: document.body.dataset.socket,
      hello: () => ({ type: "hello" }),
      onFrame: ({ agent }) => agent?.id === this.#me && this.#presence.changed(agent),
      onState: (state) => this.#linkChanged(state),
    });
  }

  #linkChanged(state) {
    document.body.dataset.link = state;
    this.#presence.connected(state === "online" || state === "connecting");
  }

  async #setPresence(status) {
    try {
      await this.#socket.request({ type: "presence.set", status });
    } catch (error) {
      this.#explain(error);
    }
  }

  #tellZone() {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    document.cookie = `zone=${timeZone}; path=/console/; max-age=${YEAR}; samesite=lax`;
    if (this.#form.elements.zone.value === timeZone) return;
    this.#form.elements.zone.value = timeZone;
    this.#form.requestSubmit();
  }

  // The address names what is shown, for a bookmark or a colleague.
  #drawn() {
    const { query, first, last } = document.getElementById("report").dataset;
    history.replaceState(null, "", `?${query}`);
    localize(document);
    const { elements } = this.#form;
    if (!first || elements.period.value === "custom") return;
    elements.first.value = first;
    elements.last.value = last;
  }

  #explain(error) {
    const sentence = error.code === "offline" ? text("offline") : error.message || text("trouble");
    this.#notices.show(sentence, { tone: "bad" });
  }
}

new Reports().start();
