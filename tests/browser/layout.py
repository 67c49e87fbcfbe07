"""What stands in the way of somebody with a small window, large letters or thick fingers: measured on the page."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser import axe

# A phone of 320 CSS pixels, which is also a window of 1280 at 400 %; and a window of 1280 by 800 at 200 %.
NARROW, ZOOMED = (320, 568), (640, 400)
# WCAG 2.2 asks for 24; a link within a sentence, or a box that its label makes large, is excused.
SMALLEST = 24
MEASURE = """
async (smallest) => {
  await new Promise(requestAnimationFrame);
  const roots = [document];
  for (const root of roots) {
    for (const {shadowRoot} of root.querySelectorAll("*")) if (shadowRoot) roots.push(shadowRoot);
  }
  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const isSeen = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest("[aria-hidden=true], .visually-hidden");
  const name = (one) => `${one.localName} "${(one.ariaLabel ?? one.textContent).trim().slice(0, 30)}"`;
  const found = [];
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth) found.push(`the page is ${page.scrollWidth} wide in ${page.clientWidth}`);
  for (const one of all("main.widget *").filter(isSeen)) {
    if (/auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth)
      found.push(`${name(one)} is to be scrolled sideways`);
  }
  for (const one of all("button, [href], select, textarea, input, summary").filter(isSeen)) {
    const {left, right, width, height} = one.getBoundingClientRect();
    const isExcused = one.closest("p, label") && one.localName !== "button";
    if (!isExcused && Math.min(width, height) < smallest) found.push(`${name(one)} is ${width} by ${height}`);
    if (left < 0 || right > innerWidth + 1) found.push(`${name(one)} stands out of the page`);
  }
  for (const one of all("#text").filter(isSeen)) {
    if (one.scrollHeight > one.clientHeight + 1 && one.clientHeight < 100) found.push(`${name(one)} is cut off`);
  }
  return found;
}
"""
# Where backgrounds are taken away, an edge must tell where a control is.
EDGELESS = """
() => {
  const ours = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
  const roots = document.querySelector("main.widget") ? [document] : ours;
  const buttons = roots.flatMap((root) => [...root.querySelectorAll("button:not(.link), .button, textarea, .bubble")]);
  const isBare = (one) => one.checkVisibility({visibilityProperty: true}) && getComputedStyle(one).borderTopWidth === "0px";
  return buttons.filter(isBare).map((one) => one.ariaLabel ?? one.className);
}
"""


def obstacles(page: Page) -> list[str]:
    """On the page and each frame of it, at each of those sizes."""
    before = page.viewport_size
    assert before
    found = [f"{size}: {one}" for size in (NARROW, ZOOMED) for one in _at(page, *size)]
    page.set_viewport_size(before)
    return found


def edgeless(page: Page) -> list[str]:
    """In forced colors: of what is ours."""
    page.emulate_media(forced_colors="active")
    found = [one for frame in axe.seen(page) for one in frame.evaluate(EDGELESS)]
    page.emulate_media(forced_colors="none")
    return found


def _at(page: Page, width: int, height: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": height})
    return [one for frame in axe.seen(page) for one in frame.evaluate(MEASURE, SMALLEST)]
