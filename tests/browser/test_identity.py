"""Who the customer is, as the page sees it: with a token and without, renewed, and signed out."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import Route, WebSocket, WebSocketRoute, expect

from chat.models import Conversation, CustomerSession
from tests import make
from tests.browser import facts
from tests.browser.pages import Customers
from tests.browser.sockets import through
from tests.browser.windows import NO_SERVER, Windows
from tests.waiting import wait_until
from workstreams.models import Widget

BAD_TOKEN = "Parley.setAuthTokenProvider((give) => give('no.such.token'))"
LIFETIME = timedelta(seconds=5)
DAY_MS = 24 * 3600 * 1000
# Texts of somebody else, kept on this browser: one a month old and a day, one of yesterday.
LEAVE_TEXTS = """(day) => {
  const keep = (id, age) =>
    localStorage.setItem(`parley.demo-persistent.nadia.outbox.${id}`, JSON.stringify({client_id: id, body: id, created_at: Date.now() - age * day}));
  keep("old", 31);
  keep("young", 1);
}"""
KEPT_TEXTS = (
    "Object.keys(localStorage).filter((key) => key.includes('.nadia.')).map((key) => key.split('.').at(-1))"
)


def give_live_a_setting(**fields: bool) -> None:
    persistent = Widget.objects.get(public_id="demo-persistent")
    Widget.objects.filter(public_id="demo-live").update(auth_setting=persistent.auth_setting, **fields)


def test_a_live_widget_knows_who_is_signed_in_and_takes_whoever_is_not(customer: Customers) -> None:
    give_live_a_setting()
    stranger = customer().visit("/demo/live/")
    stranger.open_chat().write("Do you deliver?").shows("Do you deliver?")
    carla = customer().sign_in("Carla").visit("/demo/live/")
    carla.open_chat().write("Where is my order?").shows("Where is my order?")
    told = Conversation.objects.order_by("started_at").values_list("customer__name", "customer__subject")
    assert [subject is not None for _name, subject in told] == [False, True]


def test_a_bad_token_makes_nobody_anonymous(customer: Customers, windows: Windows) -> None:
    give_live_a_setting()
    shop = customer().visit("/demo/live/")
    shop.page.evaluate(BAD_TOKEN)
    with windows.tolerating("401"):
        widget = shop.open_chat()
        expect(widget.refusal).to_contain_text("We could not confirm who you are")
    expect(shop.heard.filter(has_text="lcw:error 4")).to_be_attached()
    assert not CustomerSession.objects.exists()


def test_a_live_widget_may_require_sign_in(customer: Customers) -> None:
    give_live_a_setting(require_sign_in=True)
    shop = customer().visit("/demo/live/")
    expect(shop.open_chat().refusal).to_contain_text("Please sign in to write to us")
    expect(shop.heard.filter(has_text="lcw:error 3")).to_be_attached()
    assert not CustomerSession.objects.exists()


def test_a_session_is_renewed_before_its_end_on_the_open_socket(customer: Customers) -> None:
    carla = customer().sign_in("Carla")
    issued: list[str] = []
    sockets: list[WebSocket] = []
    sent: list[str] = []

    def shorten(route: Route) -> None:
        """The first session is said to end within seconds."""
        answer = route.fetch()
        told = answer.json()
        if not issued:
            begun = datetime.fromisoformat(told["expires_at"]) - timedelta(minutes=60)
            told["expires_at"] = (begun + LIFETIME).isoformat()
        issued.append(told["session"])
        route.fulfill(response=answer, json=told)

    def watch(socket: WebSocket) -> None:
        sockets.append(socket)
        socket.on("framesent", lambda text: sent.append(str(text)))

    carla.page.route("**/api/v1/widgets/*/sessions", shorten)
    carla.page.on("websocket", watch)
    carla.page.reload()
    carla.open_chat().write("It beeps.").shows("It beeps.")
    wait_until(lambda: carla.widget.session != issued[0], what="a renewal")
    carla.widget.write("Still.").shows("It beeps.", "Still.")
    assert any("session.renew" in text for text in sent)
    assert len(sockets) == 1
    assert len(issued) == CustomerSession.objects.count() == 2
    assert carla.widget.session == issued[-1]


def test_signing_out_clears_the_view_and_ends_the_session(customer: Customers) -> None:
    carla = customer().sign_in("Carla")
    carla.open_chat().write("It beeps.").shows("It beeps.")
    with carla.page.expect_response("**/api/v1/session"):
        carla.page.evaluate("Parley.signOut()")
    expect(carla.widget.refusal).to_contain_text("You are signed out")
    expect(carla.widget.bodies).to_have_count(0)
    expect(carla.widget.text).to_be_hidden()
    assert CustomerSession.objects.get().revoked_at is not None
    assert carla.widget.frame.evaluate("sessionStorage.getItem('parley.demo-persistent.session')") is None
    assert facts.log_of(facts.carlas()) == ["It beeps."]


def test_answers_to_whoever_was_here_before_disturb_nobody_who_is_here_now(
    customer: Customers, windows: Windows
) -> None:
    give_live_a_setting()
    shop = customer().sign_in("Carla")
    lines: list[WebSocketRoute] = []
    held: dict[str, Route] = {}
    is_down = False

    def connect(line: WebSocketRoute) -> None:
        if is_down:
            line.close()
        else:
            through(line, into=lines)

    def hold(route: Route) -> None:
        if route.request.method in held:
            route.continue_()
        else:
            held[route.request.method] = route

    shop.page.route_web_socket("**/ws/customer/", connect)
    shop.page.route("**/api/v1/conversations/*/messages", hold)
    shop.page.route("**/api/v1/session", hold)
    widget = shop.visit("/demo/live/").open_chat().write("My scanner hums.").shows("My scanner hums.")
    is_down = True
    lines[-1].close()
    with shop.page.expect_request("**/messages"):
        widget.write("It is urgent.")
    make.ended(facts.the_conversation(), facts.agent("alice"))
    is_down = False
    shop.page.evaluate("Parley.signOut()")
    shop.becomes("Nadia")
    widget.write("Where is my order?").shows("Where is my order?")

    with windows.tolerating(f"409|{NO_SERVER}"):
        for method, address in (("POST", "**/messages"), ("DELETE", "**/api/v1/session")):
            with shop.page.expect_response(address):
                held[method].continue_()
        widget.frame.evaluate("fetch('/healthz').then(({ status }) => status)")  # both have had their say
        expect(widget.text).to_have_value("")
        lines[-1].close()
        widget.write("And my invoice?").shows("Where is my order?", "And my invoice?")


def test_what_somebody_else_could_not_send_is_kept_for_thirty_days(customer: Customers) -> None:
    carla = customer().sign_in("Carla")
    carla.open_chat().write("It beeps.").shows("It beeps.")
    carla.widget.frame.evaluate(LEAVE_TEXTS, DAY_MS)
    carla.page.reload()
    carla.widget.is_open().shows("It beeps.")
    assert carla.widget.frame.evaluate(KEPT_TEXTS) == ["young"]
    expect(carla.widget.unsent).to_have_count(0)
