"""Who is offline, and who is gone. Absence counts only while the server could have seen the person (spec §3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from chat.absence import server_saw
from chat.models import Conversation, Participant, ParticipantRole
from chat.models.participant import ParticipantQuerySet
from chat.states import State
from routing.models import Agent, Connection, Membership, Offer
from routing.models.agent import AgentQuerySet
from routing.presence import gone_after, offline_after

TOLD_FOR = timedelta(seconds=30)  # how far back a sweep looks for agents who went offline


def offline_with_offers(*, now: datetime) -> Iterable[int]:
    """User ids of agents who hold offers with a deadline and are not connected."""
    if not server_saw(since=now - offline_after(), until=now):
        return ()
    asked = Offer.objects.pending().with_deadline().filter(agent=OuterRef("pk"))
    absent = Agent.objects.filter(Exists(asked)).absent(now=now)
    return list(absent.values_list("pk", flat=True))


def just_offline(*, now: datetime) -> Iterable[int]:
    """User ids of agents who went offline a short time ago: their colleagues' screens should say so."""
    until = now - offline_after()
    left = Connection.objects.left_between(since=until - TOLD_FOR, until=until)
    absent = Agent.objects.filter(pk__in=left.values("agent")).absent(now=now)
    return list(absent.values_list("pk", flat=True))


def left_behind(*, now: datetime) -> Iterator[tuple[uuid.UUID, int]]:
    """Active conversations whose agent is gone, with that agent's user id.

    An agent who was not connected when given a conversation is not gone because of that: it counts only when they
    were there at that moment or later.
    """
    with_active = Conversation.objects.filter(agent=OuterRef("pk"), state=State.ACTIVE)
    for user_id, offline_at in _gone(Agent.objects.filter(Exists(with_active)), now=now):
        held = Conversation.objects.filter(agent=user_id, state=State.ACTIVE)
        for pk in held.filter(state_changed_at__lt=offline_at).values_list("pk", flat=True):
            yield pk, user_id


def gone_since(user_id: int, *, now: datetime) -> datetime | None:
    """The moment from which an agent who is gone was offline. None: they are not gone, or were never here."""
    consoles = Connection.objects.filter(agent=user_id)
    if consoles.here(now=now).exists():
        return None
    offline_at = consoles.offline_at()
    return offline_at if offline_at is not None and offline_at + gone_after() <= now else None


def guests_to_see_off(*, now: datetime) -> Iterator[tuple[uuid.UUID, int]]:
    """(conversation id, user id) of whoever takes part beside its agent, and is gone or may do so no longer."""
    guests = Participant.objects.present()
    yield from unentitled(guests).values_list("conversation", "user")
    taking_part = guests.filter(user=OuterRef("pk"))
    for user_id, offline_at in _gone(Agent.objects.filter(Exists(taking_part)), now=now):
        joined_before = guests.filter(user=user_id, joined_at__lt=offline_at)
        yield from joined_before.values_list("conversation", "user")


def unentitled(guests: ParticipantQuerySet) -> ParticipantQuerySet:
    """Those of ``guests`` who may take part no longer: deactivated, or in a supervisor's part without being one."""
    supervisors = Agent.objects.active().supervisors().filter(pk=OuterRef("user"))
    colleagues = Agent.objects.active().filter(pk=OuterRef("user"))
    is_supervisor = Q(role=ParticipantRole.SUPERVISOR)
    return guests.filter((is_supervisor & ~Exists(supervisors)) | (~is_supervisor & ~Exists(colleagues)))


def no_longer_members() -> Iterable[tuple[int, int]]:
    """(user id, queue id) of agents who are asked by a queue that they have left."""
    asked = Offer.objects.askers()
    members = Membership.objects.filter(agent__in={user_id for user_id, _queue in asked})
    return sorted({*asked} - {*members.values_list("agent", "queue")})


def deactivated_with_work() -> Iterable[int]:
    """User ids of accounts that were closed by another way than the action, and still hold something."""
    closed = Agent.objects.filter(user__is_active=False)
    held = Conversation.objects.filter(agent=OuterRef("pk"), state__in=[State.ACTIVE, State.WRAP_UP])
    asked = Offer.objects.pending().filter(agent=OuterRef("pk"))
    return list(closed.filter(Exists(held) | Exists(asked)).values_list("pk", flat=True))


def _gone(agents: AgentQuerySet, *, now: datetime) -> Iterator[tuple[int, datetime]]:
    """User ids of those of ``agents`` who are gone, and the moment from which they were offline."""
    if not server_saw(since=now - offline_after() - gone_after(), until=now):
        return
    for user_id in list(agents.absent(now=now).values_list("pk", flat=True)):
        offline_at = gone_since(user_id, now=now)
        if offline_at is not None:
            yield user_id, offline_at
