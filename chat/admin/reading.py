"""Rows that are read here and never edited; lists that stay fast over a million of them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest

from chat.models.profile import display_name
from workstreams.models import AgentDisplayName

COUNTED = 10_000


def full_name(user: User | None) -> str:
    """As colleagues know them: a user name is for signing in."""
    return display_name(user, style=AgentDisplayName.FULL) if user else "-"


class CappedPaginator(Paginator[Any]):
    """Counts no further than anybody leafs: to count a million rows costs more than to show a hundred."""

    @cached_property
    def count(self) -> int:
        return min(self._counted, COUNTED)

    @property
    def is_capped(self) -> bool:
        return self._counted > COUNTED

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED + 1].count())


class InTheirOrder(ChangeList):
    """Sorted as an index has them: by any other column a million rows would be sorted to show a hundred."""

    def get_ordering_field(self, field_name: Any) -> Any:
        return None


class ReadOnly(admin.ModelAdmin[Any]):
    paginator = CappedPaginator
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count all rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return InTheirOrder

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Rows are never edited; whoever may change them in principle may apply the list's actions."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
