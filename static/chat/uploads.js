// Files on their way to the server, one after the other, whichever message will carry them.
//
//   new Uploads({url, headers()})
//   A file is an item: {key, name, size, upload: id or null, progress: 0..1, message: what was said against it,
//     state: "queued" | "sending" | "done" | "failed" | "lost", again: whether it may be taken later}
//   What is kept of it over a reload is {key, name, size, upload}: without an upload it is lost then, and has to be
//   chosen again. A passing trouble (no connection, too many at once) is waited out.

import { newId } from "./ids.js";

const PASSING = new Set(["offline", "busy", "rate_limited", "session_expired", "server_error"]);
const FOR_NOW = new Set(["storage_full", "too_many_uploads"]);
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
// A slow line goes on a little all the time; one that has gone dead says nothing.
const STALLED_AFTER = 30_000;

export class Uploads {
  #url;
  #headers;
  #items = new Map();
  #files = new Map();
  #watchers = new Set();
  #running = false;
  #failures = 0;
  #request = null;
  #sending = null;

  constructor({ url, headers }) {
    this.#url = url;
    this.#headers = headers;
  }

  // `refusal`: why it is not even tried.
  begin(file, refusal = "") {
    const { name, size } = file;
    const state = refusal ? "failed" : "queued";
    const item = { key: newId(), name, size, upload: null, progress: 0, state, message: refusal, again: false };
    this.#items.set(item.key, item);
    this.#files.set(item.key, file);
    this.#run();
    return item;
  }

  // The item of what was kept of it.
  of(kept) {
    if (!this.#items.has(kept.key)) {
      const state = kept.upload ? "done" : "lost";
      this.#items.set(kept.key, { ...kept, progress: 1, state, message: "", again: false });
    }
    return this.#items.get(kept.key);
  }

  retry(key) {
    const item = this.#items.get(key);
    if (item?.state !== "failed") return;
    this.#change(item, { state: "queued", message: "" });
    this.#run();
  }

  cancel(key) {
    const item = this.#items.get(key);
    if (!item) return;
    if (this.#sending === item) this.#request?.abort();
    this.#files.delete(key);
    this.#change(item, { state: "lost" });
    this.#items.delete(key);
  }

  // The uploads of these, once all are stored; rejects with "file_lost" when one of them will never be.
  ready(kept) {
    return Promise.all(kept.map((one) => this.#stored(this.of(one))));
  }

  // Calls `look` after every change, until the function it returns is called.
  watch(look) {
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  // Somebody else takes the place: nothing of this one's goes out under their name, and nobody is told.
  close() {
    this.#watchers.clear();
    this.#items.clear();
    this.#request?.abort();
  }

  #stored(item) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (item.state === "done") resolve(item.upload);
        else if (item.state === "failed" || item.state === "lost") reject({ code: "file_lost" });
        else return;
        stop();
      };
      const stop = this.watch(look);
      look();
    });
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    for (let item = this.#next(); item; item = this.#next()) await this.#attempt(item);
    this.#running = false;
  }

  #next() {
    return [...this.#items.values()].find((item) => item.state === "queued");
  }

  async #attempt(item) {
    this.#sending = item;
    this.#change(item, { state: "sending", progress: 0 });
    try {
      const { upload } = await this.#send(this.#files.get(item.key), (progress) => this.#change(item, { progress }));
      this.#failures = 0;
      this.#files.delete(item.key);
      this.#change(item, { state: "done", progress: 1, upload });
    } catch ({ code, message = "" }) {
      if (PASSING.has(code)) await this.#wait(item);
      else if (item.state === "sending") this.#change(item, { state: "failed", message, again: FOR_NOW.has(code) });
    }
  }

  async #wait(item) {
    if (item.state === "sending") this.#change(item, { state: "queued", progress: 0 });
    const pause = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }

  // fetch() tells nothing of how far it has come.
  #send(file, onProgress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let end = { code: "cancelled" };
      const stalled = () => {
        end = { code: "offline" };
        request.abort();
      };
      let watch = 0;
      const goOn = () => {
        clearTimeout(watch);
        watch = setTimeout(stalled, STALLED_AFTER);
      };
      goOn();
      this.#request = request;
      request.open("POST", this.#url);
      for (const [name, value] of Object.entries(this.#headers())) request.setRequestHeader(name, value);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => {
        goOn();
        onProgress(loaded / total);
      };
      request.onload = () => {
        if (request.status === 201) resolve(request.response);
        else reject({ code: "server_error", ...request.response });
      };
      request.onerror = () => reject({ code: "offline" });
      request.onabort = () => reject(end);
      request.onloadend = () => clearTimeout(watch);
      const form = new FormData();
      form.append("file", file, file.name);
      request.send(form);
    });
  }

  #change(item, changes) {
    Object.assign(item, changes);
    for (const look of [...this.#watchers]) look();
  }
}

// What is kept of an item, in the outbox and over a reload.
export const kept = ({ key, name, size, upload }) => ({ key, name, size, upload });
