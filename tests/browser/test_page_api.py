"""What a site's own scripts can ask of the widget, and hear from it: from a page on another origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from chat.models import Conversation, CustomerSession
from tests import make
from tests.browser import facts
from tests.browser.pages import Agents, Customers, WidgetFrame
from tests.browser.sites import site_elsewhere
from tests.browser.states import end
from tests.browser.windows import NO_SERVER, Windows
from tests.servers import Web
from tests.waiting import wait_until
from workstreams.modes import Mode

LISTEN = """
window.heard = [];
for (const name of ["ready", "error", "startChat", "closeChat", "chatQueued", "chatRetrieved", "onClose", "onMinimize", "onMaximize",
    "onMessageReceived", "onMessageSent", "threadUpdate", "getAgentAvailability"]) {
  addEventListener(`lcw:${name}`, ({ detail }) => heard.push({ name, detail }));
}
"""


# As browsers do it that give a frame of another site no storage. What the frame is told meanwhile is kept.
REFUSE = """
if (window !== top) {
  for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, { get() { throw new DOMException("Refused", "SecurityError"); } });
  }
  window.told = [];
  addEventListener("message", ({ data }) => told.push(JSON.stringify(data)));
}
"""


class Elsewhere:
    """A page of the site, and what it has heard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.widget = WidgetFrame(page)

    def heard(self) -> list[str]:
        return [event["name"] for event in self.page.evaluate("heard")]

    def hears(self, *names: str) -> None:
        """Exactly these, in this order, since the last time."""
        wait_until(lambda: len(self.heard()) >= len(names), what=lambda: f"{names}, not {self.heard()}")
        assert self.heard() == list(names)
        self.page.evaluate("heard.length = 0")

    def has_heard(self, *names: str) -> None:
        """These among others."""
        wait_until(lambda: set(names) <= set(self.heard()), what=lambda: f"{names} in {self.heard()}")

    def hears_anew(self, name: str) -> None:
        """This among others; then what was heard is forgotten."""
        self.has_heard(name)
        self.page.evaluate("heard.length = 0")

    def does(self, script: str) -> Any:
        return self.page.evaluate(script)


type Site = Callable[[str], Elsewhere]


@pytest.fixture
def elsewhere(demo: Web, windows: Windows) -> Iterator[Site]:
    """`elsewhere("demo-live")`: a page that carries that widget."""
    with site_elsewhere(parley=demo.url, token=make.token) as site:
        windows.known.add(site.url)

        def visit(widget: str) -> Elsewhere:
            site.snippet = f'<script src="{demo.url}/widget/loader.js" data-widget="{widget}" async></script>'
            page = windows.open()
            page.add_init_script(LISTEN)
            page.goto(site.url)
            expect(WidgetFrame(page).button).to_be_visible()
            return Elsewhere(page)

        yield visit


def test_a_live_chat_is_told_from_its_start_to_its_end(
    elsewhere: Site, agent: Agents, windows: Windows
) -> None:
    alice = agent("alice")
    site = elsewhere("demo-live")
    site.hears("ready")
    site.does("Parley.startChat()")
    site.widget.write("Hello").shows("Hello")
    site.hears("onMaximize", "startChat", "chatQueued", "onMessageSent")
    alice.accept().write("Good day.")
    site.widget.shows("Hello", "Alice has joined the chat.", "Good day.")
    site.hears("onMessageReceived", "onMessageReceived")
    site.widget.button.click()
    site.hears("onMinimize")
    site.page.reload()
    site.hears("ready", "chatRetrieved")
    with windows.tolerating(NO_SERVER):
        site.page.context.set_offline(True)
        alice.end()
        site.page.context.set_offline(False)
        site.has_heard("threadUpdate")
    site.widget.open().start_anew().write("One more thing")
    site.hears_anew("onMessageSent")
    end(make.given(Conversation.objects.with_people().unfinished().get(), facts.agent("alice")))
    site.hears_anew("threadUpdate")
    site.widget.start_anew().write("And another")
    site.hears_anew("onMessageSent")
    site.widget.end()
    site.has_heard("closeChat")
    expect(site.widget.new_button).to_be_visible()
    assert "threadUpdate" not in site.heard()


