"""What each step asks. A new row is judged by the very form of its own page, with fewer fields."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from authsettings.admin import AuthSettingForm
from authsettings.models import AuthSetting
from routing.models import Agent
from workstreams.forms.base import NamedForm
from workstreams.forms.hours import OperatingHoursForm
from workstreams.forms.widget import WidgetForm
from workstreams.models import OperatingHours, OperatingInterval, Queue, Widget, Workstream
from workstreams.models.hours import Weekday
from workstreams.modes import Mode, rules_for

NEW, NONE = "new", ""
WORKDAYS = [day.value for day in Weekday if day < Weekday.SATURDAY]
MODES = [
    (
        Mode.PERSISTENT,
        _(
            "Persistent: one conversation lasts over many visits, until an agent ends it. Customers sign in on your site."
        ),
    ),
    (
        Mode.LIVE,
        _("Live: both sides are there at once; the chat ends when either goes. Nobody needs to sign in."),
    ),
]


class ChannelForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Such as Support, or Returns. Customers do not see it.")
    )
    mode = forms.ChoiceField(
        label=_("How do customers talk?"),
        choices=MODES,
        initial=Mode.PERSISTENT,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("This cannot be changed later."),
    )
    workstream = forms.ModelChoiceField(
        label=_("Workstream"),
        queryset=Workstream.objects.filter(retired_at=None).select_related("queue").order_by("name"),
        required=False,
        empty_label=_("A new one, with the usual settings"),
        help_text=_("An existing one brings its own way of talking, and its queue."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if stream := cleaned.get("workstream"):
            cleaned["mode"] = stream.mode
        elif not cleaned.get("mode"):
            self.add_error("mode", ValidationError(_("Choose how customers talk."), code="required"))
        if not stream and cleaned.get("name"):
            self._require_new(cleaned["name"])
        return cleaned

    def _require_new(self, name: str) -> None:
        if Workstream.objects.filter(name__iexact=name).exists():
            told = _("There is a workstream “%(name)s” already. Choose it below, or another name.")
            self.add_error("name", ValidationError(told, code="unique", params={"name": name}))


class PickForm(forms.Form):
    """An existing row, a new one, or (where that will do) none."""

    picked = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, label: Any, rows: Any, new: Any, none: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rows = {str(row.pk): row for row in rows}
        choices = [] if none is None else [(NONE, none)]
        choices += [(NEW, new), *((pk, str(row)) for pk, row in self._rows.items())]
        field = self.fields["picked"] = forms.ChoiceField(label=label, choices=choices, required=none is None)
        field.initial = choices[0][0]

    @property
    def is_new(self) -> bool:
        return bool(self.cleaned_data["picked"] == NEW)

    @property
    def row(self) -> Any:
        """The existing one; None for a new one, and for none."""
        return self._rows.get(self.cleaned_data["picked"])


class NewAuthSettingForm(AuthSettingForm):
    class Meta:
        model = AuthSetting
        fields = ("name", "public_key_url", "public_key", "algorithms", "issuer", "client_function")


class NewHoursForm(OperatingHoursForm):
    days = forms.TypedMultipleChoiceField(
        label=_("Days"),
        choices=Weekday.choices,
        coerce=int,
        initial=WORKDAYS,
        widget=forms.CheckboxSelectMultiple,
    )
    opens = forms.TimeField(
        label=_("From"), initial=time(9), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    closes = forms.TimeField(
        label=_("To"),
        initial=time(17),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_(
            "Before the start: over midnight. Equal to it: 24 hours. Other hours on some days, and holidays, are added later."
        ),
    )

    class Meta:
        model = OperatingHours
        fields = ("name", "time_zone")

    def intervals(self) -> list[OperatingInterval]:
        told = self.cleaned_data
        return [
            OperatingInterval(hours=self.instance, weekday=day, start=told["opens"], end=told["closes"])
            for day in told["days"]
        ]


class NewQueueForm(NamedForm):
    class Meta:
        model = Queue
        fields = ("name",)


class MembersForm(forms.Form):
    """Who serves the queue: besides its present members, where it is there already."""

    members = forms.ModelMultipleChoiceField(
        label=_("Its people"),
        queryset=Agent.objects.active().select_related("user").order_by("user__username"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("They are offered the conversations of this queue. Its present members stay."),
    )

    def __init__(self, *args: Any, queue: Queue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue = queue

    def clean_members(self) -> list[Agent]:
        chosen = list(self.cleaned_data["members"])
        if not chosen and not self._has_members() and Agent.objects.active().exists():
            raise ValidationError(
                _("Choose somebody: else conversations wait there for nobody."), code="nobody"
            )
        return chosen

    def _has_members(self) -> bool:
        return self._queue is not None and Agent.objects.members_of(self._queue).active().exists()


class NewWidgetForm(WidgetForm):
    logo = None  # type: ignore[assignment]  # takes the field away; it can be added on the widget's page

    class Meta:
        model = Widget
        fields = (
            "public_id",
            "title",
            "subtitle",
            "color",
            "position",
            "locale",
            "agent_display_name",
            "allowed_domains",
        )
        widgets = WidgetForm.Meta.widgets
        help_texts = WidgetForm.Meta.help_texts


def free_public_id(name: str) -> str:
    """Like the name, and nobody else's."""
    wanted = slugify(name)[:50] or "chat"
    taken = set(Widget.objects.filter(public_id__startswith=wanted).values_list("public_id", flat=True))
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


def may_be_anonymous(mode: str) -> bool:
    return not rules_for(Mode(mode)).requires_identity
