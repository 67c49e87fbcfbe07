// The widget as it would look, for whoever sets it up: the form around this frame says how. No chat is behind it.

import { paint } from "./color.js";

const root = document.getElementById("widget");
const part = (name) => root.querySelector(`[data-part=${name}]`);
const host = window.parent;

function begin() {
  root.inert = true;
  part("skeleton").hidden = true;
  for (const name of ["room", "composer"]) part(name).hidden = false;
  // No words of our own, which nobody would have translated.
  const question = root.querySelector(".intro-title").textContent;
  part("log").append(message("agent", question), message("customer", "…"));
  window.addEventListener("message", ({ source, origin, data }) => {
    if (source === host && origin === window.location.origin && data?.type === "look") show(data);
  });
  host.postMessage({ type: "previewing" }, window.location.origin);
}

function message(kind, body) {
  const element = document.getElementById("message").content.firstElementChild.cloneNode(true);
  element.dataset.kind = kind;
  element.dataset.last = "";
  element.querySelector("[data-part=body]").textContent = body;
  return element;
}

function show({ title, subtitle, color, logo, name }) {
  paint(root, color, root.dataset.color);
  root.querySelector("h1").textContent = title;
  part("subtitle").textContent = subtitle;
  root.querySelector(".mark").replaceWith(logo ? picture(logo) : letter(title));
  part("log").querySelector("[data-kind=agent] [data-part=who]").textContent = name;
}

function picture(address) {
  const image = new Image();
  image.src = address;
  image.alt = "";
  image.className = "mark";
  return image;
}

function letter(title) {
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.ariaHidden = "true";
  mark.textContent = title.slice(0, 1).toUpperCase();
  return mark;
}

begin();
