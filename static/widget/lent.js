// Some browsers refuse storage to a frame of another site. The page lends its own then: it already vouches for its
// customers, and without it a reload would lose the visitor's chat and what was not sent yet.

import { borrow, isRefused } from "../chat/store.js";

export async function borrowFrom(bridge) {
  if (!isRefused()) return;
  const areas = await bridge.kept();
  if (areas) borrow({ areas, keep: (area, key, text) => bridge.post({ type: "keep", area, key, text }) });
}
