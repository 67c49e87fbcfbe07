"""How an offer ends: accepted, declined, missed or withdrawn. Whoever has the row first decides."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User

from chat.actions.base import action
from chat.models import Conversation
from chat.states import Actor, State
from routing.actions.base import OVER_CAPACITY, OfferGone, locked_agent
from routing.models import Agent, Look, Offer, OfferReason, OfferState, Status


@action
def accept_offer(*, user: User, offer_id: uuid.UUID, now: datetime) -> Conversation:
    """The conversation is this agent's. The row, not the clock, says whether the offer still stands.

    Raises OfferGone: it ended, the conversation has moved on, or it is somebody else's. NoAgent, Busy.
    """
    agent = locked_agent(user.pk)
    offer = _locked_pending(offer_id, agent)
    take(agent=agent, offer=offer, now=now)
    return offer.conversation


@action
def decline_offer(*, user: User, offer_id: uuid.UUID, now: datetime) -> Offer:
    """Not now: somebody else is asked, this agent not for a while. A returning conversation becomes the queue's.

    Raises OfferGone, NoAgent, Busy.
    """
    agent = locked_agent(user.pk)
    offer = _locked_pending(offer_id, agent)
    offer.end(OfferState.DECLINED, now=now)
    if offer.reason == OfferReason.RETURNING:
        offer.conversation.end_affinity()
    if offer.conversation.workstream.do_not_disturb_after_decline and offer.reason != OfferReason.TRANSFER:
        agent.choose(Status.DO_NOT_DISTURB)
    return offer


@action
def expire_offer(*, offer_id: uuid.UUID, now: datetime) -> OfferState | None:
    """Its deadline is over: missed, and the agent inactive where the workstream says so; None: it had ended before.

    An agent who is not connected has missed nothing: then it is withdrawn.
    """
    seen = Offer.objects.filter(pk=offer_id).first()
    if seen is None:
        return None
    agent = _locked_owner(seen)
    offer = _locked(offer_id)
    if offer.state != OfferState.PENDING or offer.expires_at is None or offer.expires_at > now:
        return None
    if offer.is_void or not agent.is_connected(now=now):
        offer.end(OfferState.WITHDRAWN, now=now)
        return OfferState.WITHDRAWN
    offer.end(OfferState.MISSED, now=now)
    if offer.conversation.workstream.inactive_after_missed and offer.reason != OfferReason.TRANSFER:
        agent.become_inactive()
    return OfferState.MISSED


@action
def withdraw_void_offers(*, conversation_id: uuid.UUID, now: datetime) -> int:
    """The conversation has moved on: whoever was asked is told so."""
    void = Offer.objects.void().filter(conversation=conversation_id)
    offers = list(void.select_related("agent__user").locked().order_by("pk"))
    for offer in offers:
        offer.end(OfferState.WITHDRAWN, now=now)
    return len(offers)


@action
def note_clean(*, name: str, until: datetime) -> None:
    """A sweep has found everything in order until then."""
    Look.objects.found_clean(name, until=until)


def take(*, agent: Agent, offer: Offer, now: datetime) -> None:
    """Accept on behalf of ``agent``, inside an action that holds all three locks and knows that it is pending."""
    # With a deadline it has kept its place so far; without one it may find the agent full.
    exceeds = offer.expires_at is None and agent.free(now=now) < offer.conversation.units
    offer.end(OfferState.ACCEPTED, now=now)
    agent.note_assignment(queue_id=offer.conversation.queue_id, now=now)
    reason = "offer accepted" + (OVER_CAPACITY if exceeds else "")
    offer.conversation.assign(agent=agent.user, actor=Actor.AGENT, user=agent.user, now=now, reason=reason)


def _locked_pending(offer_id: uuid.UUID, agent: Agent) -> Offer:
    """The offer with its conversation, both locked, if it still stands for this agent."""
    mine = Offer.objects.filter(pk=offer_id, agent=agent).first()
    if mine is None:
        raise OfferGone
    offer = _locked(offer_id)
    takeable = (State.OPEN, State.ACTIVE) if offer.reason == OfferReason.TRANSFER else (State.OPEN,)
    if not offer.is_pending or offer.conversation.state not in takeable:
        raise OfferGone
    return offer


def _locked(offer_id: uuid.UUID) -> Offer:
    """Conversation first, then the offer; the two know each other."""
    conversation_id = Offer.objects.values_list("conversation", flat=True).get(pk=offer_id)
    conversation = Conversation.objects.locked().get(pk=conversation_id)
    offer = Offer.objects.locked().get(pk=offer_id)
    offer.conversation = conversation
    return offer


def _locked_owner(offer: Offer) -> Agent:
    """Deactivated or not: their offers end too."""
    Agent.objects.locked().filter(pk=offer.agent_id).values_list("pk").first()
    return Agent.objects.select_related("user").get(pk=offer.agent_id)
