"""What the admin of workstreams and widgets must know of the conversations in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat.models import Conversation
from chat.states import State
from workstreams.admin import WidgetAdmin, WorkstreamAdmin
from workstreams.forms.widget import WidgetForm
from workstreams.models import Widget, Workstream

admin.site.unregister(Widget)
admin.site.unregister(Workstream)


class WidgetInUseForm(WidgetForm):
    """Customers are known by their authentication setting: exchanging it would cut them off from what runs."""

    def clean_auth_setting(self) -> Any:
        chosen = self.cleaned_data["auth_setting"]
        if self.instance.pk and chosen != self._before() and self._has_unfinished():
            raise ValidationError(
                _(
                    "Unfinished conversations of this widget belong to customers of the present setting. End them "
                    "first, or edit keys and address in the setting itself."
                )
            )
        return chosen

    def _before(self) -> Any:
        return Widget.objects.select_related("auth_setting").get(pk=self.instance.pk).auth_setting

    def _has_unfinished(self) -> bool:
        return Conversation.objects.unfinished().filter(widget=self.instance.pk).exists()


@admin.register(Widget)
class WidgetInUseAdmin(WidgetAdmin):
    form = WidgetInUseForm


@admin.register(Workstream)
class WorkstreamInUseAdmin(WorkstreamAdmin):
    def save_model(self, request: HttpRequest, obj: Workstream, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and obj.auto_close_minutes < form.initial["auto_close_minutes"]:
            self._say_how_many(request, obj)

    def _say_how_many(self, request: HttpRequest, obj: Workstream) -> None:
        waiting = Conversation.objects.filter(workstream=obj, state=State.WAITING).count()
        told = ngettext(
            "%(count)d waiting conversation is concerned by the shorter time.",
            "%(count)d waiting conversations are concerned by the shorter time.",
            waiting,
        )
        self.message_user(request, told % {"count": waiting}, messages.INFO)
