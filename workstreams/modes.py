"""Live and persistent: what each mode promises, as one table (spec section 2).

Code asks the table by name (``if not rules_for(mode).customer_may_end``) and never compares modes itself.
"""

import enum
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Mode(enum.StrEnum):
    PERSISTENT = "persistent"
    LIVE = "live"

    @property
    def label(self) -> Promise:
        return _LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        """Value and label of each mode, for a Django field."""
        return [(mode.value, mode.label) for mode in cls]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRules:
    """The promises of one mode. Each name is true or false of a conversation of that mode."""

    # Outside operating hours
    starts_outside_hours: bool
    """The customer may start and write while the hours are closed; the conversation waits in its queue."""
    hours_hide_widget: bool
    """Closed widget hours hide the widget or show its offline pane; otherwise they change a banner only."""

    # Ending
    customer_may_end: bool
    """The customer, too, may end the conversation."""
    ends_without_customer: bool
    """A customer who is gone longer than the reconnect window ends the conversation."""
    overflow_may_end: bool
    """An overflow rule may end a queued conversation."""
    begins_anew_after_end: bool
    """A message to an ended conversation begins a new one; otherwise it is refused."""
    returns_to_last_agent: bool
    """A new conversation soon after the last End is offered first to the agent of that one."""

    # The quiet customer and the absent agent
    may_wait: bool
    """The agent may park a quiet conversation; it then waits, costs no capacity, and wakes on a message."""
    tells_agent_of_return: bool
    """The agent is told when the customer of a waiting conversation opens the widget again."""
    tells_customer_of_lost_agent: bool
    """The customer is told when the agent's connection is lost."""

    # What the customer sees
    shows_wait_messages: bool
    """Average wait and queue position may be shown while the conversation is queued."""
    shows_reply_time: bool
    """The header may say how soon an answer usually comes."""
    history_across_visits: bool
    """Every visit shows everything since the conversation began; otherwise the current chat only."""
    mails_unseen_answers: bool
    """A customer who is away is sent what agents wrote meanwhile, where widget and customer have addresses for it."""
    masks_for_customer: bool
    """What masking rules hide is hidden from the customer, too; otherwise customers see what was written."""

    # Who takes part
    requires_identity: bool
    """Each widget needs an authentication setting; nobody is anonymous."""
    requires_same_agent: bool
    """The workstream must keep the same agent for the entire conversation."""

    # Questions
    prechat_on_every_start: bool
    """Pre-chat questions are asked at each start; otherwise at the customer's first start only."""
    survey_after_customer_end: bool
    """The post-chat survey follows either side's end; otherwise the agent's only."""


RULES: MappingProxyType[Mode, ModeRules] = MappingProxyType(
    {
        Mode.PERSISTENT: ModeRules(
            starts_outside_hours=True,
            hours_hide_widget=False,
            customer_may_end=False,
            ends_without_customer=False,
            overflow_may_end=False,
            begins_anew_after_end=True,
            returns_to_last_agent=True,
            may_wait=True,
            tells_agent_of_return=True,
            tells_customer_of_lost_agent=False,
            shows_wait_messages=False,
            shows_reply_time=True,
            history_across_visits=True,
            mails_unseen_answers=True,
            masks_for_customer=False,
            requires_identity=True,
            requires_same_agent=True,
            prechat_on_every_start=False,
            survey_after_customer_end=False,
        ),
        Mode.LIVE: ModeRules(
            starts_outside_hours=False,
            hours_hide_widget=True,
            customer_may_end=True,
            ends_without_customer=True,
            overflow_may_end=True,
            begins_anew_after_end=False,
            returns_to_last_agent=False,
            may_wait=False,
            tells_agent_of_return=False,
            tells_customer_of_lost_agent=True,
            shows_wait_messages=True,
            shows_reply_time=False,
            history_across_visits=False,
            mails_unseen_answers=False,
            masks_for_customer=True,
            requires_identity=False,
            requires_same_agent=False,
            prechat_on_every_start=True,
            survey_after_customer_end=True,
        ),
    }
)


def rules_for(mode: Mode) -> ModeRules:
    """The promises of a mode. A plain ``"live"`` or ``"persistent"`` from a database row is welcome too."""
    return RULES[Mode(mode)]


_LABELS = {Mode.PERSISTENT: _("Persistent"), Mode.LIVE: _("Live")}
