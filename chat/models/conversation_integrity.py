"""What the database itself promises of a conversation, and the indexes its questions go by."""

from django.db import models

from chat.states import UNFINISHED, State
from workstreams.modes import Mode

CONSTRAINTS = [
    models.UniqueConstraint(
        fields=["customer", "widget"],
        condition=models.Q(state__in=[state.value for state in UNFINISHED]),
        name="one_unfinished_conversation",
    ),
    models.CheckConstraint(
        condition=~models.Q(state=State.ACTIVE) | models.Q(agent__isnull=False),
        name="active_has_an_agent",
    ),
    models.CheckConstraint(
        condition=~models.Q(state=State.OPEN) | models.Q(agent__isnull=True), name="open_is_nobodys"
    ),
    models.CheckConstraint(
        condition=models.Q(state=State.OPEN) | models.Q(preferred_agent__isnull=True),
        name="affinity_only_in_open",
    ),
    models.CheckConstraint(
        condition=~models.Q(state=State.WAITING) | models.Q(mode=Mode.PERSISTENT),
        name="live_never_waits",
    ),
    models.CheckConstraint(
        condition=~models.Q(state=State.CLOSED) | models.Q(closed_at__isnull=False),
        name="closed_has_a_time",
    ),
]

INDEXES = [
    models.Index(
        fields=["queue", "priority", "queued_at"],
        condition=models.Q(state=State.OPEN, preferred_agent__isnull=True),
        name="open_to_everybody",
    ),
    models.Index(
        fields=["preferred_agent"],
        condition=models.Q(state=State.OPEN, preferred_agent__isnull=False),
        name="held_for_its_agent",
    ),
    models.Index(
        fields=["agent", "state"],
        condition=models.Q(state__in=[State.ACTIVE, State.WAITING, State.WRAP_UP]),
        name="work_of_an_agent",
    ),
    models.Index(
        fields=["state", "workstream", "idle_since"],
        condition=models.Q(state__in=[State.OPEN, State.WAITING, State.WRAP_UP]),
        name="idle_conversations",
    ),
    models.Index(
        fields=["customer_back_at"],
        condition=models.Q(state=State.WAITING, customer_back_at__isnull=False),
        name="returned_customers",
    ),
    models.Index(fields=["customer", "widget", "-started_at"], name="conversations_of_customer"),
]
