// Small helpers over templates that the server rendered. No markup and no sentence is made in scripts.

export function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export function part(root, name) {
  return root.querySelector(`[data-${name}]`);
}

// Fills every [data-<name>] under `root` with its text.
export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const element of root.querySelectorAll(`[data-${name}]`)) element.textContent = value;
  }
}

// A sentence of the page, with its {places} filled.
export function text(name, values = {}) {
  const sentence = document.getElementById("texts").getAttribute(`data-${name}`) ?? "";
  return place(sentence, values);
}

export function place(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...words[0]].slice(0, 2);
  return letters.join("").toLocaleUpperCase();
}

// Has the server draw an element anew, by its hx-get. While an answer is under way that takes its place, `later` is called
// instead, and false is returned: htmx would put off what it is asked for until then, for an element that is gone.
export function redraw(element, { later }) {
  const isBeingDrawn = element.classList.contains("htmx-request");
  if (isBeingDrawn) later();
  else window.htmx.trigger(element, "refresh");
  return !isBeingDrawn;
}

// Calls `work` once, `delay` ms after the last call, but never later than `longest` ms after the first.
export function debounced(work, delay, longest = delay * 5) {
  let timer = 0;
  let first = 0;
  return () => {
    const now = performance.now();
    first ||= now;
    clearTimeout(timer);
    timer = setTimeout(() => {
      first = 0;
      work();
    }, Math.min(delay, Math.max(0, first + longest - now)));
  };
}
