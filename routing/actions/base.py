"""What the actions of routing share: their refusals, and the locks in their order: agent, conversation, offer."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from chat.errors import Forbidden, NotFound, Refusal
from chat.models import Conversation
from routing.floor import Floors, as_candidate
from routing.matching import Candidate
from routing.models import Agent, Offer

# Part of the reason in the audit trail: the row says when the capacity was exceeded (spec §4, Capacity).
OVER_CAPACITY = ", over capacity"


class OfferGone(Refusal):
    code = "offer_gone"
    status = 409
    message = _("This offer is no longer open.")


class HeldForOther(Refusal):
    code = "held_for_other"
    status = 409
    message = _("This conversation is held out to somebody else at the moment.")


class NoRoom(Refusal):
    """``extra``: ``free`` and ``units``, what there is and what it takes."""

    code = "no_room"
    status = 409
    message = _("There is no room for this conversation. Finish or park another one first.")


class AgentAbsent(Refusal):
    """A supervisor may assign anyway."""

    code = "agent_absent"
    status = 409
    message = _("This agent is not connected. Assign anyway?")


class NotPicked(Forbidden):
    message = _("Conversations of this workstream are offered, not picked.")


class SupervisorsOnly(Forbidden):
    message = _("Only supervisors may do this.")


class NoAgent(Forbidden):
    message = _("This account does not take conversations.")


def looking_first[**P, R](write: Callable[P, R]) -> Callable[P, R]:
    """Around an action with ``floors``: those of the conversation's queue, read before it begins.

    The record names everybody who could have had a conversation. Hundreds of members are not read while others wait
    for its locks; whether its agent may take it is judged under them, from what they hold then.
    """

    @functools.wraps(write)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        named = cast("dict[str, Any]", kwargs)
        named["floors"] = _floors_around(named["conversation_id"], now=named["now"])
        return write(*args, **kwargs)

    return run


def locked_agent(user_id: int) -> Agent:
    """The agent, read after their row was locked. Raises NoAgent, for deactivated ones too."""
    lock_agent(user_id)
    found = Agent.objects.active().select_related("user").filter(pk=user_id).first()
    if found is None:
        raise NoAgent
    return found


def locked_candidate(user_id: int, *, now: datetime) -> tuple[Agent, Candidate]:
    """The agent and how they stand, read after their row was locked: the only reading by which room may be taken.

    It is a later statement on purpose. One that locks and reads at once reads the room of before it waited.
    """
    found = locked_candidates({user_id}, now=now)
    if user_id not in found:
        raise NoAgent
    return found[user_id]


def locked_candidates(user_ids: set[int], *, now: datetime) -> dict[int, tuple[Agent, Candidate]]:
    """The same of several, locked by id; deactivated ones are left out."""
    agents = Agent.objects.filter(pk__in=user_ids)
    list(agents.locked().order_by("pk").values_list("pk"))
    seen = agents.active().select_related("user").with_load(now=now).with_connection(now=now)
    return {agent.pk: (agent, as_candidate(agent)) for agent in seen}


def lock_agent(user_id: int) -> None:
    if Agent.objects.locked().filter(pk=user_id).values_list("pk").first() is None:
        raise NoAgent


def pending_offer(conversation_id: uuid.UUID) -> Offer | None:
    """The one offer that counts, locked. Callers hold the conversation's lock: nobody can make another meanwhile."""
    found = Offer.objects.pending().filter(conversation=conversation_id)
    return found.select_for_update(no_key=True, of=("self",)).first()


def require_supervisor(user: User) -> Agent:
    found = Agent.objects.active().filter(pk=user.pk).select_related("user").first()
    if found is None or not found.is_supervisor:
        raise SupervisorsOnly
    return found


def supervises(user: User) -> bool:
    """As a supervisor or administrator; or as whoever runs this server, who need not be an agent."""
    return user.is_superuser or Agent.objects.supervisors().active().filter(pk=user.pk).exists()


def agent_named(user_id: int) -> Agent:
    """The agent whom a supervisor or colleague names. Raises NotFound."""
    found = Agent.objects.active().filter(pk=user_id).select_related("user").first()
    if found is None:
        raise NotFound
    return found


def _floors_around(conversation_id: uuid.UUID, *, now: datetime) -> Floors:
    """Of an unknown conversation, none: the action says so."""
    floors = Floors(now=now)
    for queue_id in Conversation.objects.filter(pk=conversation_id).values_list("queue", flat=True):
        floors.of(queue_id)
    return floors
