"""Handing conversations to agents: the transactions of distribution. Each locks the agents, then reads their room."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chat.actions.base import action
from chat.models import Conversation
from chat.states import Actor, State
from routing import why
from routing.actions.base import OVER_CAPACITY, locked_candidate, locked_candidates, pending_offer
from routing.floor import Floors, matched
from routing.matching import Candidate, Choice, Rule, Work, obstacle
from routing.models import Agent, Membership, Offer, OfferReason, OfferState
from routing.work import NOBODY, Asked, asked_so_far


class Overtaken(Exception):
    """The conversation is no longer to be handed out, or not in the way that was planned."""


class RoomTaken(Exception):
    """The agent stands differently than they were seen: look again, and choose again."""


class RowLocked(Exception):
    """Somebody else has the conversation's row just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """A conversation, as it was seen with its people, and who is to have it."""

    conversation: Conversation
    choice: Choice
    work: Work
    told: why.Why
    taken_at: datetime
    """What counts as the moment of the agent's last assignment."""


@action
def hand_out(
    *, planned: Sequence[Handing], now: datetime, as_seen: bool = True, skip_locked: bool = False
) -> list[Offer]:
    """Offer each conversation to whom its choice names, or assign it where the workstream does not ask.

    Chosen one after the other, so only from the front: the first that stands differently than it was seen, and all
    after it, are to be chosen anew. Their offers are not among those returned; when it is the very first, this raises
    RoomTaken, Overtaken or RowLocked (only with ``skip_locked``, without which there may be but one). Raises Busy.

    ``as_seen``: only if the agent still has all the room by which they were chosen; otherwise enough will do.
    """
    agents = locked_candidates({each.choice.candidate.user_id for each in planned}, now=now)
    rows = _locked(planned, skip_locked=skip_locked)
    asked = asked_so_far(rows)
    members = _members(planned)
    ready: list[tuple[Handing, Conversation, Agent]] = []
    for each in planned:
        agent = agents.get(each.choice.candidate.user_id)
        trouble = _of_agent(each, agent, members, now, as_seen) or _of_conversation(
            each, rows, asked, skip_locked
        )
        if trouble and not ready:
            raise trouble
        if trouble or agent is None:
            break
        agents[agent[0].pk] = (agent[0], agent[1].having_taken(each.work.units))
        ready.append((each, rows[each.conversation.pk], agent[0]))
    return _write(ready, now)


@action
def hold_for_keeper(
    *, conversation_id: uuid.UUID, turn: int, user_id: int, now: datetime, floors: Floors | None = None
) -> Offer:
    """Offer a returned conversation to the agent who had it: no deadline, whatever their presence and room.
    ``floors``: how everybody else stands, where that was read already.

    Where the workstream does not ask, a connected one is given it. Raises Overtaken, NoAgent, Busy.
    """
    agent, stands = locked_candidate(user_id, now=now)
    conversation = _still_held(conversation_id, turn=turn, keeper=user_id)
    if not agent.is_member_of(conversation.queue_id):
        raise Overtaken
    among = matched(conversation, agent=stands, now=now, floors=floors)
    told = why.of_rule(Rule.SAME_AGENT, agent=stands, units=conversation.units, among=among)
    agent.note_assignment(queue_id=conversation.queue_id, now=now)
    if conversation.workstream.auto_assign and agent.is_here:
        return _assign(conversation, agent, OfferReason.RETURNING, told, now)
    conversation.note_held_out()
    return Offer.hold_out(
        conversation=conversation,
        agent=agent,
        reason=OfferReason.RETURNING,
        now=now,
        expires_at=None,
        why=told,
    )


@action
def release_from_keeper(
    *,
    conversation_id: uuid.UUID,
    now: datetime,
    is_due: Callable[[Conversation], bool],
) -> bool:
    """End the affinity of an open conversation: from now on it is the queue's. False when it is nobody's to end.

    ``is_due`` judges the row once it is locked.
    """
    conversation = Conversation.objects.open().with_people().locked().filter(pk=conversation_id).first()
    if conversation is None or conversation.preferred_agent_id is None or not is_due(conversation):
        return False
    offer = pending_offer(conversation_id)
    if offer is not None:
        offer.end(OfferState.WITHDRAWN, now=now)
    conversation.end_affinity()
    return True


type _Member = tuple[int, int]


