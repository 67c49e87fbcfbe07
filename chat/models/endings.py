"""How a conversation ended, as its agents read it: who ended it is always said there, whatever the customer is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from chat.models.profile import display_name
from chat.states import Actor
from workstreams.automated import Trigger
from workstreams.models import AgentDisplayName

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from chat.models.conversation import Conversation

# Lines for the customer that leave open who it was.
UNTOLD = frozenset({Trigger.SESSION_ENDED, Trigger.SUPERVISOR_CLOSED})
WORDS = {
    Actor.CUSTOMER: _("{who} has ended this chat."),
    Actor.AGENT: _("{who} has ended this chat."),
    Actor.SUPERVISOR: _("{who} has closed this chat."),
    Actor.SYSTEM: _("This chat has ended ({reason})."),
}


def closing_trigger(actor: Actor, *, was_waiting: bool) -> Trigger:
    """What a customer is told whose conversation is closed without having been ended."""
    if actor is Actor.SUPERVISOR:
        return Trigger.SUPERVISOR_CLOSED
    if actor is Actor.CUSTOMER:
        return Trigger.SESSION_ENDED
    return Trigger.AUTO_CLOSED if was_waiting else Trigger.UNANSWERED


def tells_who(line: str, trigger: Trigger, *, agent: str) -> bool:
    """Whether agents learn from this line for the customer who it was: a widget's own words need not name them."""
    return trigger not in UNTOLD and (trigger is not Trigger.AGENT_ENDED or agent in line)


def ended_by(conversation: Conversation, *, actor: Actor, user: User | None, reason: str) -> str:
    """In the agents' language."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(WORDS[actor]).format(who=_who(conversation, actor, user), reason=reason)


def _who(conversation: Conversation, actor: Actor, user: User | None) -> str:
    if actor is Actor.CUSTOMER:
        return conversation.customer.display_name
    return display_name(user, style=AgentDisplayName.FULL) if user else ""
