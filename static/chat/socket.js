// One connection to the server that mends itself.
//
//   new Socket({url, hello, onFrame, onState})
//     url               "/ws/customer/" or "/ws/agent/", on our own host
//     hello()           the frame that begins each connection (and answers a resync)
//     onFrame(frame)    every frame that is no answer to `request`
//     onState(state, closeCode)
//       "connecting"    first try, nothing lost yet
//       "online"        the snapshot has come; frames may be sent
//       "offline"       lost; it tries again by itself
//       "refused"       4401 or 4403; it stays closed until `reconnectNow`

import { address as ticker } from "./ticker.js";

const PING_AFTER = 15_000;
const SILENCE = 30_000;
const ANSWER_WITHIN = 20_000;
// Whoever waits for an answer, or for the connection, and hears nothing at all need not wait for so long.
const DEAF_AFTER = 10_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const REFUSED = new Set([4401, 4403]);
const SLOWLY = new Set([4400, 4429]);
const NOT_NOW = new Set(["busy", "rate_limited"]);

export class Socket {
  #options;
  #ws = null;
  #state = null;
  #failures = 0;
  #retry = 0;
  #heardAt = 0;
  #pingedAt = 0;
  #askedAt = 0;
  #nextRef = 1;
  #waiting = new Map();
  #isGreeting = false;
  #stopTicking;
  #wake = () => this.#hurry();
  #cut = () => this.#ws && this.#lost(0);

  constructor(options) {
    this.#options = { onState: () => {}, ...options };
    this.#stopTicking = startTicking(() => this.#tick());
    window.addEventListener("online", this.#wake);
    window.addEventListener("offline", this.#cut);
    document.addEventListener("visibilitychange", this.#wake);
    this.#connect("connecting");
  }

  get state() {
    return this.#state;
  }

  send(frame) {
    if (this.#state !== "online") return false;
    this.#write(frame);
    return true;
  }

  request(frame) {
    if (this.#state !== "online") return Promise.reject({ code: "offline" });
    const ref = String(this.#nextRef++);
    if (!this.#waiting.size) this.#askedAt = Date.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answer(ref, { type: "error", code: "offline" }), ANSWER_WITHIN);
      this.#waiting.set(ref, { resolve, reject, timer, clientId: frame.client_id });
      this.#write({ ...frame, ref });
    });
  }

  // Says hello again on the open connection: the snapshot that follows is the whole truth.
  resync() {
    if (this.#state !== "online") return false;
    this.#greet();
    return true;
  }

  reconnectNow() {
    this.#drop();
    this.#connect("connecting");
  }

  close() {
    this.#drop();
    this.#stopTicking();
    window.removeEventListener("online", this.#wake);
    window.removeEventListener("offline", this.#cut);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#enter("closed");
  }

  #connect(state) {
    this.#enter(state);
    const ws = new WebSocket(address(this.#options.url));
    this.#ws = ws;
    this.#heardAt = this.#pingedAt = Date.now();
    ws.onopen = () => this.#greet();
    ws.onmessage = (event) => this.#read(event.data);
    ws.onclose = (event) => this.#lost(event.code);
  }

  // A dead network reports its close minutes later: we stop listening and count it as closed now.
  #drop() {
    clearTimeout(this.#retry);
    const ws = this.#ws;
    this.#ws = null;
    this.#isGreeting = false;
    if (ws) {
      ws.onopen = ws.onmessage = ws.onclose = null;
      ws.close();
    }
    for (const ref of [...this.#waiting.keys()]) this.#answer(ref, { type: "error", code: "offline" });
  }

  #lost(code) {
    this.#drop();
    this.#failures += 1;
    if (REFUSED.has(code)) {
      this.#enter("refused", code);
      return;
    }
    // The timer first: a listener may call `reconnectNow` or `close`, which clear it.
    this.#retry = setTimeout(() => this.#connect("offline"), this.#pause(code));
    this.#enter("offline", code);
  }

  // Full jitter, so that a thousand pages do not come back in the same second.
  #pause(code) {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures);
    return (SLOWLY.has(code) ? 15_000 : 100) + Math.random() * longest;
  }

  #hurry() {
    if (document.visibilityState === "hidden" || this.#state !== "offline" || this.#ws) return;
    clearTimeout(this.#retry);
    this.#connect("offline");
  }

  #tick() {
    if (!this.#ws) return;
    const now = Date.now();
    if (now - this.#heardAt > SILENCE || this.#isDeaf(now)) {
      this.#lost(0);
    } else if (now - this.#pingedAt >= PING_AFTER && this.#state === "online") {
      this.#pingedAt = now;
      this.#write({ type: "ping" });
    }
  }

  #isDeaf(now) {
    if (!this.#waiting.size && !this.#isGreeting && this.#state === "online") return false;
    return now - Math.max(this.#heardAt, this.#askedAt) > DEAF_AFTER;
  }

  #read(data) {
    this.#heardAt = Date.now();
    const frame = JSON.parse(data);
    if (frame.type === "pong") return;
    if (frame.type === "resync") {
      this.resync();
      return;
    }
    if (this.#answer(this.#refOf(frame), frame)) return;
    // A hello that is turned down leaves the page without its snapshot, and nothing else would ask for it again.
    if (this.#isGreeting && NOT_NOW.has(frame.code)) {
      this.#lost(0);
      return;
    }
    this.#options.onFrame(frame);
    if (frame.type === "snapshot") {
      this.#failures = 0;
      this.#isGreeting = false;
      this.#enter("online");
    }
  }

  #greet() {
    this.#isGreeting = true;
    this.#askedAt = Date.now();
    this.#write(this.#options.hello());
  }

  // An error may name the client_id alone.
  #refOf(frame) {
    if (frame.ref || !frame.client_id) return frame.ref;
    for (const [ref, request] of this.#waiting) {
      if (request.clientId === frame.client_id) return ref;
    }
    return undefined;
  }

  #answer(ref, frame) {
    const request = this.#waiting.get(ref);
    if (!request) return false;
    this.#waiting.delete(ref);
    clearTimeout(request.timer);
    if (frame.type === "error") request.reject(frame);
    else request.resolve(frame);
    return true;
  }

  #write(frame) {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame));
  }

  #enter(state, code) {
    if (state === this.#state && code === undefined) return;
    this.#state = state;
    this.#options.onState(state, code);
  }
}

function address(path) {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

function startTicking(tick) {
  let interval = 0;
  let worker = null;
  const byTimer = () => (interval = setInterval(tick, 5000));
  try {
    worker = new Worker(ticker, { type: "module" });
    worker.onmessage = tick;
    worker.onerror = byTimer;
  } catch {
    byTimer();
  }
  return () => {
    clearInterval(interval);
    worker?.terminate();
  };
}
