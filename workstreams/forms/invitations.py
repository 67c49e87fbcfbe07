from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.encoding import iri_to_uri

from workstreams.forms.base import PLACE, PlacedForm
from workstreams.models import Invitation


class InvitationForm(PlacedForm):
    class Meta:
        model = Invitation
        fields = ("position", "text", "after_seconds", "url_pattern", "min_visits")
        help_texts: ClassVar = {"position": PLACE}
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 2, "cols": 30})}

    def clean_url_pattern(self) -> str:
        """As browsers write addresses: ``/größe`` is ``/gr%C3%B6%C3%9Fe``."""
        pattern: str = self.cleaned_data["url_pattern"]
        return str(iri_to_uri(pattern))
