// Somebody has used this chat in this browser before: worth connecting without being asked.

import { Store } from "../chat/store.js";

const keyOf = (widget) => `parley.${widget}.known`;

export function isKnownIn(widget) {
  return Boolean(new Store().get(keyOf(widget)));
}

export function remember(widget) {
  new Store().set(keyOf(widget), true);
}