@pytest.mark.parametrize("mode", Mode)
def test_the_page_closes_a_live_chat_and_only_leaves_a_persistent_one(elsewhere: Site, mode: Mode) -> None:
    site = elsewhere(make.widget(mode=mode).public_id)
    site.does("Parley.startChat()")
    site.widget.write("Hello").shows("Hello")
    site.does("Parley.closeChat()")
    site.has_heard("onMinimize", "closeChat", "onClose")
    assert "threadUpdate" not in site.heard()
    expect(site.widget.button).to_have_attribute("aria-expanded", "false")
    assert facts.the_conversation().is_unfinished is (mode == Mode.PERSISTENT)


def test_what_the_page_knows_of_an_anonymous_visitor_reaches_the_agent(elsewhere: Site) -> None:
    site = elsewhere("demo-live")
    site.does(
        "Parley.setContextProvider(() => ({ basket: 3, secret: { value: 'x', isDisplayable: false } }))"
    )
    assert site.does("typeof Parley.getContextProvider()") == "function"
    site.does("Parley.startChat({ customContext: { page: 'Scanners' } })")
    site.widget.write("Hello").shows("Hello")
    assert facts.the_conversation().context == {
        "basket": {"value": 3, "displayable": True},
        "secret": {"value": "x", "displayable": False},
        "page": {"value": "Scanners", "displayable": True},
    }
    site.does("Parley.startChat({ customContext: { page: 'Prices' } })")
    wait_until(lambda: facts.the_conversation().context["page"]["value"] == "Prices")
    site.does("Parley.removeContextProvider()")
    assert site.does("Parley.getContextProvider()") is None


def test_a_provider_that_fails_keeps_nobody_from_writing(elsewhere: Site) -> None:
    site = elsewhere("demo-live")
    site.does("Parley.setContextProvider(() => { throw new Error('not today') })")
    site.widget.open().write("Hello").shows("Hello")
    assert facts.the_conversation().context == {}


def test_context_of_somebody_signed_in_comes_from_the_token_alone(elsewhere: Site) -> None:
    site = elsewhere(make.widget().public_id)
    site.does("Parley.startChat({ customContext: { tier: 'gold' } })")
    site.widget.write("Hello").shows("Hello")
    assert "tier" not in facts.the_conversation().context
    assert "tier" not in CustomerSession.objects.get().context


def test_a_provider_in_code_beats_the_function_of_the_setting(elsewhere: Site) -> None:
    site = elsewhere(make.widget().public_id)
    token = make.token(sub="zoe", name="Zoe")
    site.does(f"Parley.setAuthTokenProvider((give) => give('{token}'))")
    site.does("Parley.startChat()")
    site.widget.write("Hello").shows("Hello")
    assert facts.the_conversation().customer.subject == "zoe"


def test_availability_is_told_before_anything_is_loaded(elsewhere: Site, agent: Agents) -> None:
    agent("alice")
    site = elsewhere("demo-live")
    told = site.does("Parley.getAgentAvailability()")
    assert (told["open"], told["agents_available"], told["position"]) == (True, True, 1)
    assert (told["isQueueAvailable"], told["isAgentAvailable"], told["positionInQueue"]) == (True, True, 1)
    assert site.does("Parley.getAgentAvailability()") == told
    site.hears("ready", "getAgentAvailability", "getAgentAvailability")


def test_what_keeps_a_customer_out_is_told_by_its_number(elsewhere: Site, windows: Windows) -> None:
    site = elsewhere(make.widget().public_id)
    with windows.tolerating("401"):
        for provider, number in (
            ("() => { throw new Error() }", 2),
            ("(give) => give(null)", 3),
            ("(give) => give('x.y.z')", 4),
        ):
            site.does(f"heard.length = 0; Parley.setAuthTokenProvider({provider}); Parley.startChat()")
            site.has_heard("error")
            (error,) = [event["detail"] for event in site.does("heard") if event["name"] == "error"]
            assert error["errorCode"] == number
            assert error["errorDescription"]


