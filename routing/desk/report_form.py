"""What a supervisor asks of the reports: a period, and which conversations."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from routing.models import Agent
from routing.reports.figures import Dimension, Selection
from routing.reports.periods import Period, Preset, preset_period
from workstreams.models import Queue, Widget, Workstream

CUSTOM = "custom"
LONGEST = 400  # days
EARLIEST, LATEST = date(1970, 1, 2), date(9998, 12, 31)  # in every time zone there is a day before and after
PERIODS = [
    (Preset.TODAY, _("Today")),
    (Preset.YESTERDAY, _("Yesterday")),
    (Preset.WEEK, _("Last 7 days")),
    (Preset.MONTH, _("Last 30 days")),
    (Preset.QUARTER, _("Last 90 days")),
    (Preset.THIS_MONTH, _("This month")),
    (Preset.LAST_MONTH, _("Last month")),
    (CUSTOM, _("From … to …")),
]
BY = [
    (Dimension.QUEUE, _("queue")),
    (Dimension.AGENT, _("agent")),
    (Dimension.WORKSTREAM, _("workstream")),
    (Dimension.WIDGET, _("widget")),
]
USUALLY = {"period": Preset.WEEK.value, "by": Dimension.QUEUE.value, "zone": "UTC"}


class AgentChoice(forms.ModelChoiceField[Agent]):
    def label_from_instance(self, obj: Agent) -> str:
        return obj.name


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )


class ReportForm(forms.Form):
    """``period_asked`` and ``selection`` once it is valid. The reader's zone comes with it, or from a cookie."""

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS)
    first = _day(_("From"))
    last = _day(_("To"))
    queue = forms.ModelChoiceField(
        Queue.objects.order_by("name"), label=_("Queue"), required=False, empty_label=_("All queues")
    )
    agent = AgentChoice(
        Agent.objects.select_related("user").order_by("user__first_name", "user__username"),
        label=_("Agent"),
        required=False,
        empty_label=_("All agents"),
    )
    workstream = forms.ModelChoiceField(
        Workstream.objects.order_by("name"),
        label=_("Workstream"),
        required=False,
        empty_label=_("All workstreams"),
    )
    widget = forms.ModelChoiceField(
        Widget.objects.order_by("name"), label=_("Widget"), required=False, empty_label=_("All widgets")
    )
    by = forms.ChoiceField(label=_("Compare by"), choices=BY)
    zone = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: dict[str, str], *, now: datetime) -> None:
        super().__init__(USUALLY | data, label_suffix="", use_required_attribute=False)
        self._now = now

    def clean_zone(self) -> zoneinfo.ZoneInfo:
        name = self.cleaned_data["zone"]
        return zoneinfo.ZoneInfo(name if name in zoneinfo.available_timezones() else "UTC")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("period") == CUSTOM:
            _check(cleaned.get("first"), cleaned.get("last"))
        return cleaned

    @property
    def selection(self) -> Selection:
        asked = self.cleaned_data
        return Selection(
            period=self._period(asked["period"], asked["zone"]),
            by=Dimension(asked["by"]),
            only={dimension: asked[dimension].pk for dimension in Dimension if asked[dimension]},
        )

    def _period(self, name: str, zone: zoneinfo.ZoneInfo) -> Period:
        if name != CUSTOM:
            return preset_period(Preset(name), zone=zone, now=self._now)
        return Period(first=self.cleaned_data["first"], last=self.cleaned_data["last"], zone=zone)


def _check(first: date | None, last: date | None) -> None:
    if first is None or last is None:
        raise ValidationError(_("Choose the first and the last day."))
    if last < first:
        raise ValidationError(_("The last day lies before the first. Exchange the two."))
    if (last - first).days >= LONGEST:
        raise ValidationError(_("Choose a period of at most %(days)d days."), params={"days": LONGEST})
