"""Every state that a customer can find the widget in: a name, and how it comes about in a new browser at the shop.

A new state is one line in ``STATES``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import WebSocketRoute, expect

from chat.actions import end_conversation
from chat.models import Conversation
from routing.models import ReplyTime
from tests import make
from tests.browser import facts
from tests.browser.enclosing import BILL, PAGE, PHOTO, Enclosed
from tests.browser.pages import Shop, WidgetFrame
from tests.browser.sockets import refusing, through
from workstreams.models import QuestionKind, Queue, Widget

SESSIONS = re.compile(r"/sessions$")
LIVE = "/demo/live/"

type State = Callable[[Shop], object]


def closed(shop: Shop) -> None:
    expect(shop.visit().widget.button).to_be_visible()


def unread(shop: Shop) -> None:
    conversation = talking(shop)
    shop.widget.close()
    make.answered(conversation, facts.agent("alice"), "Are you there?")
    expect(shop.widget.button).to_have_accessible_name(re.compile("unread"))


def opening(shop: Shop) -> None:
    """The site takes its time to say who is there."""
    shop.sign_in()
    shop.page.evaluate("Parley.setAuthTokenProvider(() => new Promise(() => {}))")
    expect(shop.open_chat().part("skeleton")).to_be_visible()


def signing_in(shop: Shop) -> None:
    refused(shop.visit(), says="Please sign in")


def not_confirmed(shop: Shop) -> None:
    shop.sign_in().page.evaluate("Parley.setAuthTokenProvider((give) => give('not a token'))")
    refused(shop, says="could not confirm")


def unreachable(shop: Shop) -> None:
    shop.visit(LIVE).page.route(SESSIONS, lambda route: route.abort())
    refused(shop, says="cannot be reached")


def unavailable(shop: Shop) -> None:
    gone = {"status": 404, "json": {"code": "not_found", "message": "There is no such widget."}}
    shop.visit(LIVE).page.route(SESSIONS, lambda route: route.fulfill(**gone))
    refused(shop, says="not available")


def signed_out(shop: Shop) -> None:
    empty(shop)
    shop.page.evaluate("Parley.signOut()")
    expect(shop.widget.refusal).to_contain_text("You are signed out")


def empty(shop: Shop) -> None:
    expect(shop.sign_in().open_chat().text).to_be_focused()
    expect(shop.widget.part("intro")).to_be_visible()


def writing_too_much(shop: Shop) -> None:
    empty(shop)
    shop.widget.text.fill("x" * 6001)
    expect(shop.widget.part("hint")).to_contain_text("Too long")


def talking(shop: Shop) -> Conversation:
    """Both have written, and are grouped under their names; one line is the system's."""
    shop.sign_in().open_chat().write("My scanner loses the network.", "See https://example.org/manual")
    return answered(shop.widget, "Which version does it show?")


def files_to_send(shop: Shop) -> None:
    """One is ready, one was refused."""
    empty(shop)
    enclosed = Enclosed(shop.widget)
    enclosed.chosen(PHOTO)
    enclosed.choose(PAGE)
    expect(enclosed.tray).to_contain_text(["photo.jpg", "cannot be sent here"])


def files_sent(shop: Shop) -> None:
    empty(shop)
    enclosed = Enclosed(shop.widget)
    enclosed.chosen(PHOTO, BILL)
    enclosed.send.click()
    enclosed.shows_picture("photo.jpg")


def choosing_an_emoji(shop: Shop) -> None:
    empty(shop)
    enclosed = Enclosed(shop.widget)
    enclosed.emoji.click()
    expect(enclosed.picker).to_be_visible()


def right_to_left(shop: Shop) -> None:
    talking(shop)
    Widget.objects.update(locale="ar")
    shop.page.reload()
    expect(shop.widget.is_open().part("log").locator("[data-part=body]")).to_have_count(4)


def agent_typing(shop: Shop) -> None:
    sockets: list[WebSocketRoute] = []
    shop.page.route_web_socket("**/ws/customer/", lambda socket: through(socket, into=sockets))
    conversation = talking(shop)
    frame = {
        "type": "typing",
        "conversation": str(conversation.pk),
        "author": {"kind": "agent", "name": "Alice"},
    }
    sockets[-1].send(json.dumps(frame))
    expect(shop.widget.typing).to_be_visible()


