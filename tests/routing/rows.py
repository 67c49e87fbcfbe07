"""What the database holds now."""

from chat.models import Conversation
from routing.models import Agent, Offer


def pending(conversation: Conversation) -> Offer:
    """The offer that counts; there must be one."""
    return Offer.objects.pending().with_people().get(conversation=conversation)


def is_offered(conversation: Conversation) -> bool:
    return Offer.objects.pending().filter(conversation=conversation).exists()


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.with_people().get(pk=conversation.pk)


def as_now(agent: Agent) -> Agent:
    return Agent.objects.select_related("user").get(pk=agent.pk)
