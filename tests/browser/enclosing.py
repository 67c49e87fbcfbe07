"""The files of one side of a conversation, and some to send."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests import files
from tests.browser.pages import Console, WidgetFrame

PHOTO: FilePayload = {
    "name": "photo.jpg",
    "mimeType": "",
    "buffer": files.picture("JPEG", width=800, height=600),
}
BILL: FilePayload = {"name": "bill.pdf", "mimeType": "", "buffer": files.PDF}
PAGE: FilePayload = {"name": "photo.png", "mimeType": "image/png", "buffer": files.HTML}
LONG: FilePayload = {"name": "long.txt", "mimeType": "", "buffer": b"A line of a log.\n" * 40_000}


class Enclosed:
    """The files of one side: chosen for the next message, and seen in the conversation."""

    def __init__(self, side: WidgetFrame | Console) -> None:
        self._side = side
        root = (
            side.part("composer") if isinstance(side, WidgetFrame) else side.page.locator("[data-composer]")
        )
        log = side.log if isinstance(side, WidgetFrame) else side.page.locator("[data-timeline]")
        self._input = root.locator("input[type=file]")
        self._attach = root.get_by_role("button", name="Attach files")
        self.tray = root.get_by_role("list", name="Files to send").get_by_role("listitem")
        self.send = root.get_by_role("button", name="Send")
        self.emoji = root.get_by_role("button", name="Emoji")
        self.picker = root.get_by_role("grid", name="Emoji")
        self.pictures = log.get_by_role("img")
        self.rows = log.locator(".file:not(.file-picture)")

    def choose(self, *chosen: FilePayload) -> None:
        expect(self._attach).to_be_visible()
        self._input.set_input_files([*chosen])

    def chosen(self, *chosen: FilePayload) -> None:
        """Chosen, and stored."""
        self.choose(*chosen)
        for file in chosen:
            expect(self.tray.filter(has_text=file["name"])).to_have_attribute("data-state", "done")

    def shows_picture(self, name: str) -> None:
        picture = self.pictures.last
        expect(picture).to_have_accessible_name(name)
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") == 800

    def saved(self, page: Page) -> bytes:
        with page.expect_download() as begun:
            self.rows.last.click()
        return Path(begun.value.path()).read_bytes()
