"""Files and emoji, from choosing them to seeing them on the other side, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import CDPSession, Error, Locator, Page, Route, expect

from chat.models import Attachment
from tests import files
from tests.browser.enclosing import BILL, LONG, PAGE, PHOTO, Enclosed
from tests.browser.facts import the_conversation, wait_for_log
from tests.browser.pages import Agents, Customers
from tests.browser.windows import Windows
from tests.servers import Web
from workstreams.models import Widget

REFUSED = "status of 415"


@contextmanager
def held(page: Page) -> Iterator[list[Route]]:
    """Uploads do not get through meanwhile."""
    waiting: list[Route] = []
    page.route("**/uploads", lambda route: waiting.append(route))  # noqa: PLW0108 - it must be a function
    yield waiting
    page.unroute("**/uploads")
    for route in waiting:
        with suppress(Error):  # called off, or gone with its page
            route.continue_()


@contextmanager
def slow(page: Page, *, bytes_per_second: int) -> Iterator[None]:
    wire: CDPSession = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": bytes_per_second})
    yield
    wire.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": -1})


def test_files_go_both_ways_and_are_seen(customer: Customers, agent: Agents) -> None:
    alice = agent("alice")
    shop = customer().sign_in("Carla")
    widget = shop.open_chat()
    hers, ours = Enclosed(widget), Enclosed(alice)
    hers.chosen(PHOTO, BILL)
    widget.write("Here is the bill")
    hers.shows_picture("photo.jpg")
    assert hers.saved(shop.page) == files.PDF

    alice.accept()
    ours.shows_picture("photo.jpg")
    assert ours.saved(alice.page) == files.PDF
    ours.chosen(PHOTO, BILL)
    ours.send.click()
    expect(ours.pictures).to_have_count(2)
    hers.shows_picture("photo.jpg")
    expect(hers.rows).to_have_count(2)
    assert hers.saved(shop.page) == files.PDF

    alice.page.reload()
    expect(ours.pictures).to_have_count(2)
    ours.shows_picture("photo.jpg")
    shop.page.reload()
    hers.shows_picture("photo.jpg")


def test_a_note_keeps_its_file_from_the_customer(customer: Customers, agent: Agents) -> None:
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat().write("My scanner is lost.")
    alice.accept()
    alice.page.get_by_role("radio", name="Internal").check()
    ours = Enclosed(alice)
    ours.chosen(BILL)
    alice.write("Her bill")
    expect(ours.rows).to_have_count(1)
    alice.page.get_by_role("radio", name="Reply").check()
    alice.write("One moment")
    expect(widget.bodies.last).to_have_text("One moment")
    expect(Enclosed(widget).rows).to_have_count(0)


def test_what_is_refused_says_why_and_holds_the_message_back(
    customer: Customers, agent: Agents, windows: Windows
) -> None:
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat().write("Hello")
    alice.accept()
    for side, where in ((Enclosed(widget), widget), (Enclosed(alice), alice)):
        with windows.tolerating(REFUSED):
            side.choose(PAGE)
            expect(side.tray).to_contain_text("Files of this type cannot be sent here.")
        where.text.fill("A picture")
        where.text.press("Enter")
        expect(where.text).to_have_value("A picture")
        side.tray.get_by_role("button", name="Remove photo.png").click()
        expect(side.tray).to_have_count(0)
        where.text.press("Enter")
        expect(where.bodies.last).to_have_text("A picture")


def test_too_large_is_said_before_anything_is_sent(customer: Customers) -> None:
    widget = customer().sign_in("Carla").open_chat()
    hers = Enclosed(widget)
    hers.choose({"name": "film.txt", "mimeType": "", "buffer": b"a" * (5 * 1024 * 1024 + 1)})
    expect(hers.tray).to_contain_text("This file is too large.")
    expect(hers.send).to_be_disabled()


def test_a_message_waits_for_its_files_and_keeps_its_place(customer: Customers) -> None:
    shop = customer().sign_in("Carla")
    widget = shop.open_chat().write("Hello").shows("Hello")
    hers = Enclosed(widget)
    with slow(shop.page, bytes_per_second=60_000):
        hers.choose(LONG)
        progress = hers.tray.get_by_role("progressbar")
        shop.page.wait_for_function(
            "bar => bar.value > 0 && bar.value < 1", arg=progress.element_handle(), polling=50
        )
        widget.write("My log", "Can you read it?")
        expect(widget.unsent).to_have_count(2)
        expect(widget.unsent.first.get_by_role("progressbar")).to_be_visible()
    widget.shows("Hello", "My log", "Can you read it?")
    expect(hers.rows).to_contain_text("long.txt")
    assert wait_for_log(the_conversation(), length=3) == ["Hello", "My log", "Can you read it?"]


def test_what_is_on_its_way_can_be_called_off(customer: Customers) -> None:
    shop = customer().sign_in("Carla")
    widget = shop.open_chat()
    hers = Enclosed(widget)
    with held(shop.page):
        hers.choose(BILL, PHOTO)
        hers.tray.get_by_role("button", name="Remove photo.jpg").click()
        widget.write("My bill", "Never mind")
        widget.unsent.first.get_by_role("button", name="Delete").click()
        widget.shows("Never mind")
    expect(widget.unsent).to_have_count(0)
    expect(hers.tray).to_have_count(0)


def test_a_line_that_has_gone_dead_holds_nothing_up_for_good(live: Web, windows: Windows) -> None:
    page = windows.open()
    page.goto(f"{live.url}/healthz")
    page.clock.install()
    with held(page), page.expect_request("**/uploads"):
        page.evaluate(
            """async () => {
                const { Uploads } = await import("/static/chat/uploads.js");
                const uploads = new Uploads({ url: "/api/v1/uploads", headers: () => ({}) });
                window.item = uploads.begin(new File(["a"], "a.txt"));
            }"""
        )
        page.clock.run_for(30_000)
        assert page.evaluate("item.state") == "queued"
    page.route("**/uploads", lambda route: route.fulfill(status=201, json={"upload": "it came"}))
    page.clock.run_for(1_000)
    page.clock.resume()
    page.wait_for_function("() => item.upload === 'it came'")


def test_a_reload_loses_no_text_and_says_which_file_to_choose_again(customer: Customers) -> None:
    shop = customer().sign_in("Carla")
    widget = shop.open_chat()
    hers = Enclosed(widget)
    hers.chosen(PHOTO)
    with held(shop.page):
        hers.choose(BILL)
        widget.write("My bill")
        expect(widget.unsent).to_have_count(1)
        shop.page.reload()
    expect(widget.text).to_have_value("My bill")
    expect(hers.tray.filter(has_text="bill.pdf")).to_contain_text("Choose this file again")
    hers.tray.get_by_role("button", name="Remove bill.pdf").click()
    hers.chosen(BILL)
    widget.text.press("Enter")
    widget.shows("My bill")
    hers.shows_picture("photo.jpg")
    expect(hers.rows).to_contain_text("bill.pdf")


def test_whoever_signs_in_next_sees_and_sends_nothing_of_hers(customer: Customers) -> None:
    shop = customer().sign_in("Carla")
    hers = Enclosed(shop.open_chat())
    with held(shop.page) as waiting:
        hers.choose(BILL, PHOTO)
        expect(hers.tray).to_have_count(2)
        shop.page.evaluate("Object.assign(document.body.dataset, { sub: 'jonas', name: 'Jonas' })")
        shop.page.evaluate("Parley.setAuthTokenProvider(auth.getAuthenticationToken)")
        expect(hers.tray).to_have_count(0)
        shop.widget.write("Hello").shows("Hello")
    assert len(waiting) == 1
    assert the_conversation().customer.name == "Jonas"
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_files_are_pasted_and_dropped(customer: Customers, agent: Agents, event: str) -> None:
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat().write("Hello")
    alice.accept()
    for side in (widget, alice):
        give(side.text, event)
        expect(Enclosed(side).tray).to_contain_text("notes.txt")


def give(text: Locator, event: str) -> None:
    """As the browser does when a file is pasted into the text, or dropped on it."""
    text.evaluate(
        """(element, event) => {
            const data = new DataTransfer();
            data.items.add(new File(["Hello"], "notes.txt", { type: "text/plain" }));
            const told = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
            const kind = event === "paste" ? ClipboardEvent : DragEvent;
            element.dispatchEvent(new kind(event, told));
        }""",
        event,
    )


def test_where_customers_may_send_no_files_there_is_no_way_to(customer: Customers) -> None:
    Widget.objects.filter(public_id="demo-persistent").update(customers_may_attach=False)
    widget = customer().sign_in("Carla").open_chat().write("Hello").shows("Hello")
    expect(widget.part("attach")).to_have_count(0)
    give(widget.text, "paste")
    expect(Enclosed(widget).tray).to_have_count(0)


def test_an_emoji_is_chosen_by_keyboard(customer: Customers, agent: Agents) -> None:
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat().write("Hello")
    alice.accept()
    for side in (widget, alice):
        enclosed = Enclosed(side)
        side.text.fill("Thank you ")
        enclosed.emoji.press("Enter")
        expect(enclosed.picker).to_be_visible()
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "End", "Home", "ArrowUp"):
            side.page.keyboard.press(key)
        side.page.keyboard.press("Enter")
        expect(enclosed.picker).to_be_hidden()
        expect(side.text).to_have_value("Thank you 😀")
        enclosed.emoji.press("Enter")
        side.page.keyboard.press("Escape")
        expect(enclosed.picker).to_be_hidden()
        expect(side.text).to_be_focused()
        side.text.press("Enter")
        expect(side.bodies.last).to_have_text("Thank you 😀")
    expect(widget.button).to_have_attribute("aria-expanded", "true")
