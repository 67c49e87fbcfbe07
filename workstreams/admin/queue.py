from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import RetiringAdmin
from workstreams.models import Queue, Workstream


@admin.register(Queue)
class QueueAdmin(RetiringAdmin):
    """The queue itself. Its members are added by the app that knows agents."""

    list_display = ("name", "priority", "assignment_method", "operating_hours", "open_now", "status")
    list_filter = (("retired_at", admin.EmptyFieldListFilter), "assignment_method")
    list_select_related = ("operating_hours",)
    search_fields = ("name",)
    fields = ("name", "priority", "assignment_method", "operating_hours", "status", "used_by")
    readonly_fields = ("status", "used_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        hours = ("operating_hours__intervals", "operating_hours__holidays")
        return super().get_queryset(request).order_by("priority", "name").prefetch_related(*hours)

    @admin.display(description=_("open now"), boolean=True)
    def open_now(self, queue: Queue) -> bool:
        return queue.is_open(timezone.now())

    def why_not_retire(self, row: Queue) -> str | None:
        names = (
            Workstream.objects.filter(queue=row, retired_at=None)
            .order_by("name")
            .values_list("name", flat=True)
        )
        if not names:
            return None
        return gettext(
            "“%(queue)s” cannot be retired: it is the fallback queue of %(workstreams)s. "
            "Choose another fallback queue there first."
        ) % {"queue": row, "workstreams": ", ".join(names)}