def test_a_window_of_its_own_has_the_token_from_whatever_page_of_the_site_is_there(elsewhere: Site) -> None:
    site = elsewhere(make.widget().public_id)
    with site.page.expect_popup() as opened:
        site.does("Parley.startChat({ inNewWindow: true })")
    window = opened.value
    chat = WidgetFrame(window, is_window=True)
    chat.write("Hello").shows("Hello")
    site.has_heard("startChat")
    expect(site.widget.button).to_have_attribute("aria-expanded", "false")
    assert facts.the_conversation().customer.subject == "carla"
    assert parse_qsl(urlsplit(window.url).query) == [("origin", site.does("origin"))]

    frames: list[Route] = []
    site.page.route("**/widget/*/?*", lambda route: frames.append(route))  # noqa: PLW0108 - it must be a function
    site.page.reload(wait_until="commit")
    site.does("window.told = []; addEventListener('message', ({ data }) => told.push(data.type))")
    window.evaluate("sessionStorage.clear()")
    window.reload()
    wait_until(lambda: site.does("told.includes('token')"), what="the window to ask who she is")
    frames[0].continue_()
    chat.shows("Hello")
    site.page.unroute("**/widget/*/?*")
    site.page.reload()
    expect(site.widget.button).to_be_visible()
    site.does("Parley.signOut()")
    expect(chat.refusal).to_contain_text("You are signed out")
    with window.expect_event("close"):
        site.does("Parley.closeChat()")


def test_a_window_that_nobody_answers_shows_itself_less_and_less_often(customer: Customers) -> None:
    """Where its opener is another site's by now, each time is an error in its console."""
    page = customer().page
    page.clock.install()
    page.goto(customer().url + "/healthz")
    page.evaluate(
        """async () => {
            const { Showing } = await import("/static/widget/showing.js");
            window.shown = 0;
            window.isAnswered = false;
            const showing = new Showing(() => {
                window.shown += 1;
                if (window.isAnswered) showing.answered();
            });
        }"""
    )
    page.clock.run_for("10:00")
    assert page.evaluate("shown") < 30
    page.evaluate("isAnswered = true; shown = 0; window.dispatchEvent(new Event('focus'))")
    assert page.evaluate("shown") == 1
    page.clock.run_for("10:00")
    assert page.evaluate("shown") > 100


def test_whoever_may_not_embed_a_widget_signs_nobody_in_in_a_window_of_it(elsewhere: Site) -> None:
    site = elsewhere("demo-live")
    widget = make.widget(allowed_domains=["shop.example"])
    site.does("window.told = []; addEventListener('message', ({ data }) => told.push(data.type))")
    address = reverse("widget-window", args=[widget.public_id])
    with site.page.expect_popup() as opened:
        site.does(f"window.open(new URL('{address}?origin=' + origin, document.scripts[1].src))")
    expect(WidgetFrame(opened.value, is_window=True).refusal).to_contain_text("Please sign in")
    assert opened.value.evaluate("window.opener") is None
    assert site.does("told.filter((type) => type === 'token')") == []


def test_where_frames_get_no_storage_the_page_keeps_what_is_this_widgets(elsewhere: Site) -> None:
    site = elsewhere("demo-live")
    site.page.add_init_script(REFUSE)
    site.does("localStorage.setItem('parley.another.session', 'a secret')")
    site.page.reload()
    site.does("Parley.startChat()")
    site.widget.write("Hello").shows("Hello")
    site.page.reload()
    site.widget.shows("Hello")
    told = site.widget.frame.evaluate("told")
    assert any("parley.demo-live.known" in each for each in told)
    assert not [each for each in told if "a secret" in each]
