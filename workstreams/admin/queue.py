from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import InServiceFilter, RetiringAdmin, TabularInline
from workstreams.forms.base import NamedForm
from workstreams.forms.queue import OverflowFormSet, OverflowRuleForm
from workstreams.models import OverflowAction, OverflowRule, OverflowWhen, Queue, Workstream
from workstreams.opening import hours_in_words
from workstreams.overflowing import never_ends_in


class OverflowInline(TabularInline):
    model = OverflowRule
    fk_name = "queue"
    form = OverflowRuleForm
    formset = OverflowFormSet
    extra = 1
    max_num = len(OverflowWhen)
    ordering = ("when",)

    def get_formset(self, request: HttpRequest, obj: Queue | None = None, **kwargs: Any) -> Any:
        """Without the buttons beside the other queue: a rule fits in one row."""
        formset = super().get_formset(request, obj, **kwargs)
        beside = formset.form.base_fields["target"].widget
        beside.can_add_related = beside.can_change_related = False
        beside.can_delete_related = beside.can_view_related = False
        return formset


@admin.register(Queue)
class QueueAdmin(RetiringAdmin):
    """The queue itself. Its members are added by the app that knows agents."""

    form = NamedForm
    list_display = ("name", "hours_now", "priority", "status")
    list_filter = (InServiceFilter,)
    list_select_related = ("operating_hours",)
    search_fields = ("name",)
    fields = ("name", "priority", "assignment_method", "operating_hours", "hours_now", "status", "used_by")
    readonly_fields = ("hours_now", "status", "used_by")
    inlines: ClassVar[Any] = (OverflowInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        hours = ("operating_hours__intervals", "operating_hours__holidays")
        return super().get_queryset(request).order_by("priority", "name").prefetch_related(*hours)

    @admin.display(description=_("hours now"))
    def hours_now(self, queue: Queue) -> str:
        if not queue.pk:
            return gettext("Shown once this queue is saved.")
        return hours_in_words(queue, at=timezone.now())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        queue: Queue = form.instance
        if queue.overflow_rules.filter(action=OverflowAction.END).exists() and never_ends_in(queue):
            self.message_user(request, _never_ends(queue), messages.WARNING)

    def why_not_retire(self, row: Queue) -> str | None:
        return _is_fallback(row) or _takes_overflow(row)


def _is_fallback(row: Queue) -> str | None:
    used_by = Workstream.objects.filter(queue=row, retired_at=None).order_by("name")
    return _kept_in_service(
        row,
        used_by,
        gettext(
            "“%(queue)s” cannot be retired: it is the fallback queue of %(users)s. "
            "Choose another fallback queue there first."
        ),
    )


def _takes_overflow(row: Queue) -> str | None:
    used_by = Queue.objects.filter(overflow_rules__target=row, retired_at=None).distinct().order_by("name")
    return _kept_in_service(
        row,
        used_by,
        gettext(
            "“%(queue)s” cannot be retired: it takes the overflow of %(users)s. "
            "Choose another queue in the overflow rules there first."
        ),
    )


def _kept_in_service(row: Queue, used_by: QuerySet[Any], sentence: str) -> str | None:
    names = list(used_by.values_list("name", flat=True))
    return sentence % {"queue": row, "users": ", ".join(names)} if names else None


def _never_ends(queue: Queue) -> str:
    told = gettext(
        "Only persistent conversations come to “%(queue)s”, and overflow never ends those: they stay in the queue. "
        "To relieve it, move them to another queue instead."
    )
    return told % {"queue": queue}
