// When a visitor is invited to chat: after some time, on some pages, from some visit on. Each rule once a visit, one at a
// time, and none any more in a visit in which an invitation was turned down or the chat opened.

import { Store } from "../chat/store.js";

// Whoever comes back after half an hour begins another visit.
const VISIT_ENDS = 30 * 60_000;
const LOOK_EVERY = 1_000;
export const STANDS_FOR = 60_000;

// onDue({text, rule}); the page is asked where the visitor is.
export function watch({ root, bridge, onDue }) {
  const rules = JSON.parse(root.dataset.invitations);
  const { widget } = root.dataset;
  const visit = arrive(widget);
  const offered = new Set();
  let url = null;
  let since = 0;
  let next = 0;

  const judge = (page) => {
    const now = Date.now();
    // The first page may be older than we are; within a page that changes its address, time begins anew.
    if (url !== page.url) since = url === null ? now - page.age : now;
    url = page.url;
    if (root.classList.contains("is-open")) isEnough(widget);
    if (visitOf(widget).isOver || now < next || root.classList.contains("is-inviting")) return;
    const seconds = (now - since) / 1000;
    const due = rules.find((rule) => isLeft(rule) && seconds >= rule.seconds && visit.count >= rule.visits && matches(rule.page, url));
    if (!due) return;
    offered.add(due.id);
    next = now + STANDS_FOR;
    onDue({ text: due.text, rule: due.id });
  };
  const isLeft = ({ id }) => !offered.has(id) && !visitOf(widget).shown.includes(id);
  const look = async () => {
    const page = document.visibilityState === "visible" && (await bridge.page());
    if (page) judge(page);
  };
  setInterval(look, LOOK_EVERY);
  look();
}

export function wasShown(widget, rule) {
  const visit = visitOf(widget);
  keep(widget, { ...visit, shown: [...visit.shown, rule] });
}

// Not again in this visit.
export function isEnough(widget) {
  keep(widget, { ...visitOf(widget), isOver: true });
}

// "*" stands for anything. A pattern that begins with "/" is one of the path and what follows it.
export function matches(pattern, address) {
  if (!pattern) return true;
  const { origin, pathname, search } = new URL(address);
  const parts = pattern.split("*");
  let rest = (pattern.startsWith("/") ? "" : origin) + pathname + search;
  if (parts.length === 1) return rest === pattern;
  const first = parts.shift();
  const last = parts.pop();
  if (!rest.startsWith(first) || rest.length < first.length + last.length || !rest.endsWith(last)) return false;
  rest = rest.slice(first.length, rest.length - last.length);
  for (const part of parts) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return true;
}

function arrive(widget) {
  const visit = visitOf(widget);
  const isNew = Date.now() - visit.at > VISIT_ENDS;
  const here = isNew ? { count: visit.count + 1, shown: [], isOver: false } : visit;
  keep(widget, here);
  return here;
}

function visitOf(widget) {
  return new Store().get(keyOf(widget)) ?? { count: 0, at: 0, shown: [], isOver: false };
}

function keep(widget, visit) {
  new Store().set(keyOf(widget), { ...visit, at: Date.now() });
}

const keyOf = (widget) => `parley.${widget}.visit`;
