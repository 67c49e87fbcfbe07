"""What the database itself promises of a conversation, and the indexes its questions go by."""

from django.db import models

from chat.states import ENDED, UNFINISHED, State
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
    models.CheckConstraint(
        condition=models.Q(has_participants=False) | models.Q(state=State.ACTIVE),
        name="company_only_in_active",
    ),
    models.CheckConstraint(
        condition=models.Q(reminded_at__isnull=True) | models.Q(state=State.WAITING),
        name="reminded_only_while_waiting",
    ),
    models.CheckConstraint(
        condition=models.Q(survey_due=False) | models.Q(state__in=[state.value for state in ENDED]),
        name="rated_after_the_end",
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
        fields=["queue", "workstream", "state_changed_at"],
        condition=models.Q(state=State.OPEN, preferred_agent__isnull=False),
        name="held_in_queue",
    ),
    models.Index(
        fields=["queue", "queued_at"],
        condition=models.Q(state=State.OPEN, preferred_agent__isnull=False)
        & ~models.Q(held_out_turn=models.F("turn")),
        name="held_and_not_asked",
    ),
    models.Index(
        fields=["agent", "state"],
        condition=models.Q(state__in=[State.ACTIVE, State.WAITING, State.WRAP_UP]),
        name="work_of_an_agent",
    ),
    models.Index(
        fields=["queue", "state"],
        condition=models.Q(state__in=[State.OPEN, State.ACTIVE, State.WAITING, State.WRAP_UP]),
        name="standing_in_queue",
    ),
    models.Index(
        fields=["state", "workstream", "idle_since"],
        condition=models.Q(state__in=[State.OPEN, State.WAITING, State.WRAP_UP], reminded_at__isnull=True),
        name="idle_conversations",
    ),
    models.Index(
        fields=["workstream", "reminded_at"],
        condition=models.Q(state=State.WAITING, reminded_at__isnull=False),
        name="reminded_conversations",
    ),
    models.Index(
        fields=["workstream", "state_changed_at"],
        condition=models.Q(state=State.ACTIVE),
        name="active_since",
    ),
    models.Index(
        fields=["queue", "mode", "state_changed_at"],
        condition=models.Q(state=State.OPEN, preferred_agent__isnull=True),
        name="arrivals_in_queue",
    ),
    models.Index(
        fields=["id"],
        condition=models.Q(state__in=[State.OPEN, State.ACTIVE], to_attend=True),
        name="without_customer_maybe",
    ),
    models.Index(
        fields=["customer_back_at"],
        condition=models.Q(state=State.WAITING, customer_back_at__isnull=False)
        & (
            models.Q(customer_back_notified_at=None)
            | models.Q(customer_back_notified_at__lt=models.F("customer_back_at"))
        ),
        name="returned_customers",
    ),
    models.Index(
        fields=["queue", "-started_at"], condition=models.Q(mode=Mode.PERSISTENT), name="persistent_latest"
    ),
    models.Index(fields=["queue", "-started_at"], condition=models.Q(mode=Mode.LIVE), name="live_latest"),
    models.Index(fields=["customer", "widget", "-started_at"], name="conversations_of_customer"),
    models.Index(fields=["-started_at", "-id"], name="latest_conversations"),
]
