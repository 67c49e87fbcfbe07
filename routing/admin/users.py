"""Accounts: whoever has had work stays on record. Groups: those of the roles stay as they are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from routing.models import Agent
from routing.models.agent import GROUPS

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class KeptUserAdmin(UserAdmin[User]):
    """Deleting an account would take the record of its work along: it is deactivated instead.

    Whoever is to take conversations is made an agent on another page: this one leads there.
    """

    list_display = ("username", "full_name", "email", "role", "is_active")
    list_filter = ("is_active", "agent__role", "is_superuser")
    list_select_related = ("agent",)
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (gettext_lazy("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (
            gettext_lazy("Rights besides those of the role"),
            {"fields": ("is_staff", "is_superuser", "groups", "user_permissions"), "classes": ("collapse",)},
        ),
        (
            gettext_lazy("Important dates"),
            {"fields": ("last_login", "date_joined"), "classes": ("collapse",)},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """What people may do goes by their role, so that stands first."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm("routing.view_agent"):
            return fieldsets
        return (*fieldsets[:1], (gettext("Conversations"), {"fields": ("as_agent",)}), *fieldsets[1:])

    @admin.display(description=gettext_lazy("name"), ordering="first_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"), ordering="agent__role")
    def role(self, user: User) -> str | None:
        agent: Agent | None = getattr(user, "agent", None)
        return agent.get_role_display() if agent else None

    @admin.display(description=gettext_lazy("agent"))
    def as_agent(self, user: User) -> SafeString:
        agent = Agent.objects.filter(pk=user.pk).first()
        if agent is None:
            return _way_to_agent(user)
        where = reverse("admin:routing_agent_change", args=[user.pk])
        told = gettext("%(role)s with a capacity of %(capacity)d units")
        return _link(where, told % {"role": agent.get_role_display(), "capacity": agent.capacity})

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        answer = super().response_add(request, obj, post_url_continue)
        if request.user.has_perm("routing.add_agent"):
            told = gettext("“{}” may sign in, and takes no conversations yet. {}")
            self.message_user(request, format_html(told, obj, _way_to_agent(obj)), messages.INFO)
        return answer

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody gives more than they have."""
        found = (*super().get_readonly_fields(request, obj), "as_agent", "last_login", "date_joined")
        return found if _is_superuser(request) else (*found, "is_superuser", "user_permissions")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The groups of the roles are the agent's page's business."""
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.exclude(name__in=GROUPS.values()).order_by("name")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if agent := Agent.objects.filter(pk=form.instance.pk).first():
            agent.take_up_role()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's password would be as good as being one."""
        is_above = obj is not None and obj.is_superuser and not _is_superuser(request)
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not _is_superuser(request)
        return super().has_delete_permission(request, obj) and not is_above and not (obj and _has_worked(obj))

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


@admin.register(Group)
class KeptGroupAdmin(GroupAdmin):
    """The roles' groups are the product's; other rights are other groups."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.name in GROUPS.values())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.name in GROUPS.values())


def _is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def _way_to_agent(user: User) -> SafeString:
    where = reverse("admin:routing_agent_add", query={"user": user.pk})
    return _link(where, gettext("Make them an agent"))


def _link(where: str, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', where, text)


def _has_worked(user: User) -> bool:
    agent = Agent.objects.filter(pk=user.pk).first()
    return agent is not None and agent.has_worked
