"""What axe-core finds on a page. It comes from npm (``bin/browser`` installs it), is put into the page by the browser's
own tools, and so leaves the page's policy as it is."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Frame, Page

PROGRAM = Path(__file__).parent / "tools/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Off by default in axe, and asked for by WCAG 2.2 AA.
ALSO = {"target-size": {"enabled": True}}
RUN = """
async ({tags, rules}) => {
  const {violations} = await axe.run(document, {runOnly: {type: "tag", values: tags}, rules, iframes: false});
  const places = ({nodes}) => nodes.map(({target, failureSummary}) => `${target.flat()}: ${failureSummary}`);
  return violations.map((found) => `${found.id}: ${places(found).join("; ")}`);
}
"""


def violations(page: Page) -> list[str]:
    """Of the page and of each frame on it, as somebody sees them now."""
    return [found for frame in seen(page) for found in _violations(frame)]


def seen(page: Page) -> list[Frame]:
    """The page itself, and those of its frames that are shown."""
    return [frame for frame in page.frames if not frame.parent_frame or frame.frame_element().is_visible()]


def _violations(frame: Frame) -> list[str]:
    if not frame.evaluate("Boolean(window.axe)"):
        frame.evaluate(f"() => {{ {PROGRAM.read_text()} }}")
    found: list[str] = frame.evaluate(RUN, {"tags": TAGS, "rules": ALSO})
    return found
