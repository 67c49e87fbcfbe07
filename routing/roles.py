"""What each role may do in the admin center: the permissions of its group. Console and floor go by the role itself."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from routing.models.agent import GROUPS, Role

SET_UP = ("authsettings", "workstreams", "chat", "routing")
READ_BY_SUPERVISORS = ("workstreams", "chat", "routing")
# Force-close and requeue, ending a customer's session, and giving customers what is theirs.
DONE_BY_SUPERVISORS = ("change_conversation", "change_customersession", "export_customer")

# To make a channel is to make all of these.
MAKES_CHANNELS = (
    *("authsettings.add_authsetting", "workstreams.add_operatinghours", "workstreams.add_queue"),
    *("workstreams.add_workstream", "workstreams.add_widget", "routing.add_membership"),
)

MAY: dict[Role, Q] = {
    Role.ADMINISTRATOR: Q(content_type__app_label__in=(*SET_UP, "auth")) | Q(codename="view_logentry"),
    Role.SUPERVISOR: Q(content_type__app_label__in=READ_BY_SUPERVISORS)
    & (Q(codename__startswith="view_") | Q(codename__in=DONE_BY_SUPERVISORS)),
    Role.AGENT: Q(pk__in=()),
}


def grant(**_signal: Any) -> None:
    """After each migration, so that what it has added belongs to somebody. Whoever wants other rights makes other groups."""
    for role, permissions in MAY.items():
        group, _created = Group.objects.get_or_create(name=GROUPS[role])
        group.permissions.set(Permission.objects.filter(permissions))
