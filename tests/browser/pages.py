"""What people see and press, page by page, so that tests say what is done and not where it stands in the markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.cookies import Morsel
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

from config import demo
from tests.routing.desk import browser_of

# The fixtures `customer` and `agent`.
type Customers = Callable[[], Shop]
type Agents = Callable[[str], Console]


SOMEBODY_ELSE = """(name) => {
  const body = JSON.stringify({ sub: name.toLowerCase(), name });
  const asked = { method: "POST", body, headers: { "Content-Type": "application/json" } };
  Parley.setAuthTokenProvider(async () => (await (await fetch("/demo/token", asked)).json()).token);
}"""


class Talk:
    """One side of a conversation: where it is written, and what is seen of it."""

    text: Locator
    bodies: Locator

    def write(self, *bodies: str) -> Self:
        for body in bodies:
            self.text.fill(body)
            self.text.press("Enter")
        return self

    def shows(self, *bodies: str) -> Self:
        """All of what is open, the automated lines too."""
        expect(self.bodies).to_have_text(list(bodies))
        return self


class WidgetFrame(Talk):
    """The chat on whatever page it stands, or in a window of its own."""

    def __init__(self, page: Page, *, is_window: bool = False) -> None:
        self.page = page
        self.button = page.locator("button[aria-expanded]")
        self._root: Page | FrameLocator = page if is_window else page.frame_locator("iframe")
        self.log = self._root.get_by_role("log")
        self.scroll = self._root.get_by_role("region", name="Messages")
        self.bodies = self.log.locator("[data-part=body]")
        self.unsent = self._root.locator("[data-part=pending] .message")
        self.typing = self.part("typing")
        self.text = self._root.get_by_role("textbox", name="Your message")
        self.subtitle = self.part("subtitle")
        self.closed = self.part("closed")
        self.offline = self.part("offline")
        self.ended = self.part("ended")
        self.refusal = self._root.get_by_role("alert")
        self.end_button = self._root.get_by_role("button", name="End chat")
        self.buttons = self._root.get_by_role("button")
        self.new_button = self._root.get_by_role("button", name="Start a new chat")
        self.minimise = self.part("minimise")
        self.dialog = self._root.get_by_role("dialog")
        self.questions = self.part("questions")
        self.survey = self.part("survey")
        self.invitation = self._root.get_by_role("region", name="Invitation to chat")

    def question(self, words: str) -> Locator:
        return self.questions.get_by_label(words)

    def rating(self, words: str, name: str) -> Locator:
        """A star of a question in the survey."""
        return self.survey.get_by_role("radiogroup", name=words).get_by_role("radio", name=name, exact=True)

    @property
    def keep_button(self) -> Locator:
        return self._root.get_by_role("button", name="Keep this conversation")

    def part(self, name: str) -> Locator:
        return self._root.locator(f"[data-part={name}]")

    @property
    def frame(self) -> Frame:
        frame = self.page.frame(url=re.compile("/widget/"))
        assert frame
        return frame

    @property
    def session(self) -> str:
        """The opaque session that this tab holds."""
        key = "`parley.${document.getElementById('widget').dataset.widget}.session`"
        return str(self.frame.evaluate(f"JSON.parse(sessionStorage.getItem({key})).session"))

    def open(self) -> Self:
        self.button.click()
        return self.is_open()

    def is_open(self) -> Self:
        """By itself, on the page after the one where it was opened."""
        expect(self.button).to_have_attribute("aria-expanded", "true")
        return self

    def close(self) -> None:
        self.button.click()
        expect(self.button).to_have_attribute("aria-expanded", "false")

    def scroll_up(self) -> None:
        """To the oldest message there is, which brings those before it."""
        self.scroll.evaluate("(box) => box.scrollTo(0, 0)")

    def end(self) -> None:
        self.end_button.click()
        self.dialog.get_by_role("button", name="End chat").click()

    def start_anew(self) -> Self:
        self.new_button.click()
        return self


class Shop:
    """The sample shop, in one customer's browser."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.widget = WidgetFrame(page)
        self.heard = page.locator("#events li")

    def visit(self, path: str = "/demo/") -> Self:
        self.page.goto(self.url + path)
        return self

    def sign_in(self, name: str = "Carla") -> Self:
        """Without the shop's form, which Firefox's story fills in."""
        answer = HttpResponse()
        answer.set_signed_cookie(demo.COOKIE, name)
        take_cookie(self.page, self.url, answer.cookies[demo.COOKIE])
        self.visit()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)
        return self

    def becomes(self, name: str) -> None:
        """Somebody else is there now, and the page says so without being loaded anew."""
        self.page.evaluate(SOMEBODY_ELSE, name)

    def sign_out(self) -> Self:
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_hidden()
        return self

    def open_chat(self) -> WidgetFrame:
        return self.widget.open()

    def close_browser(self) -> None:
        self.page.context.close()


class Console(Talk):
    """An agent at the desk."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.offers = page.get_by_role("region", name="Offers").locator("[data-offer]")
        self.countdown = self.offers.locator("[data-left]")
        self.bodies = page.locator("[data-timeline] .message__body")
        self.unsent = page.locator("[data-outbox] .message")
        self.typing = page.locator(".log__typing")
        self.text = page.locator("#composer-text")
        self.notices = page.locator("[data-notices]")
        self.state = page.locator("#bar .pill")
        self.title = page.locator(".bar__who strong")
        self.list = page.locator("#work-list")
        self.quiet = page.locator("[data-no-offers]")

    def sign_in(self, username: str, *, at: str = "/console/") -> Self:
        """Without the form, which Firefox's story fills in."""
        browser = browser_of(User.objects.get(username=username))
        take_cookie(self.page, self.url, browser.cookies[settings.SESSION_COOKIE_NAME])
        self.page.goto(self.url + at)
        return self.is_connected()

    def is_connected(self) -> Self:
        expect(self.page.locator("body")).to_have_attribute("data-link", "online")
        return self

    def accept(self) -> Self:
        """The one offer there is; its conversation opens."""
        self.offers.get_by_role("button", name="Accept").click()
        expect(self.state).to_have_text("Active")
        return self

    def show_older(self) -> None:
        """What stands before the oldest message, if anything does."""
        older = self.page.locator("[data-older]:enabled")
        if older.is_visible():
            older.click()

    def park(self) -> Self:
        return self._press("Park", becomes="Waiting")

    def end(self) -> Self:
        self.page.locator("#bar").get_by_role("button", name="End").click()
        self.page.get_by_role("dialog").get_by_role("button", name=re.compile("^End")).click()
        expect(self.state).to_have_text("Wrap-up")
        return self

    def close(self) -> Self:
        return self._press("Close", becomes="Closed")

    def choose_presence(self, name: str) -> Self:
        self.page.locator(".rail .presence").click()
        self.page.locator("#presence-menu").get_by_role("button", name=name).click()
        expect(self.page.locator(".rail [data-presence-label]")).to_have_text(name)
        return self

    def look_at(self, list_name: str) -> Self:
        """One of the lists: My work, Open, Closed today."""
        self.page.get_by_role("navigation", name="Lists").get_by_role("link", name=list_name).click()
        return self

    def row(self, name: str) -> Locator:
        return self.list.get_by_role("link", name=name)

    def close_browser(self) -> None:
        self.page.context.close()

    def _press(self, label: str, *, becomes: str) -> Self:
        self.page.locator("#bar").get_by_role("button", name=label).click()
        expect(self.state).to_have_text(becomes)
        return self


def take_cookie(page: Page, url: str, cookie: Morsel[str]) -> None:
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