def reading_older(shop: Shop) -> None:
    """A new message has come while the customer looks at older ones."""
    conversation = talking(shop)
    make.answered(conversation, facts.agent("alice"), "A long answer.\n" * 40)
    expect(shop.widget.bodies.last).to_contain_text("A long answer.")
    shop.widget.scroll_up()
    make.answered(conversation, facts.agent("alice"), "And a short one.")
    expect(shop.widget.part("jump")).to_be_visible()


def offline(shop: Shop) -> None:
    talking(shop)
    shop.page.context.set_offline(True)
    shop.widget.write("Is anybody there?")
    expect(shop.widget.unsent).to_contain_text("Not sent yet")
    expect(shop.widget.offline).to_be_visible()


def not_sent(shop: Shop) -> None:
    """The server will not take it; the customer may try again or delete it."""
    shop.page.route_web_socket("**/ws/customer/", refusing)
    shop.sign_in().open_chat().write("My scanner loses the network.")
    expect(shop.widget.unsent).to_contain_text("Not sent: we are closed")


def ended(shop: Shop) -> None:
    conversation = talking(shop)
    end(conversation)
    expect(shop.widget.ended).to_be_visible()


def waiting_in_line(shop: Shop) -> None:
    shop.visit(LIVE).open_chat().write("Do you deliver to the Azores?").shows("Do you deliver to the Azores?")


def told_their_place(shop: Shop) -> None:
    waiting_in_line(shop)
    expect(shop.widget.part("line")).to_be_visible()


def asked_to_end(shop: Shop) -> None:
    waiting_in_line(shop)
    shop.widget.end_button.click()
    expect(shop.widget.dialog).to_be_visible()


def live_ended(shop: Shop) -> None:
    waiting_in_line(shop)
    end(answered(shop.widget, "We do."))
    expect(shop.widget.new_button).to_be_visible()


def asked_first(shop: Shop) -> None:
    """All kinds of questions, and what is said of those that are not answered."""
    widget = Widget.objects.get(public_id="demo-live")
    make.question(widget, "Topic", text="What is it about?")
    make.question(widget, "Size", QuestionKind.CHOICE, options=["S", "M"])
    make.question(widget, "More", QuestionKind.LONG_TEXT, required=False)
    make.question(widget, "Terms", QuestionKind.CONSENT, link="https://shop.example/terms")
    topic = shop.visit(LIVE).open_chat().question("What is it about?")
    expect(topic).to_be_focused()
    shop.widget.write("Do you deliver to the Azores?")
    expect(topic).to_have_accessible_description("Please answer this.")


def incomplete(shop: Shop) -> None:
    """The module of what is asked first does not arrive."""
    make.question(Widget.objects.get(public_id="demo-live"), "Topic")
    shop.visit(LIVE).page.route("**/questions*.js", lambda route: route.abort())
    expect(shop.open_chat().part("missing")).to_be_visible()


def asked_afterwards(shop: Shop) -> None:
    """All kinds of questions; one is answered, and it is said of the others that they are not."""
    Widget.objects.update(asks_for_rating=True)
    widget = Widget.objects.get(public_id="demo-live")
    make.survey_question(widget, "Were we fast?")
    make.survey_question(widget, "What was it about?", QuestionKind.CHOICE, options=["Prices", "Returns"])
    make.survey_question(widget, "Who told you of us?", QuestionKind.TEXT, required=False)
    make.survey_question(widget, "What shall we do better?", QuestionKind.LONG_TEXT)
    live_ended(shop)
    shop.widget.rating("How was this chat?", "Fair").check()
    shop.widget.survey.get_by_role("button", name="Send answers").click()
    better = shop.widget.survey.get_by_label("What shall we do better?")
    expect(better).to_have_accessible_description("Please answer this.")


def keeping(shop: Shop) -> None:
    """A conversation that goes on can be saved, and sent later."""
    Widget.objects.update(transcript_email=True)
    waiting_in_line(shop)
    shop.widget.keep_button.click()
    expect(shop.widget.dialog).to_contain_text("when the conversation has ended")


def sending_it_nowhere(shop: Shop) -> None:
    Widget.objects.update(transcript_email=True)
    live_ended(shop)
    shop.widget.keep_button.click()
    shop.widget.dialog.get_by_role("button", name="Send it by e-mail").click()
    expect(shop.widget.dialog.get_by_role("status")).to_have_text("Write down your e-mail address.")


