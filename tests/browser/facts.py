"""What the database holds while people talk, and the two ways to move time: visits grow old, tasks are told a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from chat.access import customer_read_seq
from chat.models import Conversation, Message, Visit
from config.celery import app
from routing.models import Agent, Offer
from tests.waiting import wait_until


def the_conversation() -> Conversation:
    """The only one there is."""
    return Conversation.objects.with_people().get()


def carlas() -> Conversation:
    """Carla's only one; others have theirs."""
    return Conversation.objects.with_people().get(customer__name="Carla")


def log_of(conversation: Conversation) -> list[str]:
    return list(
        Message.objects.public()
        .filter(conversation=conversation)
        .order_by("seq")
        .values_list("body", flat=True)
    )


def wait_for_log(conversation: Conversation, *, length: int) -> list[str]:
    """The log as it is stored once it has this many messages."""
    wait_until(lambda: len(log_of(conversation)) == length, what=lambda: f"{length}: {log_of(conversation)}")
    return log_of(conversation)


def wait_until_read(conversation: Conversation) -> None:
    """To its end, by its customer."""
    wait_until(lambda: customer_read_seq(conversation) >= conversation.latest_seq, what="it to be read")


def agent(username: str) -> Agent:
    return Agent.objects.select_related("user").get(user__username=username)


def used_by(username: str) -> int:
    return agent(username).used(now=timezone.now())


def was_offered_to(conversation: Conversation) -> list[str]:
    """Everybody who was ever asked, first to last."""
    offers = Offer.objects.filter(conversation=conversation).order_by("made_at")
    return list(offers.values_list("agent__user__username", flat=True))


def everybody_left_long_ago() -> None:
    """The customers who have gone did so ten minutes ago."""
    wait_until(lambda: not Visit.objects.filter(left_at=None).exists(), what="the socket to be gone")
    ago = timedelta(minutes=10)
    Visit.objects.update(joined_at=F("joined_at") - ago, left_at=F("left_at") - ago)


def run_in_worker(task: str, *, now: datetime) -> None:
    """As beat would, had the clock come that far."""
    app.send_task(task, kwargs={"now": now.isoformat()})
