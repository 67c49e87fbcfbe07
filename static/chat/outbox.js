// What was written and has not been acknowledged: first in first out, one in flight, kept over reloads, for 30 days.
//
//   new Outbox({key, send, onChange})
//     key                storage prefix; names whose texts these are
//     send(entry)        -> Promise of the acknowledgement; rejects with {code, retry_after_ms?}
//     onChange(entries)  after every change
//   An entry: {client_id, body, ...extra, created_at (ms), state: "queued" | "sending" | "failed", error: code or null}
//
// A passing trouble (no connection, busy) leaves the entry at the head, to be tried again with the same
// client_id; a refusal marks it failed, and those behind it go on. Each entry has a storage key of its own, so that
// two tabs never overwrite each other; when both send the same one, its client_id makes it one message.

import { newId } from "./ids.js";
import { Store } from "./store.js";

export const KEEP = 30 * 24 * 3600 * 1000;
const PASSING = new Set(["offline", "busy", "rate_limited", "session_expired", "server_error"]);
// The server turns away who sends more than 20 frames a second for long: what has piled up goes at half that pace.
const AT_ONCE = 30;
const PACE = 100;
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 30_000;

export const isPassing = (code = "offline") => PASSING.has(code);

export class Outbox {
  #key;
  #send;
  #onChange;
  #store;
  #entries = [];
  #running = false;
  #failures = 0;
  #timer = 0;
  #closed = false;

  constructor({ key, send, onChange = () => {}, store = new Store() }) {
    this.#key = `${key}.`;
    this.#send = send;
    this.#onChange = onChange;
    this.#store = store;
    this.#load();
  }

  get entries() {
    return [...this.#entries];
  }

  add({ body, ...extra }) {
    // A clock that stands still or goes back must not change the order.
    const last = this.#entries.at(-1)?.created_at ?? 0;
    const createdAt = Math.max(Date.now(), last + 1);
    const entry = { client_id: newId(), body, ...extra, created_at: createdAt, state: "queued", error: null };
    this.#entries.push(entry);
    this.#save(entry);
    this.#changed();
    this.#run();
    return entry;
  }

  // Call when the connection is back. Takes up what another tab left behind, too.
  kick() {
    this.#load();
    this.#failures = 0;
    this.#run();
  }

  retry(clientId, extra = {}) {
    const entry = this.#find(clientId);
    if (!entry || entry.state === "sending") return;
    Object.assign(entry, extra, { state: "queued", error: null });
    this.#save(entry);
    this.#changed();
    this.#failures = 0;
    this.#run();
  }

  // Keeps more of an entry, whatever its state.
  amend(clientId, extra) {
    const entry = this.#find(clientId);
    if (entry) this.#save(Object.assign(entry, extra));
  }

  discard(clientId) {
    this.#remove(clientId);
  }

  // The message was seen in the conversation: whoever sent it, it is done.
  settle(clientId) {
    if (clientId && this.#find(clientId)) this.#remove(clientId);
  }

  // Stops trying, and tells nobody of what is still under way: somebody else may have the place. What is stored stays for
  // the next page.
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #run() {
    clearTimeout(this.#timer);
    if (this.#running || this.#closed) return;
    this.#running = true;
    try {
      let sent = 0;
      for (let head = this.#head(); head && !this.#closed; head = this.#head()) {
        if (!(await this.#attempt(head))) break;
        if (++sent > AT_ONCE) await new Promise((resolve) => setTimeout(resolve, PACE));
      }
    } finally {
      this.#running = false;
    }
  }

  #head() {
    return this.#entries.find((entry) => entry.state !== "failed");
  }

  async #attempt(entry) {
    this.#mark(entry, "sending", null);
    try {
      await this.#send({ ...entry });
      this.#failures = 0;
      this.#remove(entry.client_id);
      return true;
    } catch (error) {
      return this.#failed(entry, error);
    }
  }

  #failed(entry, error) {
    const code = error?.code ?? "offline";
    if (!isPassing(code)) {
      this.#mark(entry, "failed", code);
      return true;
    }
    this.#mark(entry, "queued", code);
    this.#failures += 1;
    const pause = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#failures - 1));
    this.#timer = setTimeout(() => this.#run(), error?.retry_after_ms ?? pause);
    return false;
  }

  #mark(entry, state, error) {
    Object.assign(entry, { state, error });
    this.#changed();
  }

  #find(clientId) {
    return this.#entries.find((entry) => entry.client_id === clientId);
  }

  #remove(clientId) {
    this.#store.remove(this.#key + clientId);
    this.#entries = this.#entries.filter((entry) => entry.client_id !== clientId);
    this.#changed();
  }

  #save({ state, error, ...kept }) {
    this.#store.set(this.#key + kept.client_id, kept);
  }

  #load() {
    this.#store.forget(this.#key, KEEP);
    const known = new Map(this.#entries.map((entry) => [entry.client_id, entry]));
    const stored = this.#store.keys(this.#key).map((key) => this.#store.get(key)).filter((entry) => entry?.client_id);
    this.#entries = stored
      .map((entry) => known.get(entry.client_id) ?? { ...entry, state: "queued", error: null })
      .sort((one, other) => one.created_at - other.created_at);
    this.#changed();
  }

  #changed() {
    if (!this.#closed) this.#onChange(this.entries);
  }
}
