from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from chat.states import ENDED, HELD, UNFINISHED, State
from workstreams.modes import RULES

if TYPE_CHECKING:
    from chat.models.conversation import Conversation  # noqa: F401 - named in a string below
    from chat.models.presence import VisitQuerySet
    from chat.models.session import CustomerSession
    from workstreams.models import Queue

LISTED = (
    *("state", "preferred_agent", "has_participants", "customer_back_at"),
    *("last_customer_seq", "last_agent_seq", "queued_at", "last_message_at"),
    *("customer__subject", "customer__name"),
    *("agent__first_name", "agent__last_name", "agent__username"),
)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Chainable questions about conversations."""

    # -- whose

    def of(self, session: CustomerSession) -> Self:
        """This customer's in this widget."""
        return self.filter(customer=session.customer_id, widget=session.widget_id)

    def held_by(self, agent: User) -> Self:
        return self.filter(agent=agent, state__in=HELD)

    def prechat_due(self, session: CustomerSession) -> bool:
        """Whether a conversation begun now is preceded by questions: at each start, or at this customer's first alone."""
        return session.widget.rules.prechat_on_every_start or not self.of(session).exists()

    # -- in which state

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def ended(self) -> Self:
        return self.filter(state__in=ENDED)

    def needing_customer(self) -> Self:
        """Going on, and over once its customer is gone for long."""
        modes = [mode for mode, rules in RULES.items() if rules.ends_without_customer]
        return self.filter(mode__in=modes, state__in=[State.OPEN, State.ACTIVE])

    def with_visit_among(self, visits: VisitQuerySet) -> Self:
        """Those to whose customer and widget one of these visits belongs."""
        theirs = visits.filter(customer=OuterRef("customer"), widget=OuterRef("widget"))
        return self.filter(Exists(theirs))

    def open(self) -> Self:
        return self.filter(state=State.OPEN)

    def for_everybody(self) -> Self:
        """Open, and not held for one agent."""
        return self.open().filter(preferred_agent=None)

    def held(self) -> Self:
        """Open, and kept for the agent who had it."""
        return self.open().filter(preferred_agent__isnull=False)

    def not_held_out(self) -> Self:
        """Kept for an agent who has not been asked in this turn."""
        return self.held().exclude(held_out_turn=models.F("turn"))

    def in_queues(self, queues: models.QuerySet[Queue]) -> Self:
        return self.filter(queue__in=queues)

    def using_capacity(self, *, now: datetime) -> Self:
        """Active, or in a wrap-up that still blocks its agent's places."""
        blocked = Q(state=State.WRAP_UP) & (Q(capacity_freed_at=None) | Q(capacity_freed_at__gt=now))
        return self.filter(Q(state=State.ACTIVE) | blocked)

    def owing_return_notice(self, *, before: datetime) -> Self:
        """Whose customer came back before that moment without its agent being told."""
        untold = Q(customer_back_notified_at=None) | Q(customer_back_notified_at__lt=F("customer_back_at"))
        return self.filter(untold, customer_back_at__lte=before)

    # -- in which order

    def latest_first(self) -> Self:
        return self.order_by("-started_at")

    # -- how

    def locked(self, *, skip_locked: bool = False) -> Self:
        """Lock the conversation's row alone. NO KEY UPDATE: inserting a message must not collide with it.

        Whatever may have changed while the lock was waited for (queue, agents) is read afterwards: joined into this
        statement it would be of before, and a moved conversation would not be found at all.
        """
        fixed = self.select_related(None).select_related("customer", "widget", "workstream")
        return fixed.select_for_update(no_key=True, of=("self",), skip_locked=skip_locked)

    def with_people(self) -> Self:
        return self.select_related("customer", "widget", "workstream", "queue", "agent", "preferred_agent")

    def with_names(self) -> Self:
        """For lists of hundreds: what a line says, and whose it is. Anything else is fetched when it is asked for, for all
        of them together."""
        return self.select_related("customer", "agent").only(*LISTED).fetch_mode(models.FETCH_PEERS)