def sending_it(shop: Shop) -> None:
    Widget.objects.update(transcript_email=True)
    live_ended(shop)
    shop.widget.keep_button.click()
    shop.widget.dialog.get_by_label("Your e-mail address").fill("visitor@example.com")
    shop.widget.dialog.get_by_role("button", name="Send it by e-mail").click()
    expect(shop.widget.dialog.get_by_role("status")).to_have_text("It is on its way.")


def answering_soon(shop: Shop) -> None:
    Widget.objects.update(show_reply_time=True)
    for queue in Queue.objects.all():
        ReplyTime.objects.record(queue=queue, seconds=7_000, replies=20, now=timezone.now())
    out_of_hours(shop)
    expect(shop.widget.part("reply")).to_contain_text("Usually answers within 2 hours; opens")


def in_a_window_of_its_own(shop: Shop) -> None:
    shop.sign_in()
    with shop.page.expect_popup() as opened:
        shop.page.evaluate("Parley.startChat({ inNewWindow: true })")
    shop.page, shop.widget = opened.value, WidgetFrame(opened.value, is_window=True)
    shop.widget.write("My scanner loses the network.")
    answered(shop.widget, "Which version does it show?")


def invited(shop: Shop) -> None:
    make.invitation(Widget.objects.get(public_id="demo-live"), "Looking for the right scanner?")
    expect(shop.visit(LIVE).widget.invitation).to_contain_text("Looking for the right scanner?")


def invitation_accepted(shop: Shop) -> None:
    invited(shop)
    shop.widget.invitation.get_by_role("button", name="Chat with us").click()
    expect(shop.widget.part("invited")).to_be_visible()
    expect(shop.widget.text).to_be_focused()


def out_of_hours(shop: Shop) -> None:
    """A persistent chat may be written to all the same."""
    close_for_a_day()
    empty(shop)
    expect(shop.widget.closed).to_be_visible()


def live_out_of_hours(shop: Shop) -> None:
    close_for_a_day()
    Widget.objects.update(show_outside_hours=True)
    expect(shop.visit(LIVE).open_chat().part("away-until")).to_be_visible()


def close_for_a_day() -> None:
    opens = timezone.now() + timedelta(days=2)
    later = make.hours((opens.weekday(), "08:00", "09:00"))
    Queue.objects.update(operating_hours=later)
    Widget.objects.update(operating_hours=later)


def refused(shop: Shop, *, says: str) -> None:
    expect(shop.open_chat().refusal).to_contain_text(says)


def answered(widget: WidgetFrame, body: str) -> Conversation:
    expect(widget.unsent).to_have_count(0)
    conversation = make.given(facts.the_conversation(), facts.agent("alice"))
    make.answered(conversation, facts.agent("alice"), body)
    expect(widget.bodies.last).to_have_text(body)
    return conversation


def end(conversation: Conversation) -> None:
    alice = facts.agent("alice").user
    end_conversation(user=alice, conversation_id=conversation.pk, seen_seq=None, now=timezone.now())


STATES: dict[str, State] = {
    "closed": closed,
    "closed, with unread messages": unread,
    "opening": opening,
    "asked to sign in": signing_in,
    "identity not confirmed": not_confirmed,
    "unreachable": unreachable,
    "unavailable": unavailable,
    "signed out": signed_out,
    "empty": empty,
    "too long a message": writing_too_much,
    "a conversation": talking,
    "a conversation, from right to left": right_to_left,
    "files to send": files_to_send,
    "files sent": files_sent,
    "choosing an emoji": choosing_an_emoji,
    "the agent is typing": agent_typing,
    "a new message below": reading_older,
    "offline": offline,
    "a message was refused": not_sent,
    "ended": ended,
    "waiting in line": told_their_place,
    "asked whether to end": asked_to_end,
    "a live chat has ended": live_ended,
    "a conversation to keep": keeping,
    "a conversation that was sent": sending_it,
    "a conversation to send nowhere": sending_it_nowhere,
    "asked before the chat": asked_first,
    "a part is missing": incomplete,
    "asked for a rating": asked_afterwards,
    "in a window of its own": in_a_window_of_its_own,
    "invited": invited,
    "invitation accepted": invitation_accepted,
    "out of hours": out_of_hours,
    "a live chat out of hours": live_out_of_hours,
    "how soon an answer comes": answering_soon,
}