def _members(planned: Sequence[Handing]) -> set[_Member]:
    """(user id, queue id) of those who are members still. Read after the agents were locked, as their room is."""
    agents = {each.choice.candidate.user_id for each in planned}
    queues = {each.conversation.queue_id for each in planned}
    found = Membership.objects.filter(agent__in=agents, queue__in=queues)
    return set(found.values_list("agent", "queue"))


def _of_agent(
    planned: Handing,
    agent: tuple[Agent, Candidate] | None,
    members: Collection[_Member],
    now: datetime,
    as_seen: bool,
) -> RoomTaken | None:
    """What is wrong with the agent by now; None in the first place for one who was deactivated."""
    if agent is None or (agent[0].pk, planned.conversation.queue_id) not in members:
        return RoomTaken()
    seen = planned.choice.candidate
    stands = replace(agent[1], skills=seen.skills)  # what somebody is good at is not taken by anybody else
    cannot = obstacle(candidate=stands, work=planned.work, now=now)
    return RoomTaken() if cannot or (as_seen and stands.free < seen.free) else None


def _of_conversation(
    planned: Handing, rows: Mapping[uuid.UUID, Conversation], asked: Mapping[uuid.UUID, Asked], skipped: bool
) -> Overtaken | RowLocked | None:
    """What is wrong with the conversation by now."""
    row = rows.get(planned.conversation.pk)
    if row is None:
        return RowLocked() if skipped else Overtaken()
    so_far = asked.get(row.pk, NOBODY)
    as_seen = row.turn == planned.conversation.turn and row.queue_id == planned.conversation.queue_id
    is_free = row.state == State.OPEN and row.preferred_agent_id is None and not so_far.is_pending
    return None if as_seen and is_free and so_far.paused == planned.work.paused else Overtaken()


def _locked(planned: Sequence[Handing], *, skip_locked: bool) -> dict[uuid.UUID, Conversation]:
    """The conversations' rows, locked; what never changes about them is not read again."""
    seen = {each.conversation.pk: each.conversation for each in planned}
    found = Conversation.objects.filter(pk__in=seen).order_by("pk").locked(skip_locked=skip_locked)
    rows = {row.pk: row for row in found.select_related(None).select_related("customer")}
    for pk, row in rows.items():
        row.workstream, row.widget = seen[pk].workstream, seen[pk].widget
        if row.queue_id == seen[pk].queue_id:
            row.queue = seen[pk].queue
    return rows


def _write(ready: Sequence[tuple[Handing, Conversation, Agent]], now: datetime) -> list[Offer]:
    offers = [_offer(*each, now) for each in ready]
    Membership.objects.note_assignments(
        {(agent.pk, row.queue_id): each.taken_at for each, row, agent in ready}
    )
    Offer.make_each(offers)
    given = [
        (row, agent.user, _on_record(each.told)) for each, row, agent in ready if row.workstream.auto_assign
    ]
    Conversation.assign_each(given, actor=Actor.SYSTEM, user=None, now=now)
    return offers


def _offer(handing: Handing, conversation: Conversation, agent: Agent, now: datetime) -> Offer:
    """With a deadline; or the record of an assignment that asks nobody."""
    told = {"reason": OfferReason.NEW, "made_at": now, "why": handing.told, **Offer.place_of(conversation)}
    if conversation.workstream.auto_assign:
        told |= {"state": OfferState.ACCEPTED, "ended_at": now}
    else:
        told |= {"expires_at": now + timedelta(seconds=conversation.workstream.offer_seconds)}
    return Offer(agent=agent, **told)


def _assign(
    conversation: Conversation, agent: Agent, reason: OfferReason, told: why.Why, now: datetime
) -> Offer:
    offer = Offer.record(conversation=conversation, agent=agent, reason=reason, now=now, why=told)
    conversation.assign(agent=agent.user, actor=Actor.SYSTEM, user=None, now=now, reason=_on_record(told))
    return offer


def _on_record(told: why.Why) -> str:
    return "assigned without asking" + (OVER_CAPACITY if told.get("exceeds_by") else "")


def _still_held(conversation_id: uuid.UUID, *, turn: int, keeper: int) -> Conversation:
    """The conversation, locked, if it is still held for this agent and nobody is being asked."""
    conversation = Conversation.objects.with_people().filter(pk=conversation_id).locked().first()
    if conversation is None:
        raise Overtaken
    as_seen = conversation.turn == turn and conversation.preferred_agent_id == keeper
    if conversation.state != State.OPEN or not as_seen or pending_offer(conversation_id) is not None:
        raise Overtaken
    return conversation
