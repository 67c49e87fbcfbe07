import zoneinfo
from typing import Any

from django import forms

from workstreams.forms.base import NamedForm
from workstreams.models import OperatingHours

NOT_OFFERED = {"localtime", "posixrules", "Factory"}


class OperatingHoursForm(NamedForm):
    class Meta:
        model = OperatingHours
        fields = ("name", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = zoneinfo.available_timezones() - NOT_OFFERED | {self.instance.time_zone}
        if "time_zone" in self.fields:  # whoever may only look is shown no field
            self.fields["time_zone"].widget = forms.Select(choices=[(zone, zone) for zone in sorted(zones)])
