"""A new chat channel, everything at once: nobody ever finds half of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from authsettings.models import AuthSetting
from chat import events
from chat.actions.base import action
from routing.events import MembershipChanged
from routing.models import Agent, Membership
from workstreams.models import OperatingHours, OperatingInterval, Queue, Widget, Workstream


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The rows of a channel, tied to each other: new ones that are judged and not written, or those that are there."""

    hours: OperatingHours | None
    intervals: Sequence[OperatingInterval]
    setting: AuthSetting | None
    queue: Queue
    members: Sequence[Agent]
    workstream: Workstream
    widget: Widget

    def new_rows(self) -> list[Any]:
        """In the order in which they need each other."""
        rows = (self.hours, self.setting, self.queue, self.workstream, self.widget)
        return [row for row in rows if row is not None and row._state.adding]


@action
def make_channel(*, plan: Plan) -> list[Any]:
    """The rows that were made. Raises IntegrityError where somebody else was faster with a name."""
    made = plan.new_rows()
    for row in made:
        row.save(force_insert=True)
    OperatingInterval.objects.bulk_create(plan.intervals)
    for agent in plan.members:
        _membership, is_new = Membership.objects.get_or_create(agent=agent, queue=plan.queue)
        if is_new:
            events.publish(MembershipChanged(user_id=agent.pk, queue_id=plan.queue.pk))
    return made
