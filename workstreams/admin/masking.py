"""What is hidden in texts: the rules, and a field to try one out before it counts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from workstreams.admin.changes import TellsChanges
from workstreams.forms.masking import MaskingRuleForm, TrialForm
from workstreams.models import MaskingRule


@admin.register(MaskingRule)
class MaskingRuleAdmin(TellsChanges):
    class Media:
        css: ClassVar = {"all": ("admin_extra/admin.css", "admin_extra/masking.css")}

    form = MaskingRuleForm
    list_display = ("name", "is_active", "kind", "pattern", "of_customers", "of_agents")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "pattern", "label")}),
        (
            _("Where it hides"),
            {
                "fields": ("of_customers", "of_agents", "is_active"),
                "description": _(
                    "In everything that agents, supervisors and administrators read, in transcripts, exports and searches; "
                    "in live chats from the customer, too. What is stored stays as it was written, so that a rule "
                    "counts for old messages as well. Pages that are open show it when they are loaded again."
                ),
            },
        ),
    )

    def get_urls(self) -> list[Any]:
        trial = path("try/", self.admin_site.admin_view(self.try_out), name="workstreams_maskingrule_try")
        return [trial, *super().get_urls()]

    def try_out(self, request: HttpRequest) -> JsonResponse:
        """What a text becomes under a rule that need not have been saved. Nothing is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse(TrialForm(request.POST).told())
