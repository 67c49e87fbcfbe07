"""Who ended a conversation is always said to its agents, whatever its customer is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.actions import close_conversation, end_by_customer, end_conversation, park_conversation
from chat.models import Conversation, CustomerSession
from chat.states import Actor
from chat.tasks import close_idle
from tests import make, people
from workstreams.models import AutomatedMessage

pytestmark = pytest.mark.django_db(transaction=True)


class Talk:
    """A visitor in a live chat with Alice, whose end is told the visitor or not."""

    def __init__(self, *, is_told: bool, mode: str = "live") -> None:
        self.shop = people.shop(mode=mode)
        for trigger in (
            () if is_told else ("session_ended", "agent_ended", "supervisor_closed", "auto_closed")
        ):
            AutomatedMessage.objects.create(widget=self.shop.widget, trigger=trigger, is_on=False)
        self.session: CustomerSession = make.session(
            "carla" if mode == "persistent" else None, widget=self.shop.widget
        )
        self.conversation = make.given(make.conversation(self.session), self.shop.alice)

    @property
    def visitor(self) -> str:
        return self.session.customer.display_name

    def by(self, who: str) -> Conversation:
        how: dict[str, Any] = {"conversation_id": self.conversation.pk, "now": timezone.now()}
        if who == "customer":
            return end_by_customer(session=self.session, **how)
        if who == "agent":
            return end_conversation(user=self.shop.alice.user, seen_seq=None, **how)
        return close_conversation(user=self.shop.sue.user, actor=Actor.SUPERVISOR, **how)

    def ends_with(self) -> tuple[list[str], list[str]]:
        """What was said at the end to both, and to the agents alone."""
        log = self.conversation.messages.order_by("seq", "note_seq")
        public = log.public().filter(seq__gt=2).values_list("body", flat=True)
        return list(public), list(log.internal().values_list("body", flat=True))


@pytest.mark.parametrize(
    ("who", "line", "note"),
    [
        ("customer", "This chat has ended.", "{visitor} has ended this chat."),
        ("agent", "Alice has ended this chat.", None),
        ("supervisor", "This chat was closed by our team.", "Sue has closed this chat."),
    ],
)
def test_the_agents_side_says_who_ended_it_where_the_customers_line_does_not(
    who: str, line: str, note: str | None
) -> None:
    talk = Talk(is_told=True)
    talk.by(who)
    assert talk.ends_with() == ([line], [note.format(visitor=talk.visitor)] if note else [])


@pytest.mark.parametrize(
    ("who", "note"),
    [
        ("customer", "{visitor} has ended this chat."),
        ("agent", "Alice has ended this chat."),
        ("supervisor", "Sue has closed this chat."),
    ],
)
def test_the_agents_side_says_it_too_where_the_customer_is_told_nothing(who: str, note: str) -> None:
    talk = Talk(is_told=False)
    talk.by(who)
    assert talk.ends_with() == ([], [note.format(visitor=talk.visitor)])


def test_the_agents_side_says_it_too_where_a_widgets_own_words_do_not() -> None:
    talk = Talk(is_told=True)
    AutomatedMessage.objects.create(widget=talk.shop.widget, trigger="agent_ended", text="Bye!")
    talk.by("agent")
    assert talk.ends_with() == (["Bye!"], ["Alice has ended this chat."])


def test_a_chat_that_nobody_has_taken_yet_says_it_to_whoever_looks_it_up() -> None:
    talk = Talk(is_told=False)
    talk.conversation = make.conversation(make.session(None, widget=talk.shop.widget))
    talk.session = CustomerSession.objects.get(customer=talk.conversation.customer)
    talk.by("customer")
    assert talk.ends_with()[1] == [f"{talk.visitor} has ended this chat."]


def test_what_time_closes_says_why() -> None:
    talk = Talk(is_told=False, mode="persistent")
    now = timezone.now()
    alice = talk.shop.alice.user
    park_conversation(user=alice, conversation_id=talk.conversation.pk, seen_seq=None, now=now)
    assert close_idle(now=(now + timedelta(days=29)).isoformat()) == 1
    assert talk.ends_with()[1] == ["This chat has ended (auto-close: neither side wrote)."]
