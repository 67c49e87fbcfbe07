"""A widget's own texts, on the widget's page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import TabularInline
from workstreams.forms.automated import AutomatedMessageForm, AutomatedMessageFormSet
from workstreams.models import AutomatedMessage


class AutomatedMessageInline(TabularInline):
    model = AutomatedMessage
    form = AutomatedMessageForm
    formset = AutomatedMessageFormSet
    extra = 0
    ordering = ("trigger", "language")
    verbose_name_plural = _("automated messages: where the usual text shall be another, or none")
