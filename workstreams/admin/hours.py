from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams import hours
from workstreams.admin.base import KeptAdmin, TabularInline
from workstreams.forms.hours import OperatingHoursForm
from workstreams.models import Holiday, OperatingHours, OperatingInterval
from workstreams.opening import preview_in_words

WORKING_DAYS = 5
LAST_MINUTE = time(23, 59)
# The browser's own fields: they show times and dates as their reader writes them, and suit phones.
NATIVE: dict[Any, dict[str, Any]] = {
    models.TimeField: {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})},
    models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
}


class IntervalInline(TabularInline):
    model = OperatingInterval
    ordering = ("weekday", "start")
    formfield_overrides = NATIVE

    def get_extra(self, request: HttpRequest, obj: OperatingHours | None = None, **kwargs: Any) -> int:
        return 1 if obj else WORKING_DAYS


class HolidayInline(TabularInline):
    model = Holiday
    extra = 1
    ordering = ("first",)
    formfield_overrides = NATIVE


@admin.register(OperatingHours)
class OperatingHoursAdmin(KeptAdmin):
    form = OperatingHoursForm
    inlines = (IntervalInline, HolidayInline)
    list_display = ("name", "time_zone", "now")
    search_fields = ("name", "time_zone")
    fields = ("name", "time_zone", "now", "used_by")
    readonly_fields = ("now", "used_by")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[OperatingHours]:
        return super().get_queryset(request).prefetch_related("intervals", "holidays")

    @admin.display(description=_("now"))
    def now(self, row: OperatingHours) -> str | SafeString:
        if not row.pk:
            return gettext("Shown once these hours are saved.")
        at = timezone.now()
        clock = dateformat.format(at.astimezone(ZoneInfo(row.time_zone)), "D H:i")
        return format_html(
            '{}<div class="help">{}</div>',
            preview_in_words(hours.preview(calendar=row.calendar(), at=at), at=at),
            gettext("The clock in %(zone)s shows %(clock)s.") % {"zone": row.time_zone, "clock": clock},
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row = OperatingHours.objects.get(pk=form.instance.pk)
        at = timezone.now()
        self.message_user(request, preview_in_words(hours.preview(calendar=row.calendar(), at=at), at=at))
        if row.intervals.filter(end=LAST_MINUTE).exists():
            self.message_user(
                request,
                gettext(
                    "An end of 23:59 leaves the last minute of the day closed. For midnight, write 00:00."
                ),
                messages.WARNING,
            )
