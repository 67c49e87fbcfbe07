"""What persistent and live chat promise, row by row, at the edge: each row is tried in both modes (spec §2)."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat import actions, tasks
from chat.models import Conversation, QueueWait
from chat.states import InvalidTransition, State
from tests import make, people
from tests.chat.test_customer_api import Api, open_session, write
from tests.people import Shop
from tests.routing.clock import NOW, later
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
PERSISTENT, LIVE = Mode.PERSISTENT, Mode.LIVE


class Row(enum.StrEnum):
    OUTSIDE_HOURS = "outside operating hours"
    WHO_ENDS = "who may end it"
    WAIT_MESSAGES = "wait messages"
    HISTORY = "history"
    QUIET_CUSTOMER = "quiet customer"
    CUSTOMER_RETURNS = "customer returns"
    IDENTITY = "identity"
    SAME_AGENT = "same agent"
    PRECHAT = "pre-chat form"
    SURVEY = "post-chat survey"


Trial = Callable[[Shop], None]
TRIALS: dict[tuple[Row, Mode], Trial] = {}


def row(name: Row, mode: Mode) -> Callable[[Trial], Trial]:
    def keep(trial: Trial) -> Trial:
        TRIALS[name, mode] = trial
        return trial

    return keep


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("name", Row)
def test_the_promise_holds(name: Row, mode: Mode) -> None:
    TRIALS[name, mode](people.shop(mode=mode))


def customer(shop: Shop) -> Api:
    """Carla; where nobody signs in, a visitor."""
    sub = "carla" if shop.widget.auth_setting else None
    return Api(make.session_and_token(sub, widget=shop.widget)[1])


def begun(api: Api, **fields: Any) -> Conversation:
    answer = write(api, **fields)
    assert answer.status_code == 201, answer.json()
    return Conversation.objects.with_people().get(pk=answer.json()["conversation"]["id"])


def by_alice(act: Callable[..., Any], shop: Shop, conversation: Conversation) -> Any:
    return act(user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now())


def bodies(api: Api, conversation: Conversation) -> list[str]:
    answer = api.get(f"/conversations/{conversation.pk}/messages").json()
    return [message["body"] for message in answer["messages"]]


def availability(shop: Shop) -> Any:
    return Api().get(f"/widgets/{shop.widget.public_id}/availability").json()


def close_hours(shop: Shop, whose: str) -> None:
    closing = shop.widget if whose == "widget" else shop.queue
    closing.operating_hours = make.hours()
    closing.save()


@row(Row.OUTSIDE_HOURS, PERSISTENT)
def the_customer_can_always_write(shop: Shop) -> None:
    for whose in ("widget", "queue"):
        close_hours(shop, whose)
    assert begun(customer(shop)).state == State.OPEN
    assert availability(shop)["open"] is False


@row(Row.OUTSIDE_HOURS, LIVE)
def a_new_chat_is_refused(shop: Shop) -> None:
    close_hours(shop, "queue")
    assert write(customer(shop)).json()["code"] == "queue_closed"
    close_hours(shop, "widget")
    assert write(customer(shop)).json()["code"] == "outside_operating_hours"
    assert not Conversation.objects.exists()
    address = f"/widget/{shop.widget.public_id}/?origin=https://shop.example"
    assert b"data-hidden" in Api().client.get(address).content
    shop.widget.show_outside_hours = True
    shop.widget.save()
    assert b"data-hidden" not in Api().client.get(address).content
    assert b'data-part="away"' in Api().client.get(address + "&whole").content


@row(Row.WHO_ENDS, PERSISTENT)
def agents_alone_end_it(shop: Shop) -> None:
    api = customer(shop)
    conversation = make.given(begun(api), shop.alice)
    refused = api.post(f"/conversations/{conversation.pk}/end")
    assert (refused.status_code, refused.json()["code"]) == (403, "customer_may_not_end")
    assert by_alice(actions.end_conversation, shop, conversation).state == State.WRAP_UP


@row(Row.WHO_ENDS, LIVE)
def either_side_ends_it(shop: Shop) -> None:
    api = customer(shop)
    conversation = make.given(begun(api), shop.alice)
    assert api.post(f"/conversations/{conversation.pk}/end").status_code == 200
    again = make.given(begun(api), shop.alice)
    assert by_alice(actions.end_conversation, shop, again).state == State.WRAP_UP


@row(Row.WAIT_MESSAGES, PERSISTENT)
def nobody_is_told_how_long_it_takes(shop: Shop) -> None:
    QueueWait.objects.create(queue=shop.queue, seconds=240)
    api = customer(shop)
    assert bodies(api, begun(api)) == ["Hello"]
    told = availability(shop)
    assert (told["position"], told["wait_s"]) == (None, None)


@row(Row.WAIT_MESSAGES, LIVE)
def both_are_told_when_switched_on(shop: Shop) -> None:
    QueueWait.objects.create(queue=shop.queue, seconds=240)
    api = customer(shop)
    assert bodies(api, begun(api)) == ["Hello", "An answer takes about 4 minutes just now."]
    told = availability(shop)
    assert (told["position"], told["wait_s"]) == (2, 240)
    shop.workstream.show_queue_position = shop.workstream.show_average_wait = False
    shop.workstream.save()
    api = customer(shop)
    assert bodies(api, begun(api)) == ["Hello"]
    told = availability(shop)
    assert (told["position"], told["wait_s"]) == (None, None)


@row(Row.HISTORY, PERSISTENT)
def all_of_it_is_there_on_every_visit(shop: Shop) -> None:
    long_ago = timezone.now() - timedelta(days=27)  # a day later it were closed for nobody's writing
    session = make.session("carla", widget=shop.widget, now=long_ago)
    first = make.given(make.conversation(session, now=long_ago), shop.alice, now=long_ago)
    actions.park_conversation(
        user=shop.alice.user, conversation_id=first.pk, seen_seq=None, now=long_ago + timedelta(minutes=1)
    )
    assert tasks.close_idle() == 0
    api = customer(shop)
    assert bodies(api, first)[0] == "Hello"
    assert begun(api, body="I am back") == first
    assert bodies(api, first)[-1] == "I am back"


@row(Row.HISTORY, LIVE)
def only_the_current_chat_is_there(shop: Shop) -> None:
    api = customer(shop)
    first = make.given(begun(api), shop.alice)
    by_alice(actions.end_conversation, shop, first)
    into_the_old = api.post(f"/conversations/{first.pk}/messages", client_id="0" * 32, body="One more thing")
    assert into_the_old.json()["code"] == "conversation_ended"
    second = begun(api, body="Another thing")
    assert second != first
    assert bodies(api, second) == ["Another thing"]


@row(Row.QUIET_CUSTOMER, PERSISTENT)
def the_agent_parks_it_and_has_room_again(shop: Shop) -> None:
    conversation = make.given(begun(customer(shop)), shop.alice)
    assert by_alice(actions.park_conversation, shop, conversation).state == State.WAITING
    assert shop.alice.used(now=timezone.now()) == 0


@row(Row.QUIET_CUSTOMER, LIVE)
def it_never_waits_but_is_ended_or_returned(shop: Shop) -> None:
    conversation = make.given(begun(customer(shop)), shop.alice)
    with pytest.raises(InvalidTransition):
        by_alice(actions.park_conversation, shop, conversation)
    returned = actions.requeue_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, now=timezone.now()
    )
    assert returned.state == State.OPEN
    ended = by_alice(actions.end_conversation, shop, make.given(returned, shop.alice))
    assert ended.state == State.WRAP_UP


@row(Row.CUSTOMER_RETURNS, PERSISTENT)
def the_agent_is_told_and_nothing_ever_ends_it(shop: Shop) -> None:
    session = make.session("carla", widget=shop.widget, now=NOW)
    make.beat(now=NOW)
    conversation = make.given(make.conversation(session, now=NOW), shop.alice, now=NOW)
    by_alice(actions.park_conversation, shop, conversation)
    make.beat(now=later(days=3))
    assert tasks.customers_gone(now=later(days=3).isoformat()) == 0
    actions.begin_visit(session=session, process_id=make.WEB, now=later(days=3))
    conversation.refresh_from_db()
    assert (conversation.state, conversation.owes_return_notice) == (State.WAITING, True)


@row(Row.CUSTOMER_RETURNS, LIVE)
def they_may_come_back_within_the_window(shop: Shop) -> None:
    session = make.session(None, widget=shop.widget, now=NOW)
    make.beat(now=NOW)
    conversation = make.given(make.conversation(session, now=NOW), shop.alice, now=NOW)
    for second, state in ((179, State.ACTIVE), (180, State.WRAP_UP)):
        make.beat(now=later(second))
        tasks.customers_gone(now=later(second).isoformat())
        conversation.refresh_from_db()
        assert conversation.state == state


@row(Row.IDENTITY, PERSISTENT)
def everybody_signs_in(shop: Shop) -> None:
    refused = open_session(shop.widget, token=None, locale="en", context={})
    assert refused.json()["code"] == "token_required"
    with pytest.raises(IntegrityError), transaction.atomic():
        make.widget(workstream=shop.workstream, auth_setting=None)


@row(Row.IDENTITY, LIVE)
def visitors_may_stay_anonymous(shop: Shop) -> None:
    answer = open_session(shop.widget, token=None, locale="en", context={})
    assert (answer.status_code, answer.json()["customer"]["authenticated"]) == (201, False)


@row(Row.SAME_AGENT, PERSISTENT)
def the_same_agent_is_required(shop: Shop) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.workstream(mode=PERSISTENT, queue=shop.queue, keep_same_agent=False)


@row(Row.SAME_AGENT, LIVE)
def the_same_agent_is_optional(shop: Shop) -> None:
    assert not make.workstream(mode=LIVE, queue=shop.queue, keep_same_agent=False).keep_same_agent


def asked_at_the_next_start(shop: Shop) -> int:
    make.question(shop.widget, "Topic")
    api = customer(shop)
    assert write(api).json()["code"] == "prechat_required"
    conversation = make.given(begun(api, prechat={"Topic": "Prices"}), shop.alice)
    by_alice(actions.end_conversation, shop, conversation)
    return int(write(api).status_code)


@row(Row.PRECHAT, PERSISTENT)
def questions_are_asked_once(shop: Shop) -> None:
    assert asked_at_the_next_start(shop) == 201


@row(Row.PRECHAT, LIVE)
def questions_are_asked_at_each_start(shop: Shop) -> None:
    assert asked_at_the_next_start(shop) == 400


def is_asked_after_the_agents_end(shop: Shop) -> bool:
    shop.widget.asks_for_rating = True
    shop.widget.save()
    conversation = make.given(begun(customer(shop)), shop.alice)
    return bool(by_alice(actions.end_conversation, shop, conversation).survey_due)


@row(Row.SURVEY, PERSISTENT)
def the_survey_follows_the_agents_end(shop: Shop) -> None:
    assert is_asked_after_the_agents_end(shop)


@row(Row.SURVEY, LIVE)
def the_survey_follows_either_sides_end(shop: Shop) -> None:
    assert is_asked_after_the_agents_end(shop)
    api = customer(shop)
    conversation = make.given(begun(api), shop.alice)
    api.post(f"/conversations/{conversation.pk}/end")
    conversation.refresh_from_db()
    assert conversation.survey_due
