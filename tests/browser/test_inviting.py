"""Visitors are invited to chat: by rule or by the page, once, politely, and never when it makes no sense."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chat.models import Conversation, Message
from tests import make
from tests.browser import facts
from tests.browser.pages import Customers, Shop, WidgetFrame
from tests.browser.sites import site_elsewhere
from tests.browser.states import answered, end
from tests.browser.windows import NO_SERVER, Windows
from tests.servers import Web
from workstreams.models import Invitation, Widget

LIVE = "/demo/live/"
TEXT = "Looking for the right scanner?"
# Patterns that https://shop.example/prices?from=mail#top matches, and others.
FITTING = [
    "",
    "*",
    "/prices?from=mail",
    "/prices*",
    "/prices*mail",
    "/p*c*s?*=mail",
    "*mail",
    "https://shop.example/*",
    "https://*.example/prices*",
]
OTHERS = ["/prices", "/p*s*c*", "/prices?from=mail*mail", "*#top", "http://shop.example/*", "/shop.example*"]


def rule(public_id: str = "demo-live", **fields: Any) -> Invitation:
    return make.invitation(Widget.objects.get(public_id=public_id), **{"text": TEXT, **fields})


def invite(page: Page, message: str = TEXT) -> None:
    page.evaluate("(message) => Parley.startProactiveChat({ message })", message)


def stays_uninvited(widget: WidgetFrame) -> None:
    """By the time that it is told of its page, and told again, it has made up its mind."""
    expect(widget.button).to_be_visible()
    for _ in range(2):
        widget.frame.evaluate(
            """() => new Promise((told) => addEventListener("message", function once({ data }) {
                if (!data.value?.url) return;
                removeEventListener("message", once);
                setTimeout(told);
            }))"""
        )
    expect(widget.invitation).to_be_hidden()


def half_an_hour_later(widget: WidgetFrame) -> None:
    """The last look at the widget was a while ago."""
    widget.frame.evaluate(
        """() => {
            const key = Object.keys(localStorage).find((key) => key.endsWith(".visit"));
            localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), at: 1 }));
        }"""
    )


def test_an_invitation_is_said_politely_accepted_by_keyboard_and_stands_until_the_visitor_writes(
    customer: Customers,
) -> None:
    rule(after_seconds=1)
    shop = customer().visit(LIVE)
    widget, page = shop.widget, shop.page
    expect(widget.invitation.get_by_role("status")).to_have_text(TEXT)
    expect(page.locator("iframe")).not_to_be_focused()
    assert page.evaluate("document.activeElement === document.body")

    widget.button.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(widget.invitation.get_by_role("button", name="Chat with us")).to_be_focused()
    page.keyboard.press("Enter")
    expect(widget.button).to_have_attribute("aria-expanded", "true")
    expect(widget.text).to_be_focused()
    expect(widget.invitation).to_be_hidden()
    expect(widget.part("invited")).to_have_text(TEXT)
    assert not Message.objects.exists()
    widget.write("Yes, please.").shows("Yes, please.")
    expect(widget.part("invited")).to_be_hidden()
    assert facts.log_of(facts.the_conversation()) == ["Yes, please."]


def test_turned_down_by_keyboard_it_does_not_come_again_in_this_visit(customer: Customers) -> None:
    rule()
    rule(text="Really not?")
    shop = customer().visit(LIVE)
    expect(shop.widget.invitation).to_contain_text(TEXT)
    shop.widget.invitation.get_by_role("button", name="No, thanks").focus()
    shop.page.keyboard.press("Escape")
    expect(shop.widget.invitation).to_be_hidden()
    expect(shop.widget.button).to_be_focused()
    shop.page.reload()
    stays_uninvited(shop.widget)

    half_an_hour_later(shop.widget)
    shop.page.reload()
    expect(shop.widget.invitation).to_contain_text(TEXT)


def test_each_rule_is_shown_once_a_visit(customer: Customers) -> None:
    rule()
    rule(text="Still looking?")
    shop = customer().visit(LIVE)
    for text in (TEXT, "Still looking?"):
        expect(shop.widget.invitation).to_contain_text(text)
        shop.page.reload()
    stays_uninvited(shop.widget)


def test_it_goes_by_itself_after_a_minute_and_the_next_one_waits_for_that(customer: Customers) -> None:
    rule()
    rule(text="Still looking?")
    shop = customer()
    shop.page.clock.install()
    shop.visit(LIVE)
    expect(shop.widget.invitation).to_contain_text(TEXT)
    shop.page.clock.fast_forward("00:50")
    shop.page.clock.run_for("00:05")
    expect(shop.widget.invitation).to_contain_text(TEXT)
    shop.page.clock.fast_forward("00:06")
    shop.page.clock.run_for("00:02")
    expect(shop.widget.invitation).to_contain_text("Still looking?")
    shop.page.clock.fast_forward("01:01")
    expect(shop.widget.invitation).to_be_hidden()


def test_rules_ask_for_pages_and_visits(customer: Customers) -> None:
    rule(url_pattern="/demo/", text="Not here")
    rule(url_pattern="/demo/live/?b=*", min_visits=2)
    shop = customer().visit(f"{LIVE}?b=1")
    stays_uninvited(shop.widget)
    half_an_hour_later(shop.widget)
    shop.visit(f"{LIVE}?a=1")
    stays_uninvited(shop.widget)
    shop.page.evaluate("history.pushState(null, '', '?b=2')")  # without another page being loaded
    expect(shop.widget.invitation).to_contain_text(TEXT)


def test_a_star_stands_for_anything(customer: Customers) -> None:
    page = customer().visit("/healthz").page
    found = page.evaluate(
        """async (patterns) => {
            const { matches } = await import("/static/widget/invitations.js");
            return patterns.filter((pattern) => matches(pattern, "https://shop.example/prices?from=mail#top"));
        }""",
        [*FITTING, *OTHERS],
    )
    assert found == FITTING


def test_an_invitation_that_cannot_be_loaded_is_none_and_does_no_harm(
    customer: Customers, windows: Windows
) -> None:
    rule()
    shop = customer()
    shop.page.route("**/invitation*.js", lambda route: route.abort())
    with windows.tolerating(NO_SERVER):
        with shop.page.expect_event("requestfailed"):
            shop.visit(LIVE)
        shop.open_chat().write("Hello").shows("Hello")
        with shop.page.expect_event("requestfailed"):
            shop.visit(LIVE)
        shop.widget.is_open().shows("Hello")


def test_nobody_is_invited_whose_chat_is_open_or_under_way(customer: Customers) -> None:
    shop = customer().visit(LIVE)
    shop.open_chat()
    invite(shop.page)
    shop.widget.write("Hello").shows("Hello")
    expect(shop.widget.invitation).to_be_hidden()
    shop.widget.close()
    invite(shop.page)
    rule()
    shop.page.reload()
    expect(shop.widget.text).to_be_attached()  # all of the chat is there
    stays_uninvited(shop.widget)
    invite(shop.page)
    stays_uninvited(shop.widget)

    end(answered(shop.open_chat(), "Hello."))
    expect(shop.widget.new_button).to_be_visible()
    shop.widget.close()
    shop.page.reload()
    invite(shop.page, "Was that all?")
    expect(shop.widget.invitation).to_contain_text("Was that all?")


@pytest.mark.parametrize(("public_id", "path"), [("demo-live", LIVE), ("demo-persistent", "/demo/")])
def test_outside_the_hours_only_who_may_write_then_is_invited(
    customer: Customers, public_id: str, path: str
) -> None:
    rule(public_id)
    Widget.objects.update(operating_hours=make.hours(), show_outside_hours=True)
    shop = customer().visit(path)
    expect(shop.widget.button).to_be_visible()
    if public_id == "demo-persistent":
        expect(shop.widget.invitation).to_contain_text(TEXT)
        return
    with shop.page.expect_response("**/availability"):
        shop.page.reload()
    stays_uninvited(shop.widget)


def test_the_page_of_another_site_invites_whom_it_likes_and_with_its_own_words(
    demo: Web, windows: Windows
) -> None:
    with site_elsewhere(parley=demo.url, token=lambda: make.token(sub="carla")) as site:
        windows.known.add(site.url)
        site.snippet = f'<script src="{demo.url}/widget/loader.js" data-widget="demo-live" async></script>'
        page = windows.open()
        page.goto(site.url)
        widget = WidgetFrame(page)
        expect(widget.button).to_be_visible()
        invite(page, "<b>Hello</b> there")
        expect(widget.invitation.get_by_role("status")).to_have_text("<b>Hello</b> there")
        page.evaluate("Parley.startProactiveChat()")
        expect(widget.invitation.get_by_role("status")).to_have_text("Can we help you?")
        box = page.locator("iframe").bounding_box()
        assert box
        assert box["height"] < 200
        widget.invitation.get_by_role("button", name="Chat with us").click()
        expect(widget.part("invited")).to_have_text("Can we help you?")
        widget.write("Hello").shows("Hello")
    assert Conversation.objects.count() == 1


def test_on_a_phone_it_covers_no_more_than_it_must(customer: Customers, windows: Windows, demo: Web) -> None:
    rule()
    page = windows.open(viewport={"width": 320, "height": 600})
    shop = Shop(page, demo.url).visit(LIVE)
    expect(shop.widget.invitation).to_contain_text(TEXT)
    box = page.locator("iframe").bounding_box()
    assert box
    assert box["height"] < 200
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 320
    shop.widget.invitation.get_by_role("button", name="Chat with us").click()
    expect(shop.widget.text).to_be_focused()
    assert page.locator("iframe").bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 600}
