"""What must be true of every database at every moment, whoever was killed in the middle of what.

Each check answers with one sentence for each row that is wrong; ``broken`` gathers them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery

from chat.models import Conversation, Message, Transition
from chat.states import UNFINISHED, State, Verb
from routing.distribution import may_be_offered
from routing.floor import Floor, work_of
from routing.matching import match
from routing.models import Agent, Offer, OfferReason, OfferState
from workstreams.models import Distribution

EXCEEDS = "over capacity"


def broken(*, now: datetime) -> list[str]:
    """Everything that is wrong. What sweeps put right is not: see ``overlooked``."""
    checks = (places, trails, logs, files, offers, lambda: capacities(now=now))
    return [sentence for check in checks for sentence in check()]


def overlooked(*, now: datetime) -> list[str]:
    """Open conversations that nobody is asked about, though somebody could take them at ``now``; and offers to
    answer for conversations that have moved on. The sweeps find both."""
    void = [
        f"offer {pk} is void and still pending" for pk in Offer.objects.void().values_list("pk", flat=True)
    ]
    return void + [f"{pk} could be had by {name}" for pk, name in _could_be_had(now)]


def places() -> Iterator[str]:
    """Each unfinished conversation is queued, offered, owned or parked; each ended one in wrap-up or closed."""
    for row in Conversation.objects.filter(state=State.OPEN).exclude(agent=None):
        yield f"{row} is open and somebody's"
    for row in Conversation.objects.filter(state=State.ACTIVE, agent=None):
        yield f"{row} is active and nobody's"
    for row in Conversation.objects.filter(state=State.CLOSED, closed_at=None):
        yield f"{row} was closed at no time"
    for row in Conversation.objects.filter(state__in=UNFINISHED, ended_at__isnull=False):
        yield f"{row} is unfinished and has ended"


def trails() -> Iterator[str]:
    """The last transition tells how each conversation stands, and none is missing."""
    trail = Transition.objects.filter(conversation=OuterRef("pk")).order_by()
    last = trail.order_by("-turn")
    rows = Conversation.objects.annotate(
        steps=Subquery(trail.values("conversation").annotate(count=Count("pk")).values("count")),
        told_turn=Subquery(last.values("turn")[:1]),
        told_state=Subquery(last.values("target")[:1]),
        told_agent=Subquery(last.values("agent")[:1]),
        told_queue=Subquery(last.values("queue")[:1]),
    )
    wrong = (
        Q(steps=None)
        | ~Q(steps=F("turn"))
        | ~Q(told_turn=F("turn"))
        | ~Q(told_state=F("state"))
        | ~Q(told_queue=F("queue"))
        | Q(state=State.ACTIVE) & ~Q(told_agent=F("agent"))
    )
    for row in rows.filter(wrong):
        yield f"{row} is {row.state} in turn {row.turn}; its trail says otherwise"


def logs() -> Iterator[str]:
    """Both logs of every conversation are numbered from 1 without gaps."""
    log = Message.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
    for number, latest in (("seq", "latest_seq"), ("note_seq", "latest_note_seq")):
        rows = Conversation.objects.annotate(
            count=Subquery(log.annotate(count=Count(number)).values("count")),
            highest=Subquery(log.annotate(highest=Max(number)).values("highest")),
        )
        right = Q(count=F(latest), highest=F(latest)) | Q(**{latest: 0}) & (Q(count=None) | Q(count=0))
        for row in rows.exclude(right):
            yield f"{row} has gaps in {number}"


def files() -> Iterator[str]:
    """Each message has the files that it says it has. (That they are whole, the database demands.)"""
    counted = Message.objects.annotate(count=Count("attachments")).exclude(count=F("attachment_count"))
    for pk, count, told in counted.values_list("pk", "count", "attachment_count"):
        yield f"message {pk} has {count} files instead of {told}"


def offers() -> Iterator[str]:
    """What is pending can be answered; what was accepted was assigned in the same breath."""
    pending = Offer.objects.pending()
    asks_the_queue = ~Q(reason=OfferReason.TRANSFER)
    wrong = pending.filter(asks_the_queue & ~Q(conversation__state=State.OPEN))
    wrong |= pending.filter(~asks_the_queue & ~Q(conversation__state=State.ACTIVE))
    for offer in wrong:
        yield f"offer {offer.pk} is pending for a conversation that is {offer.conversation.state}"
    taken = Transition.objects.filter(
        conversation=OuterRef("conversation"),
        turn=OuterRef("turn") + 1,
        verb=Verb.ASSIGN,
        agent=OuterRef("agent"),
    )
    for offer in Offer.objects.filter(state=OfferState.ACCEPTED).exclude(Exists(taken)):
        yield f"offer {offer.pk} was accepted and came to nothing"


def capacities(*, now: datetime) -> Iterator[str]:
    """Nobody holds more than they can, but for what was let in as an exception, and says so."""
    over = Agent.objects.with_load(now=now).filter(used_units__gt=F("capacity"))  # type: ignore[misc]
    for agent in over:
        if not _let_in_by_rule(agent, now):
            yield f"{agent.pk} holds {agent.used_units} of {agent.capacity} units"


@dataclass(frozen=True, order=True)
class Admission:
    """Something that an agent holds now, since when it has had its place, and what the agent could hold then.

    A capacity that is lowered takes nothing away from anybody.
    """

    at: datetime
    is_exception: bool
    units: int = field(compare=False)
    capacity: int = field(compare=False)


def _let_in_by_rule(agent: Agent, now: datetime) -> bool:
    """Whether each of what they hold now found room beside what they had then and hold still, or was an exception."""
    held = 0
    for admission in sorted([*_owned(agent, now), *_asked(agent)]):
        held += admission.units
        if held > admission.capacity and not admission.is_exception:
            return False
    return True


def _owned(agent: Agent, now: datetime) -> Iterator[Admission]:
    states = [State.ACTIVE, State.WRAP_UP]
    for row in Conversation.objects.filter(agent=agent.pk, state__in=states).using_capacity(now=now):
        step = row.transitions.filter(verb=Verb.ASSIGN).latest("turn")
        record = Offer.objects.filter(conversation=row, turn=step.turn - 1, state=OfferState.ACCEPTED).first()
        # With a deadline it had its place from the moment it was offered.
        at = record.made_at if record and record.expires_at else step.at
        yield Admission(at, step.reason.endswith(EXCEEDS), row.units, _capacity_then(agent, record))


def _asked(agent: Agent) -> Iterator[Admission]:
    for offer in Offer.objects.pending().with_deadline().filter(agent=agent).select_related("conversation"):
        yield Admission(offer.made_at, False, offer.conversation.units, _capacity_then(agent, offer))


def _capacity_then(agent: Agent, record: Offer | None) -> int:
    return int(record.why.get("capacity", agent.capacity)) if record else agent.capacity


def _could_be_had(now: datetime) -> Iterator[tuple[object, str]]:
    asked = Offer.objects.pending().filter(conversation=OuterRef("pk"))
    unasked = Conversation.objects.open().with_people().exclude(Exists(asked))
    floors: dict[int, Floor] = {}
    for row in unasked.order_by("queued_at"):
        if not may_be_offered(row, now=now):
            continue
        if row.preferred_agent is not None:
            yield row.pk, row.preferred_agent.username
        elif row.workstream.distribution == Distribution.PUSH:
            floor = floors.setdefault(row.queue_id, Floor(queue_ids=[row.queue_id], now=now))
            found = match(candidates=floor.candidates(row.queue_id), work=work_of(row, now=now), now=now)
            if found.choice is not None:
                yield row.pk, found.choice.candidate.name
