// Files as they are seen: in the timeline, and while they are on their way.

import { language } from "./time.js";

const UNITS = [[1024 ** 2, "megabyte"], [1024, "kilobyte"], [1, "byte"]];
// An address is good for ten minutes.
const FRESH_FOR = 9 * 60_000;

// Draws the attachments of a message. `fresh(attachment)` -> Promise of it with a fresh address.
export function drawFiles(container, attachments, fresh) {
  container.replaceChildren(...attachments.map((file) => link(file, fresh)));
}

// The files of a message that is on its way, for as long as it is shown.
export function followFiles(container, files, uploads, texts) {
  const rows = files.map((file) => [itemRow(), file]);
  const draw = () => rows.forEach(([row, file]) => drawItem(row, uploads.of(file), texts));
  for (const [row] of rows) row.querySelectorAll("button").forEach((button) => button.remove());
  container.replaceChildren(...rows.map(([row]) => row));
  draw();
  const stop = uploads.watch(() => (container.isConnected ? draw() : stop()));
}

export function itemRow() {
  return document.getElementById("upload").content.firstElementChild.cloneNode(true);
}

// An item of uploads.js: its name, and how far it has come. `texts`: the dataset with the sentences.
export function drawItem(row, { name, size, state, progress, message, again }, texts) {
  row.dataset.state = state;
  row.querySelector(".file-name").textContent = name;
  const words = { lost: texts.textLost, failed: message || texts.textFailed, queued: texts.textQueued };
  row.querySelector(".file-size").textContent = words[state] ?? sizeOf(size);
  const bar = row.querySelector("progress");
  bar.hidden = state !== "sending";
  bar.value = progress;
  bar.setAttribute("aria-label", name);
  for (const button of row.querySelectorAll("[data-again]")) button.hidden = state !== "failed" || !again;
}

// "12.3 kB", "1.4 MB"
export function sizeOf(bytes) {
  const [size, unit] = UNITS.find(([each]) => bytes >= each) ?? UNITS.at(-1);
  const style = { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language(), style).format(bytes / size);
}

function link(file, fresh) {
  const element = document.getElementById(file.width ? "file-picture" : "file").content.firstElementChild.cloneNode(true);
  const renewed = async () => {
    file = await fresh(file);
    show(element, file);
  };
  let shownAt = performance.now();
  element.addEventListener("click", async (event) => {
    if (performance.now() - shownAt < FRESH_FOR) return;
    event.preventDefault();
    await renewed();
    shownAt = performance.now();
    element.click();
  });
  element.querySelector("img")?.addEventListener("error", () => renewed().catch(() => {}), { once: true });
  show(element, file);
  return element;
}

function show(element, { name, size, url, width, height }) {
  element.href = url;
  const picture = element.querySelector("img");
  if (picture) {
    Object.assign(picture, { alt: name, width, height, src: url });
  } else {
    element.querySelector(".file-name").textContent = name;
    element.querySelector(".file-size").textContent = sizeOf(size);
  }
}
