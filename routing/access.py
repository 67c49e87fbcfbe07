"""What an agent or supervisor may see: the object, or ``NotFound``. Absent and forbidden look the same."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from chat.errors import NotFound
from chat.models import Attachment, Conversation, Participant, Transition
from chat.models.conversation_queries import ConversationQuerySet
from chat.states import State
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

    To be known: the earlier and other conversations of a customer whom the agent now serves, and those of a colleague
    who asks for advice, for as long as they do.
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
        | Exists(Transition.objects.filter(conversation=OuterRef("pk"), agent=user))
        | Exists(served)
    )


def conversation_for_agent(*, agent: Agent, conversation_id: uuid.UUID) -> Conversation:
    found = conversations_for_agent(agent).with_people().filter(pk=conversation_id).first()
    if found is None:
        raise NotFound
    return found


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
