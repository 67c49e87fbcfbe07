// Times that run out, wherever the server has drawn one: [data-left-ms] is what was left when it was drawn.

import { countdown } from "./times.js";

const ends = new WeakMap();

export function startCountdowns() {
  tick();
  setInterval(tick, 500);
}

function tick() {
  for (const element of document.querySelectorAll("[data-left-ms]")) {
    if (!ends.has(element)) ends.set(element, performance.now() + Number(element.dataset.leftMs));
    element.textContent = countdown(ends.get(element) - performance.now());
  }
}
