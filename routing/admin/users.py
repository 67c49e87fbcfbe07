"""Accounts: whoever has had work stays on record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from routing.models import Agent

admin.site.unregister(User)


@admin.register(User)
class KeptUserAdmin(UserAdmin[User]):
    """Deleting an account would take the record of its work along: it is deactivated instead."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and _has_worked(obj))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        user = self.get_object(request, object_id)
        if user is None or not _has_worked(user):
            return super().delete_view(request, object_id, extra_context)
        told = gettext(
            "“%(name)s” cannot be deleted: conversations and offers keep who had them. Deactivate the agent instead: "
            "choose them in the list of agents, then the action “Deactivate”."
        )
        self.message_user(request, told % {"name": user}, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[object_id]))

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        # Deleted one at a time: each refusal then names its reason.
        found = super().get_actions(request, action_location)
        return {name: each for name, each in found.items() if name != "delete_selected"}


def _has_worked(user: User) -> bool:
    agent = Agent.objects.filter(pk=user.pk).first()
    return agent is not None and agent.has_worked
