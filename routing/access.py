"""What an agent or supervisor may see: the object, or ``NotFound``. Absent and forbidden look the same."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from chat.errors import NotFound
from chat.models import Attachment, Conversation, Mention, Participant, Transition
from chat.models.conversation_queries import ConversationQuerySet
from chat.states import HELD, State
from routing.models import Agent, Offer
from workstreams.models import Queue


def agent_for_user(user: AbstractBaseUser | AnonymousUser) -> Agent:
    """The agent that a signed-in, active user is. Raises NotFound for everybody else."""
    found = Agent.objects.active().select_related("user").filter(pk=user.pk or 0).first()
    if found is None:
        raise NotFound
    return found


def queues_of(agent: Agent) -> QuerySet[Queue]:
    return Queue.objects.filter(memberships__agent=agent)


def conversations_for_agent(agent: Agent) -> ConversationQuerySet:
    """A supervisor sees every conversation; an agent those they had, are offered, may take, or need to know.

    To be known: the earlier and other conversations of a customer whom the agent now serves, those of a colleague who
    asks for advice, for as long as they do, and those in which a colleague mentions them.
    """
    everything = Conversation.objects.all()
    if agent.is_supervisor:
        return everything
    user = agent.user
    served = Conversation.objects.held_by(user).filter(customer=OuterRef("customer"))
    consulted = Participant.objects.present().of(user).filter(conversation=OuterRef("pk"))
    offered = Offer.objects.pending().filter(conversation=OuterRef("pk"), agent=agent)
    return everything.filter(
        Q(agent=user)
        | Q(preferred_agent=user)
        | Q(state=State.OPEN, queue__in=queues_of(agent))
        | Exists(offered)
        | Exists(consulted)
        | Exists(Mention.objects.of(user).filter(message__conversation=OuterRef("pk")))
        | Exists(Transition.objects.filter(conversation=OuterRef("pk"), agent=user))
        | Exists(served)
    )


def seen_by(agent: Agent) -> QuerySet[Conversation, Any]:
    """Ids of all that ``conversations_for_agent`` shows an agent, reason by reason, each by an index of its own: for
    questions that go through many of them. For one conversation the other way to ask is the quick one.
    """
    user, every = agent.user, Conversation.objects.order_by()
    own = Q(agent=user) | Q(preferred_agent=user)
    offered = Offer.objects.pending().filter(agent=agent).values("conversation")
    consulted = Participant.objects.present().of(user).values("conversation")
    mentioned = Mention.objects.of(user).values("message__conversation")
    had = Transition.objects.filter(agent=user).values("conversation")
    served = Conversation.objects.held_by(user).values("customer")
    reasons = [
        every.filter(own),
        every.open().in_queues(queues_of(agent)),
        every.filter(pk__in=offered),
        every.filter(pk__in=consulted),
        every.filter(pk__in=mentioned),
        every.filter(pk__in=had),
        every.filter(customer__in=served),
    ]
    first, *others = [reason.values("pk") for reason in reasons]
    return first.union(*others)


def conversation_for_agent(*, agent: Agent, conversation_id: uuid.UUID) -> Conversation:
    """Their own is asked for first: all the other reasons take longer to plan than it takes to fetch."""
    mine = Conversation.objects.filter(agent=agent.user)
    for seen in (mine, conversations_for_agent(agent)):
        if found := seen.with_people().filter(pk=conversation_id).first():
            return found
    raise NotFound


def others_of_customer(conversation: Conversation, *, agent: Agent) -> ConversationQuerySet:
    """As far as this agent may see them: all, while they have this one."""
    is_served = conversation.agent_id == agent.pk and conversation.state in HELD
    seen = Conversation.objects.all() if is_served else conversations_for_agent(agent)
    return seen.filter(customer=conversation.customer_id).exclude(pk=conversation.pk)


def offer_for_agent(*, agent: Agent, offer_id: uuid.UUID) -> Offer:
    """Of a conversation that this agent may see, whoever was asked."""
    found = Offer.objects.filter(pk=offer_id).first()
    if found is None:
        raise NotFound
    conversation_for_agent(agent=agent, conversation_id=found.conversation_id)
    return found


def attachment_for_agent(*, agent: Agent, attachment_id: uuid.UUID) -> Attachment:
    """A file in a conversation that this agent may see, or NotFound."""
    seen = conversations_for_agent(agent).values("pk")
    found = Attachment.objects.filter(pk=attachment_id, message__conversation__in=seen).first()
    if found is None:
        raise NotFound
    return found
