"""Every state of the console that looks another way: how an agent's page gets there."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from playwright.sync_api import expect

from chat.actions import tag_conversation
from chat.models import Conversation
from routing.models import Role
from tests import make
from tests.browser.desk import writes
from tests.browser.pages import Console
from tests.people import Shop
from workstreams.models import QuickReply, Tag

# Brings the console of Alice there; ``shop`` is where she works.
State = Callable[[Console, Shop], object]


def empty(alice: Console, shop: Shop) -> None:
    expect(alice.list).to_contain_text("Nothing on your desk")


def talking(alice: Console, shop: Shop) -> Conversation:
    """A conversation with everything in it that one can have."""
    conversation = make.given(writes(shop, "Anna", "My scanner loses the network."), shop.alice)
    make.answered(conversation, shop.alice, "Which version does the start screen show?")
    make.answered(conversation, shop.alice, "Ask @bob for the file", internal=True)
    tag = Tag.objects.create(name="firmware")
    tag_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, tag_ids=[tag.pk], now=timezone.now()
    )
    alice.page.goto(f"{alice.url}/console/conversations/{conversation.pk}/")
    alice.is_connected()
    expect(alice.state).to_have_text("Active")
    return conversation


def beside_a_full_list(alice: Console, shop: Shop) -> None:
    """The desk with the list, narrowed, on a phone the first thing that is seen."""
    make.parked(shop.alice, session=make.session("bert", widget=shop.widget, name="Bert"))
    make.given(writes(shop, "Anna", "My scanner loses the network."), shop.alice)
    alice.page.goto(f"{alice.url}/console/?unread=1")
    alice.is_connected()
    expect(alice.row("Anna")).to_be_visible()


def searching(alice: Console, shop: Shop) -> None:
    make.given(writes(shop, "Anna", "My scanner loses the network."), shop.alice)
    alice.page.locator("#find").fill("scan")
    expect(alice.list.locator("mark")).to_have_text("scan")


def nothing_found(alice: Console, shop: Shop) -> None:
    alice.page.locator("#find").fill("nothing of the kind")
    expect(alice.list).to_contain_text("Nothing found")


def offered(alice: Console, shop: Shop) -> None:
    writes(shop, "Anna", "My scanner loses the network.")
    expect(alice.offers).to_have_count(1)


def suggesting_replies(alice: Console, shop: Shop) -> None:
    QuickReply.objects.create(title="Serial", text="The serial number, {customer_first}?")
    talking(alice, shop)
    alice.text.press_sequentially("/q")
    expect(alice.page.locator("[data-suggest=replies] [aria-selected=true]")).to_contain_text("Serial")


def suggesting_colleagues(alice: Console, shop: Shop) -> None:
    talking(alice, shop)
    alice.page.keyboard.press("Alt+i")
    alice.text.press_sequentially("@bo")
    expect(alice.page.locator("[data-suggest=colleagues] [aria-selected=true]")).to_contain_text("Bob")


def choosing_tags(alice: Console, shop: Shop) -> None:
    talking(alice, shop)
    alice.page.keyboard.press("Alt+g")
    expect(alice.page.get_by_role("dialog").get_by_label("firmware")).to_be_checked()


def handing_on(alice: Console, shop: Shop) -> None:
    talking(alice, shop)
    alice.page.keyboard.press("Alt+t")
    expect(alice.page.get_by_role("dialog")).to_contain_text("Hand on Anna")


def asked_before_the_end(alice: Console, shop: Shop) -> None:
    talking(alice, shop)
    alice.page.keyboard.press("Alt+e")
    expect(alice.page.get_by_role("dialog")).to_contain_text("End the conversation with Anna?")


def in_the_palette(alice: Console, shop: Shop) -> None:
    talking(alice, shop)
    alice.page.keyboard.press("Control+k")
    alice.page.keyboard.type("anna")
    expect(alice.page.locator("dialog.palette [role=option]:visible").first).to_contain_text("Anna")


def reading_the_keys(alice: Console, shop: Shop) -> None:
    alice.page.keyboard.press("?")
    expect(alice.page.get_by_role("dialog")).to_contain_text("Previous conversation")


def on_a_quiet_floor(alice: Console, shop: Shop) -> None:
    _go_to_the_floor(alice, shop)
    expect(alice.page.locator("#floor-list")).to_contain_text("Nobody is talking just now")


def on_a_busy_floor(alice: Console, shop: Shop) -> None:
    """Two queues, people with work, one held for somebody absent, one with nobody; narrowed to a state."""
    make.queue("Returns")
    bert = make.session("bert", widget=shop.widget, name="Bert")
    make.parked(shop.bob, session=bert)
    make.posted(bert, "Still there?")
    make.given(writes(shop, "Anna", "My scanner loses the network."), shop.alice)
    _go_to_the_floor(alice, shop)
    alice.page.get_by_role("navigation", name="By state").get_by_role("link", name="Active").click()
    expect(alice.page.locator("#floor-list tbody tr")).to_contain_text("Anna")


def asked_on_the_floor(alice: Console, shop: Shop) -> None:
    on_a_busy_floor(alice, shop)
    alice.page.locator("#floor-list").get_by_role("button", name="Assign").click()
    expect(alice.page.get_by_role("dialog")).to_contain_text("Give Anna to")


def choosing_alerts(alice: Console, shop: Shop) -> None:
    alice.page.evaluate("document.querySelector('[data-dialog=alerts]').showModal()")
    expect(alice.page.get_by_role("dialog")).to_contain_text("Notifications and sounds")


def keeping_quick_replies(alice: Console, shop: Shop) -> None:
    QuickReply.objects.create(title="Serial", text="The serial number?", owner=shop.alice.user)
    alice.page.goto(f"{alice.url}/console/quick-replies/")
    alice.page.get_by_label("Title").fill("Serial")
    alice.page.get_by_label("Text").fill("Again")
    alice.page.get_by_role("button", name="Save").click()
    expect(alice.page.get_by_role("alert")).to_contain_text("one with this title")


def _go_to_the_floor(alice: Console, shop: Shop) -> None:
    shop.alice.role = Role.SUPERVISOR
    shop.alice.save()
    alice.page.goto(f"{alice.url}/console/supervisor/")
    alice.is_connected()


STATES: dict[str, State] = {
    "empty": empty,
    "a conversation": talking,
    "a list, narrowed": beside_a_full_list,
    "searching": searching,
    "nothing found": nothing_found,
    "an offer": offered,
    "quick replies": suggesting_replies,
    "colleagues to mention": suggesting_colleagues,
    "choosing tags": choosing_tags,
    "handing on": handing_on,
    "asked before the end": asked_before_the_end,
    "the palette": in_the_palette,
    "the keys": reading_the_keys,
    "notifications": choosing_alerts,
    "keeping quick replies": keeping_quick_replies,
    "a quiet floor": on_a_quiet_floor,
    "a busy floor": on_a_busy_floor,
    "asked on the floor": asked_on_the_floor,
}
