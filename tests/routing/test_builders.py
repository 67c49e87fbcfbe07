"""What the builders make is what the real thing makes."""

import pytest

from chat.states import State
from tests import make, people
from tests.routing.rows import fresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]


def test_a_made_conversation_has_its_first_message_and_an_authenticated_customer() -> None:
    shop = people.shop()
    conversation = make.conversation(people.carla(shop.widget), body="Hi")
    assert (conversation.state, conversation.customer.is_authenticated) == (State.OPEN, True)
    assert [message.body for message in conversation.messages.all()] == ["Hi"]


def test_a_live_one_is_anonymous() -> None:
    assert not make.conversation(widget=make.widget(mode="live")).customer.is_authenticated


def test_given_and_parked_conversations_are_their_agents() -> None:
    shop = people.shop()
    active, waiting = (build(shop.alice, widget=shop.widget) for build in (make.active, make.parked))
    assert [(fresh(each).state, fresh(each).agent) for each in (active, waiting)] == [
        (State.ACTIVE, shop.alice.user),
        (State.WAITING, shop.alice.user),
    ]
