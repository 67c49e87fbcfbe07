"""Customers take their conversation home, and read in the header how soon they are answered."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Locator, expect

from routing.models import ReplyTime
from tests import make
from tests.browser.pages import Agents, Customers, Shop
from tests.post_office import PostOffice, text_of
from tests.waiting import wait_until
from workstreams.models import Queue, Widget

LIVE = "/demo/live/"


def dialog(shop: Shop) -> Locator:
    shop.widget.keep_button.click()
    expect(shop.widget.dialog).to_be_visible()
    return shop.widget.dialog


def saved(shop: Shop, label: str) -> tuple[str, str]:
    with shop.page.expect_download() as begun:
        dialog(shop).get_by_role("button", name=label).click()
    name = begun.value.suggested_filename
    shop.widget.dialog.get_by_role("button", name="Close").click()
    return name, Path(begun.value.path()).read_text()


def test_carla_saves_her_conversation(customer: Customers) -> None:
    shop = customer().sign_in("Carla")
    widget = shop.open_chat()
    expect(widget.keep_button).to_be_hidden()
    widget.write("My <b>scanner</b> is lost.").shows("My <b>scanner</b> is lost.")
    name, text = saved(shop, "Save as text")
    assert name == f"chat-{timezone.now():%Y-%m-%d}.txt"
    assert "Carla\n    My <b>scanner</b> is lost." in text
    assert shop.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") in text
    name, html = saved(shop, "Save as a web page")
    assert name.endswith(".html")
    assert "My &lt;b&gt;scanner&lt;/b&gt; is lost." in html


def test_a_visitor_has_an_ended_chat_sent(office: PostOffice, customer: Customers, agent: Agents) -> None:
    Widget.objects.filter(public_id="demo-live").update(transcript_email=True)
    alice = agent("alice")
    shop = customer().visit(LIVE)
    widget = shop.open_chat().write("My scanner is lost.")
    alice.accept().write("Which one?")
    expect(widget.bodies.last).to_have_text("Which one?")
    asked = dialog(shop)
    expect(asked).to_contain_text("when the conversation has ended")
    alice.end()  # while the dialog is open
    address, send = (
        asked.get_by_label("Your e-mail address"),
        asked.get_by_role("button", name="Send it by e-mail"),
    )
    address.fill("visitor")
    send.click()
    expect(address).to_be_focused()
    expect(address).to_have_accessible_description("Write down your e-mail address.")
    address.fill("visitor@example.com")
    send.click()
    expect(asked.get_by_role("status")).to_have_text("It is on its way.")
    wait_until(lambda: office.letters, what="the e-mail")
    assert "My scanner is lost." in text_of(office.letters[0])
    expect(send).to_be_hidden()


def test_the_header_says_how_soon_an_answer_comes(customer: Customers) -> None:
    Widget.objects.filter(public_id="demo-persistent").update(show_reply_time=True)
    queue = Queue.objects.get(name="Support")
    ReplyTime.objects.record(queue=queue, seconds=5_000, replies=20, now=timezone.now())
    widget = customer().sign_in("Carla").open_chat()
    expect(widget.part("reply")).to_have_text("Usually answers within 2 hours")
    expect(widget.subtitle).to_be_empty()

    queue.operating_hours = make.hours(((timezone.now().weekday() + 2) % 7, "09:00", "17:00"))
    queue.save()
    widget = customer().sign_in("Jonas").open_chat()
    expect(widget.part("reply")).to_contain_text("Usually answers within 2 hours; opens ")
    expect(widget.closed).to_have_text("Closed now. Write any time; we answer when we open.")
