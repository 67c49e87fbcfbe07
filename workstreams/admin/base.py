"""What all admins here share: things in use are retired or kept, never deleted."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from workstreams.admin.changes import TellsChanges
from workstreams.usage import Use, users_of, uses_of

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class InServiceFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("in_service", _("In service")), ("retired", _("Retired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(retired_at__isnull=chosen == "in_service") if chosen else queryset


class KeptAdmin(TellsChanges):
    """Refuses to delete a row that others use, and says who they are."""

    class Media:
        css: ClassVar = {"all": ("admin_extra/admin.css",)}

    actions: Sequence[Any] = ("delete_selected",)

    @admin.display(description=_("used by"))
    def used_by(self, row: Model) -> str | SafeString:
        uses = uses_of(row) if row.pk else []
        known = {str(use) for use in uses}
        told = [self._with_links(use) for use in uses]
        told += [text for text in (self.users(row) if row.pk else []) if text not in known]
        return format_html_join("", "<div>{}</div>", ((each,) for each in told)) or gettext("Nothing yet.")

    def _with_links(self, use: Use) -> str | SafeString:
        if not use.rows or not self.admin_site.is_registered(use.model):
            return str(use)
        page = f"{self.admin_site.name}:{use.model._meta.app_label}_{use.model._meta.model_name}_change"
        links = format_html_join(
            ", ", '<a href="{}">{}</a>', ((reverse(page, args=[row.pk]), row) for row in use.rows)
        )
        return format_html("{}: {}{}", use.kind, links, gettext(" and more") if use.has_more else "")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and self.users(obj))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None or not super().has_delete_permission(request, row) or not (users := self.users(row)):
            return super().delete_view(request, object_id, extra_context)
        self.message_user(request, self._cannot_be_deleted(row, users), messages.ERROR)
        opts = self.model._meta
        page = f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_change"
        return HttpResponseRedirect(reverse(page, args=[object_id]))

    @admin.action(
        description=_("Delete selected %(verbose_name_plural)s"),
        permissions=["delete"],
    )
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """All or none: what is in use is named, with its users."""
        in_use = [(row, users) for row in queryset if (users := self.users(row))]
        for row, users in in_use:
            self.message_user(request, self._cannot_be_deleted(row, users), messages.ERROR)
        return None if in_use else delete_selected(self, request, queryset)

    def users(self, row: Model) -> list[str]:
        """Who stands in the way of deleting it, as ``workstreams.usage`` says it."""
        return users_of(row)

    def way_out(self) -> str:
        """What to do instead of deleting."""
        return gettext("Let those use something else first.")

    def _cannot_be_deleted(self, row: Model, users: list[str]) -> str:
        return gettext("“%(name)s” cannot be deleted, because it is in use. %(users)s. %(way_out)s") % {
            "name": row,
            "users": "; ".join(users),
            "way_out": self.way_out(),
        }


class RetiringAdmin(KeptAdmin):
    """Adds the list actions Retire and Bring back to a model with ``retired_at``."""

    actions: Sequence[Any] = ("retire", "bring_back", *KeptAdmin.actions)

    @admin.display(description=_("status"))
    def status(self, row: Any) -> str:
        if row.retired_at is None:
            return gettext("In service")
        return gettext("Retired since %(date)s") % {"date": f"{row.retired_at:%Y-%m-%d}"}

    @admin.action(description=_("Retire: no new work"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = 0
        for row in queryset.filter(retired_at=None):
            if problem := self.why_not_retire(row):
                self.message_user(request, problem, messages.ERROR)
            else:
                self.retire_row(row, now=timezone.now())
                self.log_change(request, row, gettext("Retired."))
                done += 1
        self._tell(
            request, done, lambda count: ngettext("%(count)d was retired.", "%(count)d were retired.", count)
        )

    @admin.action(description=_("Bring back into service"), permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset.exclude(retired_at=None))
        for row in rows:
            row.retired_at = None
            row.save(update_fields=["retired_at"])
            self.log_change(request, row, gettext("Brought back."))
        self._tell(
            request,
            len(rows),
            lambda count: ngettext(
                "%(count)d is in service again.", "%(count)d are in service again.", count
            ),
        )

    def why_not_retire(self, row: Any) -> str | None:
        """A sentence that says what to change first; None: go ahead."""
        return None

    def retire_row(self, row: Any, *, now: datetime) -> None:
        row.retired_at = now
        row.save(update_fields=["retired_at"])

    def way_out(self) -> str:
        return gettext("Retire it instead: choose it in the list, then the action “Retire”.")

    def _tell(self, request: HttpRequest, count: int, sentence: Callable[[int], str]) -> None:
        if count:
            self.message_user(request, sentence(count) % {"count": count}, messages.SUCCESS)
