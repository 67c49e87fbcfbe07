// Tells the page what its button looks like and says, and, when it asks, whether we are open.

import { paint } from "./color.js";
import { texts } from "./text.js";

export function announce({ root, bridge, isKnown }) {
  const text = texts(root);
  const { color: own, position, clientFunction } = root.dataset;
  const { color, ink } = paint(root, new URLSearchParams(window.location.search).get("color"), own);
  const words = { title: document.title, open: text("open"), close: text("close"), unread: text("unread") };
  const hidden = "hidden" in root.dataset && !isKnown;
  bridge.post({ type: "ready", color, ink, position, clientFunction, hidden, texts: words });
}

export async function tellAvailability({ widget, bridge }) {
  const { availability } = await import("./availability.js").catch(() => ({}));
  const answer = (await availability?.(widget)) ?? null;
  bridge.post({ type: "availability", answer });
  bridge.tell("lcw:getAgentAvailability", answer);
}
