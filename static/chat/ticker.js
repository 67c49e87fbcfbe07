// As a worker: a clock that keeps its pace. Browsers slow the timers of hidden pages down to one a minute, and the
// server takes 30 s of silence for a lost connection. As a module: the worker's own address, under whatever name it
// is served.
export const address = import.meta.url;

if (!globalThis.document) setInterval(() => postMessage(0), 5000);
