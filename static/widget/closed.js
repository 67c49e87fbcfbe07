// The frame until the chat is needed in this browser: it says how the button looks, and gives way to the whole chat
// at the first order that needs it. Whoever never wrote here loads no more than this.

import { announce, tellAvailability } from "./announce.js";
import { Bridge } from "./bridge.js";
import { isKnownIn } from "./known.js";
import { borrowFrom } from "./lent.js";

const root = document.getElementById("widget");
const bridge = new Bridge(root);
await borrowFrom(bridge);
const isKnown = isKnownIn(root.dataset.widget);
// These speak to a chat that is not there yet, and does not miss them. Everything else needs it.
const IDLE = new Set(["start", "focus", "provider", "context", "close"]);
let isLeaving = false;

// What comes while the whole chat is on its way goes back to the page, which says it again when the chat is there.
function told(message) {
  if (message.type === "availability") return tellAvailability({ widget: root.dataset.widget, bridge });
  if (!isKnown && IDLE.has(message.type)) return;
  const order = message.type === "start" || message.type === "focus" ? null : message; // those are told anyway
  bridge.post({ type: "later", order });
  if (isLeaving) return;
  isLeaving = true;
  window.location.replace(`${window.location.href}&whole`);
}

async function invite() {
  const { watch } = await import("./invitations.js").catch(() => ({}));
  watch?.({ root, bridge, onDue: (due) => told({ type: "invite", ...due }) });
}

bridge.onMessage = told;
if (root.dataset.invitations && !isKnown) invite();
announce({ root, bridge, isKnown });
