"""How an agent is told of what happens while they look elsewhere."""

from __future__ import annotations

from itertools import product

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


# What would be heard, in hertz.
LISTENING = """
  window.tones = [];
  window.AudioContext = class {
    currentTime = 0;
    createOscillator() {
      const frequency = {};
      const to = { connect: () => to };
      return { frequency, connect: () => to, start: () => tones.push(frequency.value), stop() {} };
    }
    createGain() {
      return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } };
    }
  };
  Object.defineProperty(navigator, "userActivation", { get: () => ({ hasBeenActive: true }) });
  Object.defineProperty(navigator, "locks", { get: () => ({ request: (name, options, work) => work({}) }) });
"""
TELL = """
async ([kind, desktop, sound]) => {
  const { Alerts } = await import("/static/console/alerts.js");
  const form = document.querySelector("[data-kind]").form;
  const box = (way) => form.querySelector(`[data-kind=${kind}][data-way=${way}]`);
  [box("desktop").checked, box("sound").checked] = [desktop, sound];
  shown.length = tones.length = 0;
  new Alerts({ form, onTrouble() {} }).tell(kind, "Anna", "Hello", () => {});
  return [shown.length, tones.join()];
}
"""


def test_each_kind_comes_by_the_ways_that_are_chosen_and_is_known_by_ear(live: Web, windows: Windows) -> None:
    people.shop()
    page = consoles(live, windows)("alice").page
    page.add_init_script(LOOKING_ELSEWHERE + LISTENING)
    page.reload()
    boxes = page.locator("[data-kind][data-way=sound]")
    kinds = boxes.evaluate_all("boxes => boxes.map((box) => box.dataset.kind)")
    heard = set()
    for kind in kinds:
        for desktop, sound in product((True, False), repeat=2):
            shown, tones = page.evaluate(TELL, [kind, desktop, sound])
            assert (shown, bool(tones)) == (int(desktop), sound), kind
            heard |= {tones} if tones else set()
    assert len(heard) == len(kinds) > 1


def test_what_is_switched_off_stays_off(live: Web, windows: Windows) -> None:
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
