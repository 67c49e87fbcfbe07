// Whoever uses the keyboard must not lose their place: what had the focus may vanish, and then the focus goes to what
// stands there instead. Somebody who left it by themselves is not called back.
//
//   keepFocus(root, places)
//     places()   elements, the best first

const GONE = "[hidden], .is-away, .is-closed > :is(.room, .composer), dialog:not([open])";
const isThere = (element) => element.isConnected && !element.disabled && !element.closest(GONE);

export function keepFocus(root, places) {
  let last = null;
  const isLost = () => last && !isThere(last);
  // In a moment: a dialog that closes gives the focus back by itself.
  const mend = () => setTimeout(() => {
    if (!isLost()) return;
    last = null;
    places().find((element) => element && isThere(element))?.focus();
  });
  root.addEventListener("focusin", ({ target }) => (last = target));
  // Also in a moment: what is being removed is still there when it says goodbye.
  root.addEventListener("focusout", () => queueMicrotask(() => {
    if (!isLost() && document.activeElement !== last) last = null;
  }));
  const watch = { subtree: true, childList: true, attributeFilter: ["hidden", "class", "open", "disabled"] };
  new MutationObserver(() => isLost() && mend()).observe(root, watch);
}
