from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import Exists, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.models import Conversation
from chat.states import State
from routing.events import PresenceChanged
from routing.models.connection import Connection
from routing.models.membership import Membership
from routing.models.offer import Offer
from routing.presence import CHOOSABLE, Status, effective
from workstreams.models import Queue


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMINISTRATOR = "administrator", _("Administrator")


SUPERVISING = (Role.SUPERVISOR, Role.ADMINISTRATOR)
# A role's permissions in the admin center are those of its group (see ``routing.roles``).
GROUPS = {Role.AGENT: "Agents", Role.SUPERVISOR: "Supervisors", Role.ADMINISTRATOR: "Administrators"}


class AgentQuerySet(models.QuerySet["Agent"]):
    # -- who

    def active(self) -> Self:
        """Whose account is not deactivated."""
        return self.filter(user__is_active=True)

    def supervisors(self) -> Self:
        return self.filter(role__in=SUPERVISING)

    def connected(self, *, now: datetime) -> Self:
        return self.filter(Exists(Connection.objects.filter(agent=OuterRef("pk")).here(now=now)))

    def absent(self, *, now: datetime) -> Self:
        return self.exclude(Exists(Connection.objects.filter(agent=OuterRef("pk")).here(now=now)))

    def members_of(self, queue: Queue | int) -> Self:
        return self.filter(memberships__queue=queue)

    # -- with what is derived about them

    def with_load(self, *, now: datetime) -> Self:
        """Adds ``used_units``: active, wrap-up while blocked, and pending offers with a deadline (spec §4)."""
        zero = models.Value(0)
        # The states are named once more for the index of an agent's work, which waiting ones may fill.
        held = Conversation.objects.filter(agent=OuterRef("pk"), state__in=[State.ACTIVE, State.WRAP_UP])
        held = held.using_capacity(now=now).order_by()
        offered = Offer.objects.filter(agent=OuterRef("pk")).pending().with_deadline().order_by()
        return self.annotate(
            used_units=Coalesce(Subquery(held.values("agent").annotate(sum=Sum("units")).values("sum")), zero)
            + Coalesce(
                Subquery(offered.values("agent").annotate(sum=Sum("conversation__units")).values("sum")), zero
            )
        )

    def with_connection(self, *, now: datetime) -> Self:
        """Adds ``is_here``: whether a console of theirs is open."""
        return self.annotate(is_here=Exists(Connection.objects.filter(agent=OuterRef("pk")).here(now=now)))

    # -- how

    def locked(self) -> Self:
        """What takes a conversation's place is scarce: lock it, then read what it holds in a later statement."""
        return self.select_for_update(no_key=True, of=("self",))

    def note_freed(self, *, user_id: int, now: datetime) -> None:
        self.filter(pk=user_id).update(freed_at=now)


class Agent(models.Model):
    """A user who talks with customers. Capacity used, connection and presence are derived, never stored."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="agent", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=13, choices=Role, default=Role.AGENT)
    capacity = models.PositiveIntegerField(
        _("capacity (units)"),
        default=100,
        help_text=_("How much this agent can hold at once. Each workstream says what a conversation costs."),
    )
    default_presence = models.CharField(
        _("presence after signing in"),
        max_length=14,
        choices=[(status.value, status.label) for status in CHOOSABLE],
        default=Status.AVAILABLE,
    )
    # What the agent chose. It stays until changed or signed out.
    presence = models.CharField(max_length=14, default=Status.AVAILABLE, editable=False)
    # Let an offer run out: inactive until the agent or a supervisor sets the presence.
    missed = models.BooleanField(default=False, editable=False)
    # When places were last freed: what "longest idle" goes by.
    freed_at = models.DateTimeField(null=True, editable=False)
    # How they want to be told of what, as ``routing.alerts`` reads it.
    alerts = models.JSONField(default=dict, editable=False)
    queues = models.ManyToManyField(
        Queue, through=Membership, related_name="agents", verbose_name=_("queues"), blank=True
    )

    objects = AgentQuerySet.as_manager()

    # Only there after ``with_load`` and ``with_connection``.
    used_units: int
    is_here: bool

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(presence__in=[status.value for status in CHOOSABLE]),
                name="presence_is_known",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        super().save(*args, update_fields=update_fields, **kwargs)
        if update_fields is None or "role" in update_fields:
            self.take_up_role()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._belong_to(None)
        return super().delete(*args, **kwargs)

    # -- questions

    @property
    def name(self) -> str:
        return self.user.get_full_name() or self.user.get_username()

    @property
    def is_supervisor(self) -> bool:
        return self.role in SUPERVISING

    def used(self, *, now: datetime) -> int:
        """Units in use. To take more, ask only after locking this row: one statement would read the past."""
        return Agent.objects.with_load(now=now).get(pk=self.pk).used_units

    def free(self, *, now: datetime) -> int:
        return self.capacity - self.used(now=now)

    def is_connected(self, *, now: datetime) -> bool:
        return self.connections.here(now=now).exists()

    def status(self, *, now: datetime) -> Status:
        return effective(
            chosen=self.presence,
            missed=self.missed,
            is_connected=self.is_connected(now=now),
            used=self.used(now=now),
            capacity=self.capacity,
        )

    @property
    def has_worked(self) -> bool:
        """Was offered something, or has something: the record names them."""
        return self.offers.exists() or Conversation.objects.filter(agent=self.pk).exists()

    def is_member_of(self, queue_id: int) -> bool:
        return self.memberships.filter(queue=queue_id).exists()

    # -- the role, in the admin center

    def take_up_role(self) -> None:
        self._belong_to(GROUPS[Role(self.role)])

    def _belong_to(self, name: str | None) -> None:
        """To this one of the roles' groups alone; whoever then has nothing to do in the admin center is not let in."""
        groups = self.user.groups
        groups.remove(*groups.filter(name__in=GROUPS.values()).exclude(name=name))
        if name:
            groups.add(Group.objects.get_or_create(name=name)[0])
        self.user.is_staff = self.user.is_superuser or groups.exclude(name=GROUPS[Role.AGENT]).exists()
        self.user.save(update_fields=["is_staff"])

    # -- changes; callers hold the row's lock

    def choose(self, status: Status) -> None:
        """The agent's own choice, which also ends being inactive."""
        self.presence, self.missed = status, False
        self.save(update_fields=["presence", "missed"])
        self.announce()

    def choose_alert(self, kind: str, way: str, *, on: bool) -> None:
        self.alerts = self.alerts | {kind: self.alerts.get(kind, {}) | {way: on}}
        self.save(update_fields=["alerts"])

    def become_inactive(self) -> None:
        self.missed = True
        self.save(update_fields=["missed"])
        self.announce()

    def note_assignment(self, *, queue_id: int, now: datetime) -> None:
        self.memberships.filter(queue=queue_id).update(last_assigned_at=now)

    def announce(self) -> None:
        events.publish(PresenceChanged(user_id=self.pk))
