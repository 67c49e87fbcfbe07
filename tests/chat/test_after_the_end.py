"""What its customer is offered once a conversation has ended: the transcript always, the survey by who ended it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chat import actions, tasks
from chat.states import Actor
from routing.actions import overflow_conversation
from tests import make, people
from tests.chat.test_customer_api import Api
from tests.people import Shop
from tests.routing.clock import NOW, later
from workstreams.models import OverflowRule, Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
PERSISTENT, LIVE = Mode.PERSISTENT, Mode.LIVE


class Chat:
    """Of somebody whom Alice has answered."""

    def __init__(self, mode: Mode) -> None:
        self.shop: Shop = people.shop(mode=mode)
        Widget.objects.update(asks_for_rating=True, transcript_email=True)
        self.shop.widget.refresh_from_db()
        sub, told = ("carla", {"email": "carla@shop.example"}) if mode is PERSISTENT else (None, {})
        self.address = "" if told else "visitor@example.com"
        self.session, token = make.session_and_token(sub, widget=self.shop.widget, now=NOW, **told)
        self.api = Api(token)
        make.beat(now=NOW)
        self.conversation = make.given(make.conversation(self.session, now=NOW), self.shop.alice, now=NOW)
        make.answered(self.conversation, self.shop.alice, now=NOW)

    @property
    def whose(self) -> dict[str, Any]:
        return {"conversation_id": self.conversation.pk, "now": later(1)}

    def by_alice(self, act: Callable[..., Any], **how: Any) -> None:
        act(user=self.shop.alice.user, **self.whose, **how)

    def by_herself(self) -> None:
        actions.end_by_customer(session=self.session, **self.whose)

    def on(self, path: str) -> str:
        return f"/conversations/{self.conversation.pk}/{path}"


def agent_ends(chat: Chat) -> None:
    chat.by_alice(actions.end_conversation, seen_seq=None)


def agent_ends_what_waits(chat: Chat) -> None:
    chat.by_alice(actions.park_conversation, seen_seq=None)
    agent_ends(chat)


def agent_ends_and_closes(chat: Chat) -> None:
    agent_ends(chat)
    chat.by_alice(actions.close_conversation)


def time_closes_what_the_agent_ended(chat: Chat) -> None:
    agent_ends(chat)
    assert tasks.close_idle(now=later(days=2).isoformat()) == 1


def customer_ends(chat: Chat) -> None:
    chat.by_herself()


def customer_ends_in_the_queue(chat: Chat) -> None:
    chat.by_alice(actions.requeue_conversation)
    chat.by_herself()


def supervisor_closes(chat: Chat) -> None:
    actions.close_conversation(user=chat.shop.sue.user, actor=Actor.SUPERVISOR, **chat.whose)


def time_closes_what_waits(chat: Chat) -> None:
    chat.by_alice(actions.park_conversation, seen_seq=None)
    assert tasks.close_idle(now=later(days=29).isoformat()) == 1


def time_closes_what_nobody_takes(chat: Chat) -> None:
    chat.by_alice(actions.requeue_conversation)
    assert tasks.close_idle(now=later(minutes=21).isoformat()) == 1


def the_reconnect_window_passes(chat: Chat) -> None:
    make.beat(now=later(181))
    assert tasks.customers_gone(now=later(181).isoformat()) == 1


def the_queue_has_no_time(chat: Chat) -> None:
    chat.by_alice(actions.requeue_conversation)
    OverflowRule.objects.create(queue=chat.shop.queue, when="waited", limit=5, action="end")
    assert overflow_conversation(conversation_id=chat.conversation.pk, now=later(minutes=6))


ASKED = [
    (PERSISTENT, agent_ends),
    (PERSISTENT, agent_ends_what_waits),
    (LIVE, agent_ends),
    (LIVE, agent_ends_and_closes),
    (LIVE, time_closes_what_the_agent_ended),
    (LIVE, customer_ends),
    (LIVE, customer_ends_in_the_queue),
]
NOT_ASKED = [
    (PERSISTENT, supervisor_closes),
    (PERSISTENT, time_closes_what_waits),
    (LIVE, supervisor_closes),
    (LIVE, time_closes_what_nobody_takes),
    (LIVE, the_reconnect_window_passes),
    (LIVE, the_queue_has_no_time),
]


@pytest.mark.parametrize(
    ("mode", "end", "is_asked"),
    [(*each, True) for each in ASKED] + [(*each, False) for each in NOT_ASKED],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_survey_follows_the_two_who_talked_and_the_transcript_every_end(
    mode: Mode, end: Callable[[Chat], None], is_asked: bool, settings: Any
) -> None:
    settings.SENDS_MAIL = True
    chat = Chat(mode)
    assert chat.api.post(chat.on("survey"), rating=5).json()["code"] == "survey_not_offered"
    assert chat.api.post(chat.on("transcript"), email=chat.address).json()["code"] == "conversation_not_ended"
    end(chat)
    told = chat.api.get(f"/conversations/{chat.conversation.pk}").json()["conversation"]
    assert (told["state"] in ("wrap_up", "closed"), told["survey_due"]) == (True, is_asked)
    assert chat.api.post(chat.on("survey"), rating=5).status_code == (201 if is_asked else 409)
    assert chat.api.get(chat.on("transcript")).status_code == 200
    assert chat.api.post(chat.on("transcript"), email=chat.address).status_code == 202
