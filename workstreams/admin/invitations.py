"""When a widget invites visitors to chat, on the widget's page."""

from __future__ import annotations

from workstreams.admin.base import TabularInline
from workstreams.forms.base import PlacedFormSet
from workstreams.forms.invitations import InvitationForm
from workstreams.models import Invitation


class InvitationInline(TabularInline):
    model = Invitation
    form = InvitationForm
    formset = PlacedFormSet
    extra = 0
    max_num = 10
    ordering = ("position", "pk")
