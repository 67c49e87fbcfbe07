"""How an agent is told of what happens while they look elsewhere."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import expect

from routing.actions import join_conversation
from tests import make, people
from tests.browser.desk import consoles, writes
from tests.browser.windows import Windows
from tests.servers import Web
from tests.waiting import wait_until

# The browser's own side: what it would show, while the page believes that nobody looks at it.
LOOKING_ELSEWHERE = """
  window.shown = [];
  window.Notification = class { constructor(title) { shown.push(title); } };
  window.Notification.permission = "granted";
  Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
"""


def test_each_kind_can_be_switched_off_for_good(live: Web, windows: Windows) -> None:
    shop = people.shop()
    conversation = make.given(writes(shop, "Anna", "My scanner hums"), shop.alice)
    anna = make.session("anna", widget=shop.widget)
    console = consoles(live, windows)
    alice = console("alice")
    alice.page.context.add_init_script(LOOKING_ELSEWHERE)
    alice.page.reload()
    alice.is_connected()

    def shown(count: int) -> list[str]:
        wait_until(lambda: len(alice.page.evaluate("shown")) >= count, what="what is shown")
        titles: list[str] = alice.page.evaluate("shown")
        return titles

    make.posted(anna, "Still there?")
    assert shown(1) == ["Anna"]
    alice.page.locator(".rail .presence").click()
    alice.page.get_by_role("button", name="Notifications and sounds").click()
    with alice.page.expect_response("**/alerts/"):
        alice.page.get_by_label("Desktop: A message in one of my conversations").uncheck()
    alice.page.reload()
    alice.is_connected()
    expect(alice.page.locator("[data-kind=message][data-way=desktop]")).not_to_be_checked()
    make.posted(anna, "Hello?")
    expect(alice.row("Anna")).to_contain_text("Hello?")
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    make.answered(conversation, shop.sue, "Look, @alice", internal=True, mentions=[shop.alice.pk])
    assert shown(1) == ["Sue mentions you: the conversation with Anna."]
