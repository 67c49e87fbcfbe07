"""The desk's own manners: what it keeps, what it asks first, what a phone and a keyboard find."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, WebSocketRoute, expect

from chat.models import CustomerSession, Message
from routing.actions import resume_conversation
from tests import make, people
from tests.browser.pages import Console
from tests.browser.windows import Windows
from tests.people import Shop
from tests.servers import Web

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture
def shop(live: Web) -> Shop:
    return people.shop()


@pytest.fixture
def carla(shop: Shop) -> CustomerSession:
    return people.carla(shop.widget)


@pytest.fixture
def alice(shop: Shop, live: Web, windows: Windows) -> Console:
    return Console(windows.open(), live.url).sign_in("alice")


def question(console: Console) -> Locator:
    return console.page.get_by_role("dialog")


def press(console: Console, name: str) -> None:
    question(console).get_by_role("button", name=name).click()


def do(console: Console, name: str) -> None:
    console.page.locator("#bar").get_by_role("button", name=name).click()


def test_a_draft_and_its_readers_survive_a_reload(alice: Console, carla: CustomerSession) -> None:
    make.posted(carla)
    alice.accept()
    alice.text.fill("Half a thought")
    alice.text.press("Alt+i")
    alice.page.reload()
    alice.is_connected()
    expect(alice.text).to_have_value("Half a thought")
    expect(alice.page.get_by_role("radio", name="Internal")).to_be_checked()
    alice.text.press("Enter")
    expect(alice.bodies.last).to_have_text("Half a thought")
    expect(alice.text).to_have_value("")
    assert Message.objects.get(body="Half a thought").is_internal


def test_the_first_reply_after_accepting_never_becomes_a_note(
    alice: Console, carla: CustomerSession, shop: Shop
) -> None:
    conversation = make.given(make.conversation(carla), shop.alice)
    alice.row("Carla").click()
    do(alice, "Park")
    press(alice, "Park anyway")
    expect(alice.state).to_have_text("Waiting")
    make.posted(carla, "Hello again")
    expect(alice.state).to_have_text("Open")
    expect(alice.page.get_by_role("radio", name="Internal")).to_be_checked()
    do(alice, "Accept")
    expect(alice.state).to_have_text("Active")
    expect(alice.page.get_by_role("radio", name="Reply")).to_be_checked()
    alice.write("Welcome back")
    expect(alice.unsent).to_have_count(0)
    assert Message.objects.get(body="Welcome back").conversation_id == conversation.pk
    assert not Message.objects.get(body="Welcome back").is_internal


def test_parking_asks_when_the_customer_waits_for_an_answer(alice: Console, carla: CustomerSession) -> None:
    make.posted(carla)
    alice.accept()
    do(alice, "Park")
    expect(question(alice)).to_contain_text("Carla's last message is not answered")
    press(alice, "Answer first")
    alice.write("Here is your answer")
    expect(alice.unsent).to_have_count(0)
    alice.park()


def test_what_the_customer_says_meanwhile_is_shown_before_the_end(
    shop: Shop, carla: CustomerSession, live: Web, windows: Windows
) -> None:
    page = windows.open()
    deaf_to = ""

    # The page misses a frame, as a page may: it has seen less than there is.
    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda text: None if deaf_to and deaf_to in str(text) else socket.send(text))

    page.route_web_socket("**/ws/agent/", between)
    alice = Console(page, live.url).sign_in("alice")
    make.posted(carla)
    alice.accept().write("Goodbye")
    expect(alice.unsent).to_have_count(0)
    deaf_to = "message.posted"
    make.posted(carla, "Wait, one more thing")
    do(alice, "End")
    press(alice, "End conversation")
    expect(question(alice)).to_contain_text("Wait, one more thing")
    press(alice, "Answer first")
    expect(alice.bodies.last).to_have_text("Wait, one more thing")
    expect(alice.state).to_have_text("Active")
    alice.write("Tell me").end()


def test_a_reply_is_held_back_when_a_colleague_has_answered(
    alice: Console, carla: CustomerSession, shop: Shop
) -> None:
    conversation = make.given(make.conversation(carla), shop.bob)
    make.answered(conversation, shop.bob, "Bob was here")
    make.given(conversation, shop.alice)
    alice.row("Carla").click()
    expect(alice.bodies.last).to_be_visible()
    # As if it had been written before Bob's answer was seen.
    alice.page.evaluate(
        """([key, conversation]) => localStorage.setItem(key + "early", JSON.stringify({
            client_id: crypto.randomUUID(), body: "Alice too", internal: false, conversation, seen_seq: 1,
            created_at: Date.now()}))""",
        [f"parley.desk.{shop.alice.pk}.outbox.", str(conversation.pk)],
    )
    alice.page.reload()
    expect(question(alice)).to_contain_text("Bob was here")
    press(alice, "Keep it as a draft")
    expect(alice.text).to_have_value("Alice too")
    assert not Message.objects.filter(body="Alice too").exists()
    alice.text.press("Enter")
    expect(alice.bodies.last).to_have_text("Alice too")


def test_signing_out_asks_what_becomes_of_active_work(
    alice: Console, carla: CustomerSession, shop: Shop
) -> None:
    conversation = make.given(make.conversation(carla), shop.alice)
    alice.row("Carla").click()
    expect(alice.bodies.first).to_be_visible()
    alice.page.locator(".rail .presence").click()
    alice.page.get_by_role("button", name="Sign out").click()
    expect(question(alice)).to_contain_text("Carla")
    press(alice, "Park all")
    expect(alice.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    conversation.refresh_from_db()
    assert conversation.state == "waiting"


def test_the_keyboard_alone_reaches_everything(alice: Console, carla: CustomerSession, shop: Shop) -> None:
    keys = alice.page.keyboard
    make.posted(carla, "Only keys today")
    expect(alice.offers).to_have_count(1)
    keys.press("Alt+a")
    expect(alice.state).to_have_text("Active")
    expect(alice.text).to_be_focused()
    keys.type("Two")
    keys.press("Shift+Enter")
    keys.type("lines")
    keys.press("Enter")
    expect(alice.bodies.last).to_have_text("Two\nlines", use_inner_text=True)
    alice.page.locator("#bar").get_by_role("button", name="Park").focus()
    keys.press("Enter")
    expect(alice.state).to_have_text("Waiting")
    keys.press("/")
    expect(alice.page.get_by_role("searchbox")).to_be_focused()
    keys.type("keys")
    expect(alice.row("Carla")).to_have_count(1)
    alice.row("Carla").focus()
    keys.press("?")
    expect(question(alice)).to_contain_text("Keyboard")
    keys.press("Escape")
    expect(question(alice)).to_have_count(0)


def test_unread_messages_are_counted_until_they_are_seen(
    alice: Console, carla: CustomerSession, shop: Shop
) -> None:
    make.given(make.conversation(carla), shop.alice)
    badge = alice.row("Carla").locator(".badge")
    expect(badge).to_contain_text("1")
    expect(alice.page).to_have_title("(1) Desk · Parley")
    alice.row("Carla").click()
    expect(badge).to_have_count(0)
    expect(alice.page).to_have_title("Desk · Parley")


def test_long_histories_open_at_their_end_and_show_the_rest_on_request(
    alice: Console, carla: CustomerSession, shop: Shop
) -> None:
    conversation = make.given(make.conversation(carla, body="The very first"), shop.alice)
    for number in range(70):
        make.posted(carla, f"Message {number}")
    alice.row("Carla").click()
    expect(alice.bodies.last).to_have_text("Message 69")
    expect(alice.bodies.last).to_be_in_viewport()
    alice.page.get_by_role("button", name="Show earlier messages").click()
    expect(alice.bodies.first).to_have_text("The very first")
    conversation.refresh_from_db()
    expect(alice.bodies).to_have_count(conversation.latest_seq)


def test_a_phone_shows_one_column_at_a_time(
    shop: Shop, carla: CustomerSession, live: Web, windows: Windows
) -> None:
    phone = Console(windows.open(**PHONE), live.url).sign_in("alice")
    make.posted(carla, "From afar")
    expect(phone.list).to_be_visible()
    phone.accept()
    expect(phone.text).to_be_visible()
    expect(phone.list).to_be_hidden()
    columns = phone.page.get_by_role("navigation", name="Columns")
    columns.get_by_role("button", name="Customer").click()
    expect(phone.page.get_by_role("complementary", name="Customer")).to_be_visible()
    expect(phone.text).to_be_hidden()
    columns.get_by_role("button", name="Work").click()
    expect(phone.row("Carla")).to_be_visible()
    width = phone.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"]  # type: ignore[index]


def test_the_floor_is_live_and_a_supervisor_gives_work(
    shop: Shop, carla: CustomerSession, alice: Console, live: Web, windows: Windows
) -> None:
    sue = Console(windows.open(), live.url).sign_in("sue", at="/console/supervisor/").page
    make.posted(carla, "Who takes me?")
    row = sue.get_by_role("row", name="Carla")
    expect(row).to_contain_text("offered to Alice")
    row.get_by_role("button", name="Assign").click()
    sue.get_by_role("dialog").get_by_role("button", name="Assign to Alice").click()
    expect(row).to_contain_text("Active")
    expect(alice.row("Carla")).to_be_visible()
    row.get_by_role("button", name="More for Carla").click()
    sue.get_by_role("menuitem", name="Why there?").click()
    expect(sue.get_by_role("dialog")).to_contain_text("Assigned by Sue")
    sue.keyboard.press("Escape")
    row.get_by_role("button", name="More for Carla").click()
    sue.get_by_role("menuitem", name="Force close").click()
    sue.get_by_role("dialog").get_by_role("button", name="Force close").click()
    expect(row).to_have_count(0)
    expect(alice.row("Carla")).to_have_count(0)


def test_the_floor_is_narrowed_and_stays_live(
    shop: Shop, carla: CustomerSession, live: Web, windows: Windows
) -> None:
    parked = make.parked(shop.alice, session=carla)
    make.parked(shop.bob, widget=shop.widget)
    sue = Console(windows.open(), live.url).sign_in("sue", at="/console/supervisor/").page
    rows = sue.locator("#floor-list tbody tr")
    expect(rows).to_have_count(0)
    sue.get_by_role("article").get_by_role("link", name="Waiting 2").click()
    expect(rows).to_have_count(2)
    expect(sue.locator("#floor-listed")).to_be_focused()
    sue.get_by_role("combobox", name="Agent").select_option("Alice")
    expect(rows).to_have_text([re.compile("Carla")])
    assert sue.url.endswith(f"?state=waiting&queue={shop.queue.pk}&agent={shop.alice.pk}")
    states = sue.get_by_role("navigation", name="By state")
    expect(states).to_contain_text(re.compile(r"Active 0\s*Waiting 1"))
    resume_conversation(user=shop.alice.user, conversation_id=parked.pk, now=timezone.now())
    expect(states).to_contain_text(re.compile(r"Active 1\s*Waiting 0"))
    expect(rows).to_have_count(0)
    sue.reload()
    expect(sue.get_by_role("combobox", name="Agent")).to_have_value(str(shop.alice.pk))
    states.get_by_role("link", name="Ongoing").click()
    expect(rows).to_contain_text("Carla")


def test_why_names_a_few_and_shows_all_when_asked(alice: Console, shop: Shop, carla: CustomerSession) -> None:
    for number in range(12):
        make.agent(f"elsewhere-{number}", queues=[shop.queue])
    make.posted(carla)
    alice.accept()
    beside = alice.page.locator("#person")
    expect(beside.locator(".why")).to_contain_text("and 5 more")
    beside.get_by_text("Show all").first.click()
    expect(beside.locator(".considered").first).to_contain_text("Elsewhere-11 not connected")


def test_the_floor_needs_no_sideways_scrolling_on_a_phone(
    live: Web, windows: Windows, shop: Shop, carla: CustomerSession
) -> None:
    make.given(make.conversation(carla), shop.alice)
    phone = Console(windows.open(**PHONE), live.url).sign_in("sue", at="/console/supervisor/")
    for who, things in (("Carla", ("Monitor", "Assign", "More for Carla")), ("Bob", ("Offline",))):
        row = phone.page.get_by_role("row", name=who)
        for name in things:
            box = row.get_by_text(name).bounding_box()
            assert box
            assert box["x"] + box["width"] <= PHONE["viewport"]["width"]  # type: ignore[index]


def test_how_long_somebody_waits_goes_on_beside_the_offer(alice: Console, carla: CustomerSession) -> None:
    make.posted(carla)
    waits = alice.offers.locator("time")
    first = waits.inner_text()
    assert first.startswith("waiting")
    expect(waits).not_to_have_text(first)


def test_many_arrivals_are_told_a_few_at_a_time_and_all(live: Web, windows: Windows) -> None:
    page = windows.open()
    page.goto(f"{live.url}/healthz")
    page.clock.install()
    page.evaluate(
        """async () => {
            const { Arrivals } = await import("/static/console/arrivals.js");
            window.told = [];
            const arrivals = new Arrivals({ send: ({ conversation }) => window.told.push(conversation) });
            const author = { kind: "customer" };
            for (let number = 0; number < 25; number++) arrivals.add(number, { seq: 1, author });
        }"""
    )
    counts = []
    for _ in range(4):
        counts.append(page.evaluate("window.told.length"))
        page.clock.run_for(1_000)
    assert counts == [1, 11, 21, 25]
    assert page.evaluate("window.told") == list(range(25))
